"""One function decides what text may contain, wherever it is typed or sent."""

from collections.abc import Callable
from email import message_from_bytes, policy
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from stoppress.alerts.actions.send_request import clean_subject, clean_summary
from stoppress.coverage.html_sanitiser import html_to_text, sanitise
from stoppress.coverage.post_content import Content, PictureUse, Source
from stoppress.delivery.message.first_sentences import first_sentences
from stoppress.delivery.message.headers import encoded_header, format_mailbox
from stoppress.delivery.message.plain_text_body import wrap_paragraph
from stoppress.desk.forms.composer_form import parse_post_form
from stoppress.runtime.text_cleaning import clean_line, clean_text

WORDS = {
    "persian": "می\u200cخواهم",
    "hindi": "क\u094d\u200dष",
    "family": "👩\u200d👩\u200d👧",
    "heart": "❤\ufe0f",
    "england": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "marks": "C\u200e++ \u200f!",
    "french": "«\u00a0oui\u00a0»",
    "thai": "ภาษา\u200bไทย",
}
HARMFUL = [
    *map(chr, (0x00, 0x01, 0x1B, 0x1F, 0x7F, 0x80, 0x9F)),
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
    *map(chr, (0xFEFF, 0xFFFE, 0xFFFF, 0x1FFFE, 0xE0001, 0xD800, 0xDFFF)),
]


def content_of(text: str) -> Content:
    use = PictureUse("a" * 32, text, text, text)
    return Content(text, f"<p>{text}</p>", (text,), (Source(text, text),), (use,)).validate()


def header(text: str) -> str:
    return str(message_from_bytes(encoded_header("Subject", text), policy=policy.default)["Subject"])


def sender(text: str) -> str:
    line = f"From: {format_mailbox(text, 'desk@halden.example')}\r\n\r\n".encode()
    return str(message_from_bytes(line, policy=policy.default)["From"].addresses[0].display_name)


PLACES: dict[str, Callable[[str], str]] = {
    "headline": lambda text: content_of(text).headline,
    "body": lambda text: html_to_text(content_of(text).body),
    "byline": lambda text: content_of(text).bylines[0],
    "source": lambda text: content_of(text).sources[0].name,
    "via": lambda text: content_of(text).sources[0].via,
    "alt text": lambda text: content_of(text).pictures[0].alt,
    "caption": lambda text: content_of(text).pictures[0].caption,
    "credit": lambda text: content_of(text).pictures[0].credit,
    "subject": clean_subject,
    "summary": clean_summary,
    "header of a message": header,
    "name of a sender": sender,
    "plain text of mail": wrap_paragraph,
    "first sentences": lambda text: first_sentences(text, 200),
    "field of a form": lambda text: parse_post_form(QueryDict(urlencode({"headline": text}))).headline,
}


@pytest.mark.parametrize("place", PLACES)
def test_joiners_and_marks_stay_everywhere(place: str) -> None:
    for text in WORDS.values():
        assert PLACES[place](f"Alarm {text} Halden") == f"Alarm {text} Halden"


@pytest.mark.parametrize("place", [place for place in PLACES if place != "field of a form"])
def test_harmful_characters_are_removed_everywhere(place: str) -> None:
    for char in HARMFUL:
        assert PLACES[place](f"Al{char}arm at Halden") == "Alarm at Halden", repr(char)


def test_harmful_characters_are_removed_when_written_as_references() -> None:
    assert sanitise("<p>Al&#x202E;ar&#8294;m &zwnj;x</p>") == "<p>Alarm \u200cx</p>"


def test_lines_are_joined_and_text_keeps_them() -> None:
    assert clean_line("One\r\n two\u2028three\t four\x0bfive") == "One two three four five"
    assert clean_text(" One\r\ntwo\u2029\x85three ") == "One\ntwo\n\nthree"


def test_text_of_invisible_characters_alone_is_empty() -> None:
    assert clean_line("\u200d\u200c \u200e") == "" and clean_text("\u200b\n\u00a0") == ""


@given(st.text())
def test_a_second_pass_changes_nothing(text: str) -> None:
    assert clean_line(clean_line(text)) == clean_line(text)
    assert clean_text(clean_text(text)) == clean_text(text)
