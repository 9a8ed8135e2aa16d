"""The layouts of mail: picture, correction, digest, other languages, and what all of them share."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from stoppress.coverage.localisation.languages import nearest_tag
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message import preview
from stoppress.delivery.message.alert_content import DigestItem, MailPicture
from stoppress.delivery.message.preview import Theme
from stoppress.subscribers.signed_links import (
    InvalidLinkError,
    LinkPurpose,
    link_url,
    make_mute_token,
    make_unsubscribe_token,
    read_mute_token,
)
from tests.factories.alert_messages import ALERT_CONTENT, SENT_AT, body_part, fill_message

PICTURE = MailPicture("a" * 32, 'The ferry "Sula" & its quay', "Lena Voss", 1920, 1280)
ITEMS = tuple(
    DigestItem(
        "Storm Maren", f"Headline {n} <b>", ".Two sentences.", f"/live/x/posts/{n}", SENT_AT + timedelta(minutes=n)
    )
    for n in range(3)
)
DIGEST = replace(ALERT_CONTENT, urgency=Urgency.DIGEST, headline="Your morning", summary="", path="/", items=ITEMS)


def test_picture_has_alt_text_size_and_an_address_of_the_newsroom():
    raw = fill_message(replace(ALERT_CONTENT, picture=PICTURE))
    html = body_part(raw, "html")
    assert 'src="http://news.test/media/' + "a" * 32 + '-mail.jpg"' in html
    assert 'alt="The ferry &quot;Sula&quot; &amp; its quay"' in html
    assert 'width="552"' in html and 'height="368"' in html and "Lena Voss" in html
    assert '[Picture: The ferry "Sula" & its quay]' in body_part(raw, "plain")


def test_small_picture_is_not_enlarged():
    assert replace(PICTURE, width=300, height=200).display_size == (300, 200)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_digest_lists_its_items_and_the_unsubscribe_link(kind):
    text = body_part(fill_message(DIGEST), kind)
    for n in range(3):
        assert f"http://news.test/live/x/posts/{n}" in text
    assert "20:05 GMT · Storm Maren" in re.sub(r"<span[^>]*>", "", text) and "Two sentences." in text
    assert link_url(LinkPurpose.UNSUBSCRIBE, make_unsubscribe_token(41, 1)) in text
    assert "/alerts/mute/" not in text
    assert ("Headline 1 &lt;b&gt;" if kind == "html" else "Headline 1 <b>") in text


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_alert_has_a_mute_link_when_it_is_about_a_story(kind):
    text = body_part(fill_message(replace(ALERT_CONTENT, blog_id=7)), kind)
    assert link_url(LinkPurpose.MUTE, make_mute_token(41, 7)) in text
    assert "/alerts/mute/" not in body_part(fill_message(), kind)


def test_mute_token_is_refused_for_other_purposes():
    assert read_mute_token(make_mute_token(41, 7)) == (41, 7)
    with pytest.raises(InvalidLinkError):
        read_mute_token(make_unsubscribe_token(41, 7))


def test_no_line_of_any_layout_begins_with_a_dot():
    dotted = replace(
        ALERT_CONTENT, headline=".net", summary="...and " * 60 + "\n\n. . .", bylines=(".ines",), blog_id=7
    )
    for story in (dotted, DIGEST, replace(dotted, picture=replace(PICTURE, alt=".", credit=".x"))):
        raw = fill_message(story)
        assert b"\r\n." not in raw and raw.endswith(b"\r\n")
        body = raw.split(b"\r\n\r\n", 1)[1]
        assert all(len(line) <= 76 for line in body.split(b"\r\n") if not TOKEN.search(line))


TOKEN = re.compile(rb"[\w-]{40,}")


def test_translation_replaces_given_texts_and_keeps_the_rest():
    french = ALERT_CONTENT.in_translation(
        "fr", {"subject": "Évacuation", "headline": "La ville basse évacuée", "summary": ""}
    )
    assert (french.subject, french.summary, french.language) == ("Évacuation", ALERT_CONTENT.summary, "fr")
    assert 'lang="fr"' in body_part(fill_message(french), "html")


@pytest.mark.parametrize(
    ("language", "variant"),
    [("fr", "fr"), ("fr-CA", "fr"), ("FR-be", "fr"), ("de-CH", "de-CH"), ("de", ""), ("", ""), ("en", "")],
)
def test_reader_gets_the_nearest_variant(language, variant):
    assert nearest_tag(["fr", "de-CH"], language) == variant


def test_preview_shows_dark_and_light_on_any_screen():
    light, dark = (preview.preview_html(ALERT_CONTENT, theme) for theme in Theme)
    assert "@media not all" in light and "@media all" in dark
    assert "prefers-color-scheme" not in light + dark and "prefers-color-scheme" in preview.preview_html(ALERT_CONTENT)


def test_styles_are_inlined_in_the_elements():
    html = body_part(fill_message(), "html")
    assert re.search(r'<span class="breaking" style="[^"]*#b0001c', html)
