"""Text of other programs is pasted into the editor as it was meant, under the policy of the real page."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

CASES = json.loads((Path(__file__).parents[1] / "data/foreign_html.json").read_text(encoding="utf-8"))
PASTE = """(html) => {
  const data = new DataTransfer()
  data.setData("text/html", html)
  const target = document.querySelector(".ProseMirror")
  target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
}"""
READ_ALL = """async (cases) => {
  const { readClipboard } = await import("/static/desk/clipboard_html.js")
  return cases.map(({ html }) => readClipboard(html))
}"""


def test_editor_reads_foreign_html_as_the_server_does(desk: Page) -> None:
    found = desk.evaluate(READ_ALL, CASES)
    assert dict(zip([case["name"] for case in CASES], found, strict=True)) == {
        case["name"]: case["expected"] for case in CASES
    }


def test_pasted_text_of_google_docs_and_word_has_its_meaning(desk: Page) -> None:
    body = desk.locator("textarea[name=body]")
    for case, expected in (
        (CASES[0], CASES[0]["expected"]),
        (CASES[4], '<ol data-type="decimal"><li><p>One</p></li><li><p>Two</p></li></ol><p>After</p>'),
    ):
        desk.locator(".ProseMirror").click()
        desk.keyboard.press("Control+a")
        desk.keyboard.press("Delete")
        desk.evaluate(PASTE, case["html"])
        expect(desk.locator(".ProseMirror")).to_contain_text(case["expected"].split("<p>")[-1].split("<")[0] or "map")
        assert body.input_value().replace(' rel="noopener noreferrer nofollow"', "") == expected
