"""Law 11: sanitised HTML contains only the allow-list."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.html_sanitiser import TAGS, html_to_text, paragraphs_to_html, sanitise, shorten_html
from stoppress.coverage.post_content import Content, PictureUse, Source

PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<b>",
        "<i>",
        "<h1>",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:x'>",
        '<a href="https://halden.example" onclick=x>',
        "</a>",
        "<svg onload=x>",
        "<style>p{}</style>",
        "<iframe src=x>",
        "<!--",
        "-->",
        "&lt;script&gt;",
        "&amp;",
        "<",
        ">",
        '"',
        "'",
        "“The quay moved”",
        "<blockquote>",
        "<ul><li>",
        "<math>",
        "\x00",
        "x",
    ]
)
TAG = re.compile(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)>")


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=20).map("".join))
def test_sanitise_returns_only_the_allow_list_and_is_idempotent(html):
    safe = sanitise(html)
    assert sanitise(safe) == safe
    for name, attributes in TAG.findall(safe):
        assert name in TAGS
        assert not re.search(r"\son\w+\s*=|javascript:", attributes, re.IGNORECASE)
    assert "<" not in html_to_text(paragraphs_to_html(["plain"]))


@pytest.mark.parametrize(
    ("given_html", "expected"),
    [
        ("<p>One <b>bold</b> <i>word</i></p>", "<p>One <strong>bold</strong> <em>word</em></p>"),
        ("<h1>Sub</h1><p></p><p> </p>", "<h3>Sub</h3>"),
        (
            '<p><a href="https://x.example/a?b=1&amp;c=2" target="_blank">x</a></p>',
            '<p><a href="https://x.example/a?b=1&amp;c=2" rel="noopener">x</a></p>',
        ),
        ('<p style="color:red" class="x" onclick="y">t</p>', "<p>t</p>"),
    ],
)
def test_sanitise_keeps_the_meaning_of_pasted_markup(given_html, expected):
    assert sanitise(given_html) == expected


@given(
    st.lists(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1), max_size=5)
)
def test_html_to_text_restores_paragraphs(paragraphs):
    words = [" ".join(text.split()) for text in paragraphs]
    assert html_to_text(sanitise(paragraphs_to_html(words))) == "\n\n".join(word for word in words if word)


def test_shorten_html_cuts_between_words():
    html = "<p>The tide has turned at the north steps.</p><p>Nobody goes home tonight.</p>"
    assert shorten_html(html, 24) == "The tide has turned at…"
    assert shorten_html(html, 400) == "The tide has turned at the north steps. Nobody goes home tonight."


def test_validate_removes_unprintable_characters():
    use = PictureUse("a" * 32, "A\x00 wall", "At\x1b noon", "Lena\x7f Voss")
    content = Content(
        "Al\x01arm \ud800", "<p>One\x08.</p>", ("Tom\x02",), (Source("A\x00", "B\ufffe"),), (use,)
    ).validate()
    assert content.headline.strip() == "Alarm" and content.body == "<p>One.</p>" and content.bylines == ("Tom",)
    assert content.sources == (Source("A", "B"),)
    assert content.pictures == (PictureUse("a" * 32, "A wall", "At noon", "Lena Voss"),)


@pytest.mark.parametrize(
    "address",
    [
        "data:text/html,<b>x</b>",
        "DATA:text/html;base64,eA==",
        " data:image/svg+xml,x",
        "da&#9;ta:text/html,x",
        "javascript:alert(1)",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://halden.example/1",
        "ftp://halden.example/x",
    ],
)
def test_link_with_any_other_scheme_loses_its_address(address: str) -> None:
    safe = sanitise(f"<p><a href='{address}'>Words</a></p>")
    assert "href" not in safe and "Words" in safe and ":" not in safe


@pytest.mark.parametrize(
    "address", ["https://halden.example/x", "http://halden.example/x", "mailto:desk@halden.example", "tel:+15550100"]
)
def test_link_to_web_mail_or_telephone_keeps_its_address(address: str) -> None:
    assert f'href="{address}"' in sanitise(f"<p><a href='{address}'>Words</a></p>")
