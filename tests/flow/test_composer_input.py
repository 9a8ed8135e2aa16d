"""Keys, pictures and links in the composer; and a refused form is announced."""

import pytest
from playwright.sync_api import Page, expect

from stoppress.coverage.actions import publish
from stoppress.coverage.models import Post
from stoppress.coverage.post_content import Content

LINKS = {
    "halden.example/map": "https://halden.example/map",
    "halden.example:8080/x": "https://halden.example:8080/x",
    "https://halden.example/a?b=1#c": "https://halden.example/a?b=1#c",
    "//halden.example/x": "https://halden.example/x",
    "bücher.example": "https://bücher.example",
    "desk@halden.example": "mailto:desk@halden.example",
    "mailto:desk@halden.example": "mailto:desk@halden.example",
    "+44 20 7946-0000": "tel:+442079460000",
    "tel:+442079460000": "tel:+442079460000",
    "harbour": None,
    "two words.example": None,
    "javascript:alert(1)": None,
    "ftp://halden.example/x": None,
    "mailto:nobody": None,
    "https://": None,
}
READ_LINKS = """async (typed) => {
  const { linkAddress } = await import("/static/desk/link_address.js")
  return typed.map(linkAddress)
}"""
GIVE_PICTURES = """async ([kind, selector, html]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 })
  canvas.getContext("2d").fillRect(0, 0, 30, 30)
  const picture = await new Promise((done) => canvas.toBlob(done, "image/png"))
  const data = new DataTransfer()
  for (const name of ["a.png", "b.png"]) data.items.add(new File([picture], name, { type: "image/png" }))
  if (html) data.setData("text/html", html)
  const given = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
  document.querySelector(selector).dispatchEvent(given)
  return given.defaultPrevented
}"""
SPACES = """(selector) => [...document.querySelector(selector).querySelectorAll("ul, li, li p")].map((each) => {
  const { marginTop, marginBottom, paddingLeft, lineHeight } = getComputedStyle(each)
  return [each.localName, marginTop, marginBottom, paddingLeft, lineHeight]
})"""


def test_enter_in_the_headline_moves_on_to_the_text(desk: Page) -> None:
    headline = desk.get_by_role("textbox", name="Headline")
    headline.click()
    desk.keyboard.type("Second alarm")
    headline.evaluate(
        """(field) => field.dispatchEvent(
          new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }))"""
    )
    expect(headline).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator(".ProseMirror")).to_be_focused()
    desk.keyboard.type("The lower town is empty.")
    expect(desk.locator("textarea[name=body]")).to_have_value("<p>The lower town is empty.</p>")
    expect(headline).to_have_value("Second alarm")


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_pasted_and_dropped_pictures_are_uploaded(desk: Page, settings, tmp_path, kind: str) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    assert desk.evaluate(GIVE_PICTURES, [kind, ".ProseMirror", '<img src="https://halden.example/a.png">'])
    expect(desk.locator(".pictures__row")).to_have_count(2)
    if kind == "drop":
        assert desk.evaluate(GIVE_PICTURES, [kind, "#timeline", ""])
        expect(desk.locator(".pictures__row")).to_have_count(4)
    expect(desk.locator("textarea[name=body]")).to_have_value("")
    expect(desk.locator("[data-save-status]")).to_contain_text("Saved")


def test_pasted_text_with_a_picture_of_itself_is_text(desk: Page) -> None:
    desk.evaluate(GIVE_PICTURES, ["paste", ".ProseMirror", "<table><tr><td>4.2</td><td>m</td></tr></table>"])
    expect(desk.locator(".ProseMirror")).to_have_text("4.2 | m")
    expect(desk.locator(".pictures__row")).to_have_count(0)


def test_typed_address_becomes_the_right_link_or_is_refused(desk: Page) -> None:
    assert dict(zip(LINKS, desk.evaluate(READ_LINKS, list(LINKS)), strict=True)) == LINKS
    desk.locator(".ProseMirror").click()
    desk.keyboard.press("Control+k")
    address = desk.get_by_label("Address of the link")
    address.fill("harbour")
    desk.keyboard.press("Enter")
    expect(desk.locator("#link-status")).to_contain_text("no web, mail or phone address")
    expect(address).to_be_visible()
    address.fill("desk@halden.example")
    desk.keyboard.press("Enter")
    expect(desk.locator(".ProseMirror a")).to_have_attribute("href", "mailto:desk@halden.example")


def test_refused_publish_is_announced(desk: Page) -> None:
    desk.get_by_role("button", name="Publish", exact=True).click()
    expect(desk.get_by_role("alert")).to_contain_text("There is nothing to publish yet")
    text = desk.get_by_role("textbox", name="Text")
    expect(text).to_be_focused()
    expect(text).to_have_attribute("aria-invalid", "true")
    assert "nothing to publish" in (desk.locator(f"#{text.get_attribute('aria-describedby')}").text_content() or "")
    assert desk.title().startswith("Error: ")


def test_refused_forms_of_the_desk_are_announced(desk: Page, clock, axe_source: str) -> None:
    post = publish("storm-maren", Content("Alarm", "<p>One.</p>"), by="ines", now=clock.tick())
    live = "/desk/live/storm-maren"
    pages = [f"{live}/posts/{post.pk}/{name}" for name in ("correct", "withdraw")]
    for page in [*pages, f"{live}/edit"]:
        desk.goto(page)
        for field in desk.locator("main form textarea:visible, main form input:not([type]):visible").all():
            field.fill("")
        desk.locator("main form button.button:not([name=do]):not([data-link])").first.click()
        expect(desk.get_by_role("alert").first).to_contain_text("Not done.")
        assert desk.title().startswith("Error: "), page
        assert desk.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true", page
        desk.evaluate(axe_source)
        assert [each["id"] for each in desk.evaluate("axe.run()")["violations"]] == [], page
    assert Post.objects.get().revision.number == 1


def test_pressed_buttons_differ_in_forced_colours(desk: Page) -> None:
    desk.emulate_media(forced_colors="active")
    desk.locator(".ProseMirror").click()
    bold, italic = desk.get_by_role("button", name="Bold"), desk.get_by_role("button", name="Italic")
    bold.click()
    expect(bold).to_have_attribute("aria-pressed", "true")
    colour = "(button) => getComputedStyle(button).backgroundColor"
    assert bold.evaluate(colour) != italic.evaluate(colour)


def test_lists_have_the_same_spaces_in_editor_preview_and_page(desk: Page, clock) -> None:
    body = "<p>Closed:</p><ul><li><p>Mole</p></li><li><p>Quay</p><ul><li><p>north</p></li></ul></li></ul>"
    post = publish("storm-maren", Content("Alarm", body), by="ines", now=clock.tick())
    desk.goto(f"/desk/live/storm-maren/posts/{post.pk}/edit")
    written = desk.evaluate(SPACES, ".ProseMirror")
    desk.get_by_role("button", name="Preview").click()
    expect(desk.get_by_role("dialog").locator(".post__body")).to_be_visible()
    previewed = desk.evaluate(SPACES, "dialog .post__body")
    desk.goto("/live/storm-maren")
    assert len(written) == 8 and written == previewed == desk.evaluate(SPACES, ".post__body")
