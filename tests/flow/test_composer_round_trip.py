"""What an editor typed comes back whole, on every way out of the composer and back into it.

The tests fill and compare whatever fields the form has, so that they fail for a new field that is not kept.
"""

import time
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from stoppress.coverage.actions import publish
from stoppress.coverage.models import Post
from stoppress.coverage.post_content import Content
from stoppress.desk.access.people import create_user
from stoppress.desk.models import Draft
from tests.support.desk_browser import PASSWORD, log_in
from tests.support.web_server import wait_until

LIVE = "/desk/live/storm-maren"
FILL = """(mark) => {
  const form = document.querySelector("form[data-composer]"), counts = {}
  const skipped = ["hidden", "file", "submit", "button", "fieldset"]
  for (let at = 0; at < form.elements.length; at += 1) {
    const control = form.elements[at]
    if (!control.name || control.hidden || skipped.includes(control.type)) continue
    counts[control.name] = (counts[control.name] ?? 0) + 1
    if (control.type === "checkbox") control.checked = true
    else if (control.type === "radio") control.checked = control.value === "clarification"
    else if (counts[control.name] > 2) continue
    else control.value = `${mark} ${control.name} ${counts[control.name]}`
    control.dispatchEvent(new Event("input", { bubbles: true }))
  }
}"""
READ = """() => [...document.querySelector("form[data-composer]").elements]
  .filter(({ name }) => name && !["csrfmiddlewaretoken", "id", "based_on", "then"].includes(name))
  .filter(({ type }) => type !== "file")
  .map(({ name, value, checked }) => [name, value, checked ?? null])"""


def fill(page: Page, mark: str = "Typed") -> list:
    """Fill every field of the composer and return all values."""
    page.get_by_role("textbox", name="Text").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(f"{mark} in the text. ")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.type("In bold")
    page.evaluate(FILL, mark)
    return page.evaluate(READ)


def add_picture(page: Page) -> None:
    out = BytesIO()
    Image.new("RGB", (64, 48), "navy").save(out, "PNG")
    page.get_by_label("Add a picture").set_input_files(
        {"name": "wall.png", "mimeType": "image/png", "buffer": out.getvalue()}
    )
    expect(page.locator(".pictures__row img")).to_have_js_property("complete", True)


def expect_form(page: Page, values: list) -> None:
    """Wait until the composer has these values; hidden fields of pictures included."""
    end = time.monotonic() + 20
    while (found := page.evaluate(READ)) != values and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert found == values
    expect(page.locator(".ProseMirror")).to_contain_text("in the text")
    for picture in page.locator(".pictures__row img").all():
        expect(picture).to_have_js_property("naturalWidth", 64)


def saved(page: Page) -> None:
    expect(page.locator("[data-save-status]")).to_contain_text("Saved")


@pytest.fixture
def composer(desk: Page, settings, tmp_path) -> Page:
    """Return the composer of a new post with a picture that was added without typing."""
    settings.MEDIA_ROOT = str(tmp_path)
    add_picture(desk)
    return desk


def reload_after_saving(page: Page) -> None:
    saved(page)
    page.reload()


def reload_at_once(page: Page) -> None:
    page.reload()


def leave_and_go_back(page: Page) -> None:
    page.goto("/desk/")
    page.go_back()


def leave_at_once_and_follow_a_link(page: Page) -> None:
    page.goto("/desk/topics")
    page.goto(LIVE)


def log_out_elsewhere_and_publish(page: Page) -> None:
    page.context.clear_cookies(name="stoppress_desk")
    page.get_by_role("textbox", name="Headline").press_sequentially("!")
    page.get_by_role("textbox", name="Headline").press("Backspace")
    expect(page.locator("[data-save-status]")).to_contain_text("logged out")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url("**/desk/log-in**")
    log_in(page)


@pytest.mark.parametrize(
    "way",
    [
        reload_after_saving,
        reload_at_once,
        leave_and_go_back,
        leave_at_once_and_follow_a_link,
        log_out_elsewhere_and_publish,
    ],
)
def test_whole_form_comes_back(composer: Page, way: Callable[[Page], None]) -> None:
    values = fill(composer)
    way(composer)
    expect_form(composer, values)


def test_whole_form_typed_while_logged_out_comes_back_and_is_published(composer: Page) -> None:
    saved(composer)
    composer.context.clear_cookies(name="stoppress_desk")
    values = fill(composer)
    expect(composer.locator("[data-save-status]")).to_contain_text("logged out")
    composer.get_by_role("button", name="Publish", exact=True).click()
    composer.wait_for_url("**/desk/log-in**")
    log_in(composer)
    expect_form(composer, values)
    composer.get_by_role("button", name="Publish", exact=True).click()
    expect(composer.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    revision = Post.objects.get().revision
    assert [source["name"][:17] for source in revision.sources] == ["Typed source_name", "Typed source_name"]
    assert revision.pictures[0]["alt"].startswith("Typed picture_alt")
    assert composer.evaluate("Object.keys(localStorage)") == []


def test_whole_form_typed_without_a_connection_comes_back(composer: Page) -> None:
    saved(composer)
    composer.context.route("**/drafts", lambda route: route.abort())
    values = fill(composer)
    expect(composer.locator("[data-save-status]")).to_contain_text("No connection")
    composer.reload()
    expect_form(composer, values)
    composer.context.unroute("**/drafts")
    wait_until(lambda: Draft.objects.filter(form_data__headline__startswith="Typed").exists())


def test_picture_alone_is_kept(composer: Page) -> None:
    saved(composer)
    composer.reload()
    expect(composer.locator(".pictures__row")).to_have_count(1)


def test_another_person_does_not_get_the_text_and_its_author_does(composer: Page) -> None:
    create_user("tom", PASSWORD, "editor", display="Tom Reyes")
    saved(composer)
    composer.context.route("**/drafts", lambda route: route.abort())
    values = fill(composer)
    expect(composer.locator("[data-save-status]")).to_contain_text("No connection")
    for name in ("tom", "ines"):
        composer.context.clear_cookies()
        composer.context.unroute("**/drafts")
        composer.goto(LIVE)
        composer.get_by_label("Name").fill(name)
        composer.get_by_label("Password").fill(PASSWORD)
        composer.get_by_role("button", name="Log in").click()
        composer.wait_for_url(f"**{LIVE}")
        if name == "tom":
            composer.wait_for_load_state("networkidle")
            expect(composer.get_by_role("textbox", name="Headline")).to_have_value("")
    expect_form(composer, values)


def test_refused_publish_shows_the_whole_form_and_saves_it(composer: Page) -> None:
    fill(composer)
    composer.get_by_label("What it shows").fill("")
    values = composer.evaluate(READ)
    composer.get_by_role("button", name="Publish", exact=True).click()
    expect(composer.locator("#pictures-error")).to_be_visible()
    expect_form(composer, values)
    saved(composer)
    composer.goto(LIVE)
    expect_form(composer, values)


def test_back_after_publishing_shows_the_new_text_whole(composer: Page) -> None:
    fill(composer, "Old")
    composer.get_by_role("button", name="Publish", exact=True).click()
    expect(composer.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    values = fill(composer, "New")
    composer.go_back()
    expect_form(composer, values)
    composer.get_by_role("textbox", name="Headline").press("Control+Enter")
    expect(composer.get_by_role("status").filter(has_text="Published.")).to_be_visible()
    headlines = Post.objects.order_by("published_at").values_list("revision__headline", flat=True)
    assert [headline.split()[0] for headline in headlines] == ["Old", "New"]


def test_second_tab_overwrites_nothing(composer: Page) -> None:
    fill(composer)
    saved(composer)
    second = composer.context.new_page()
    second.goto(LIVE)
    second.get_by_role("textbox", name="Headline").fill("From the second tab")
    saved(second)
    composer.get_by_role("textbox", name="Headline").fill("From the first tab")
    expect(composer.locator("[data-save-status]")).to_contain_text("draft of its own")
    found = set(Draft.objects.values_list("form_data__headline", flat=True))
    assert found == {"From the first tab", "From the second tab"}
    assert all(draft.form_data["sources"] and draft.form_data["pictures"] for draft in Draft.objects.all())


@pytest.mark.parametrize("mode", ["edit", "correct"])
def test_whole_form_of_a_change_comes_back(desk: Page, clock, settings, tmp_path, mode: str) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    post = publish("storm-maren", Content("Alarm", "<p>One alarm.</p>"), by="ines", now=clock.tick())
    address = f"{LIVE}/posts/{post.pk}/{mode}"
    desk.goto(address)
    add_picture(desk)
    values = fill(desk)
    assert any(name == "note" and value for name, value, _ in values)
    desk.goto(LIVE)
    desk.goto(address)
    expect_form(desk, values)
    desk.get_by_role("button", name="Save" if mode == "edit" else "Publish correction").click()
    expect(desk.get_by_role("status").filter(has_text="Saved." if mode == "edit" else "published.")).to_be_visible()
    desk.go_back()
    expect(desk.locator("[data-composer] [name=based_on]")).to_have_value("2")
    expect(desk.locator("[data-composer] [name=note]")).to_have_value("")
    assert not Draft.objects.exists()
