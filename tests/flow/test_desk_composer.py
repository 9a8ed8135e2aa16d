"""The composer and the timeline in a real browser."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from stoppress.coverage.actions import publish, update
from stoppress.coverage.models import Post
from stoppress.coverage.post_content import Content
from stoppress.desk.models import Draft
from tests.support.desk_browser import log_in
from tests.support.web_server import wait_until

CHANGES = ("edit", "correct", "withdraw", "alert")


def write(page: Page, headline: str, text: str) -> None:
    page.get_by_label("Headline").fill(headline)
    page.get_by_role("textbox", name="Text").click()
    page.keyboard.type(text)


def test_ctrl_enter_publishes(desk: Page) -> None:
    write(desk, "Second alarm", "The lower town is empty.")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    expect(desk.locator("#timeline").get_by_role("heading", name="Second alarm")).to_be_visible()
    expect(desk.get_by_label("Headline")).to_have_value("")
    post = Post.objects.get()
    assert post.revision.body == "<p>The lower town is empty.</p>"
    assert post.revision.bylines == ["Ines Okafor"]


def test_rich_text_is_published_as_written(desk: Page) -> None:
    desk.get_by_role("textbox", name="Text").click()
    desk.get_by_role("button", name="Bold").click()
    desk.keyboard.type("Now.")
    expect(desk.get_by_role("button", name="Bold")).to_have_attribute("aria-pressed", "true")
    desk.keyboard.press("Enter")
    desk.get_by_role("button", name="Quote").click()
    desk.keyboard.type("Go uphill")
    desk.keyboard.press("Control+k")
    desk.get_by_label("Address of the link").fill("halden.test/map")
    desk.keyboard.press("Enter")
    desk.get_by_role("button", name="Publish", exact=True).click()
    expect(desk.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    body = Post.objects.get().revision.body
    assert "<p><strong>Now.</strong></p>" in body
    assert "<blockquote>" in body and 'href="https://halden.test/map"' in body


def test_text_is_saved_and_restored(desk: Page) -> None:
    write(desk, "Ferry adrift", "Two hundred are aboard.")
    expect(desk.locator("[data-save-status]")).to_contain_text("Saved")
    assert Draft.objects.get().form_data["headline"] == "Ferry adrift"
    desk.reload()
    expect(desk.get_by_label("Headline")).to_have_value("Ferry adrift")
    expect(desk.get_by_role("textbox", name="Text")).to_have_text("Two hundred are aboard.")
    desk.get_by_role("button", name="Publish", exact=True).click()
    expect(desk.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    assert not Draft.objects.exists()


def test_browser_stores_text_without_a_connection(desk: Page) -> None:
    desk.context.route("**/drafts", lambda route: route.abort())
    write(desk, "Bridge closed", "No way across.")
    expect(desk.locator("[data-save-status]")).to_contain_text("No connection")
    desk.reload()
    expect(desk.get_by_label("Headline")).to_have_value("Bridge closed")
    desk.context.unroute("**/drafts")
    wait_until(lambda: Draft.objects.filter(form_data__headline="Bridge closed").exists())


def test_log_out_while_typing_loses_nothing(desk: Page) -> None:
    desk.context.clear_cookies(name="stoppress_desk")
    write(desk, "Written in vain?", "No.")
    expect(desk.locator("[data-save-status]")).to_contain_text("logged out")
    desk.get_by_role("button", name="Publish", exact=True).click()
    desk.wait_for_url("**/desk/log-in**")
    log_in(desk)
    expect(desk.get_by_label("Headline")).to_have_value("Written in vain?")
    desk.get_by_role("button", name="Publish", exact=True).click()
    expect(desk.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    assert Post.objects.get().revision.body == "<p>No.</p>"


def test_picture_is_uploaded_described_and_published(desk: Page, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    out = BytesIO()
    Image.new("RGB", (64, 48), "navy").save(out, "PNG")
    file = {"name": "wall.png", "mimeType": "image/png", "buffer": out.getvalue()}
    desk.get_by_label("Add a picture").set_input_files(file)
    desk.get_by_label("What it shows").fill("The sea wall")
    desk.get_by_label("Credit").fill("Lena Voss")
    expect(desk.locator("[data-save-status]")).to_contain_text("Saved")
    desk.reload()
    expect(desk.get_by_label("What it shows")).to_have_value("The sea wall")
    desk.get_by_role("button", name="Publish", exact=True).click()
    expect(desk.locator("#timeline").get_by_alt_text("The sea wall")).to_be_visible()


def test_every_screen_passes_axe(desk: Page, clock, axe_source: str) -> None:
    post = publish("storm-maren", Content("Alarm", "<p>One.</p>"), by="ines", now=clock.tick())
    path = f"/desk/live/storm-maren/posts/{post.pk}"
    for page in ("/desk/", "/desk/open", "/desk/live/storm-maren", *(f"{path}/{name}" for name in CHANGES)):
        desk.goto(page)
        desk.evaluate(axe_source)
        found = desk.evaluate("axe.run()")["violations"]
        assert [(page, each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_double_click_publishes_once(desk: Page) -> None:
    write(desk, "Once", "Only once.")
    desk.get_by_role("button", name="Publish", exact=True).dblclick()
    expect(desk.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    assert Post.objects.count() == 1


def test_post_of_another_editor_appears_and_leaves_the_composer_unchanged(desk: Page, clock) -> None:
    write(desk, "Half a sentence", "Still writing")
    publish("storm-maren", Content("Power is back", "<p>In the upper town.</p>"), by="tom", now=clock.tick())
    expect(desk.locator("#timeline").get_by_role("heading", name="Power is back")).to_be_visible()
    expect(desk.get_by_label("Headline")).to_have_value("Half a sentence")


def test_stale_save_shows_both_versions_and_can_be_repeated(desk: Page, clock) -> None:
    post = publish("storm-maren", Content("Alarm", "<p>One alarm.</p>"), by="ines", now=clock.tick())
    desk.goto(f"/desk/live/storm-maren/posts/{post.pk}/edit")
    write(desk, "Alarm", " Mine.")
    update("storm-maren", post.pk, Content("Alarm", "<p>Two alarms.</p>"), by="tom", now=clock.tick(), based_on=1)
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("heading", name="tom saved this post while you were writing")).to_be_visible()
    expect(desk.locator(".two .post")).to_contain_text("Two alarms.")
    expect(desk.get_by_role("textbox", name="Text")).to_contain_text("Mine.")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    post.refresh_from_db()
    assert post.revision.number == 3 and "Mine." in post.revision.body


def test_pinned_post_moves_up(desk: Page, clock) -> None:
    first = publish("storm-maren", Content("First", "<p>One.</p>"), by="ines", now=clock.tick())
    publish("storm-maren", Content("Second", "<p>Two.</p>"), by="ines", now=clock.tick())
    row = desk.locator(f"[data-row='{first.pk}']")
    row.get_by_role("button", name="Pin").click()
    expect(row.get_by_role("button", name="Unpin")).to_be_visible()
    expect(desk.locator("[data-row]").first).to_contain_text("First")


def test_preview_shows_the_post(desk: Page) -> None:
    write(desk, "Seen before", "As readers will.")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_role("dialog").locator(".post__headline")).to_have_text("Seen before")
    desk.keyboard.press("Escape")
    assert not Post.objects.exists()


@pytest.mark.parametrize("width", [320, 390])
def test_composer_comes_first_and_fits_on_a_phone(desk: Page, clock, width: int) -> None:
    publish("storm-maren", Content("Water" * 12, "<p>Rising.</p>"), by="ines", now=clock.tick())
    desk.set_viewport_size({"width": width, "height": 740})
    desk.reload()
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    composer, run = (desk.locator(part).bounding_box()["y"] for part in (".composer", "#timeline"))
    assert composer < run
    write(desk, "From the stadium", "It works.")
    desk.get_by_role("button", name="Publish", exact=True).click()
    expect(desk.locator("#timeline").get_by_role("heading", name="From the stadium")).to_be_visible()
