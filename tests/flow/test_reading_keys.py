"""Keys for reading, and the link of a post on a phone, in a real browser."""

from playwright.sync_api import Browser, Page, expect

from stoppress.coverage.models import Post
from tests.support.reader_browser import LIVE, Write, find_post, open_page
from tests.support.web_server import Serving

RECORD_SHARING = """navigator.share = async (shared) => {
    window.shared = shared;
    if (shared.url === window.refused) throw new DOMException("", "AbortError");
}"""


def press_and_expect(page: Page, key: str, headline: str) -> None:
    page.keyboard.press(key)
    post = find_post(page, headline)
    expect(post).to_be_focused()
    expect(post.locator("h2")).to_be_in_viewport()
    assert post.evaluate("post => getComputedStyle(post).outlineStyle") == "solid"


def test_keys_go_through_the_posts_show_new_ones_and_copy_links(page: Page, posts: list[Post], write: Write) -> None:
    for key, number in (("j", 12), ("j", 11), ("j", 10), ("k", 11)):
        press_and_expect(page, key, f"Entry {number}")
    page.keyboard.press("c")
    expect(find_post(page, "Entry 11").locator("[data-copy-link]")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"{LIVE}/posts/{posts[10].pk}")
    write("Second alarm")
    expect(page.get_by_role("button", name="1 new post")).to_be_visible()
    press_and_expect(page, "n", "Second alarm")
    page.keyboard.press("k")
    expect(page.locator("[data-announce]")).to_contain_text("No more posts on this page")
    page.keyboard.press("Control+j")
    expect(find_post(page, "Second alarm")).to_be_focused()


def test_keys_are_listed_and_can_be_turned_off(page: Page) -> None:
    field = page.locator("input[type=email]").first
    field.focus()
    page.keyboard.type("jk?nc")
    expect(field).to_have_value("jk?nc")
    field.blur()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Use these shortcuts").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    page.keyboard.press("?")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog.get_by_label("Use these shortcuts").check()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur(); scrollTo({ top: 0, behavior: 'instant' })")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'о', code: 'KeyJ' }))")
    expect(find_post(page, "Entry 12")).to_be_focused()


def test_link_to_a_post_opens_the_sheet_for_sharing_on_a_phone(
    browser: Browser, serving: Serving, posts: list[Post]
) -> None:
    phone = browser.new_context(
        base_url=serving.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    phone.add_init_script(RECORD_SHARING)
    page = open_page(phone, serving)
    link = find_post(page, "Entry 12").locator("[data-copy-link]")
    link.tap()
    shared = page.evaluate("shared")
    assert shared["title"] == "Entry 12" and shared["url"].endswith(f"{LIVE}/posts/{posts[11].pk}")
    expect(link).to_have_text("Link to this post")
    page.evaluate("refused = shared.url; shared = null")
    link.tap()
    assert page.evaluate("shared") is not None
    assert page.url.endswith(LIVE)
    expect(link).to_have_text("Link to this post")
    phone.close()
