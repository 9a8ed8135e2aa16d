"""The form of the composer, its drafts, and word differences."""

import json

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.choices import PostLabel
from stoppress.coverage.post_content import Content, PictureUse, Source
from stoppress.desk.forms.composer_form import (
    PostFormData,
    parse_post_form,
    post_form_from_content,
    post_form_from_draft,
)
from stoppress.desk.screens.word_differences import diff_words

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
written = st.builds(
    PostFormData,
    headline=words,
    body=words,
    bylines=words,
    sources=st.lists(st.builds(Source, words, words), max_size=3).map(tuple),
    pictures=st.lists(st.builds(PictureUse, words, words, words, words), max_size=3).map(tuple),
    breaking=st.booleans(),
    key_event=st.booleans(),
)


@given(written)
def test_draft_restores_the_form(typed: PostFormData) -> None:
    assert post_form_from_draft(json.loads(json.dumps(typed.as_draft()))) == typed


def test_form_is_parsed() -> None:
    form = QueryDict(mutable=True)
    form.update({"headline": "Alarm", "body": "<p>One.</p>", "bylines": "Ines Okafor, Tom Reyes", "breaking": "on"})
    form.setlist("source_name", ["Coastguard", ""])
    form.setlist("source_via", ["Kyiv Independent", ""])
    for name, value in (("id", "abc"), ("alt", "A wall"), ("caption", ""), ("credit", "Lena Voss")):
        form.setlist(f"picture_{name}", [value])
    typed = parse_post_form(form)
    assert typed.labels == (PostLabel.BREAKING,)
    assert typed.content == Content(
        "Alarm",
        "<p>One.</p>",
        ("Ines Okafor", "Tom Reyes"),
        (Source("Coastguard", "Kyiv Independent"),),
        (PictureUse("abc", "A wall", "", "Lena Voss"),),
    )


def test_form_with_byline_only_is_blank() -> None:
    assert PostFormData(body="<p></p>", bylines="Ines Okafor").is_blank
    assert not PostFormData(headline="A").is_blank


def test_content_is_unchanged_after_form() -> None:
    content = Content("Alarm", "<p>One.</p>", ("Ines", "Tom"), (Source("A", "B"),), (PictureUse("x", "y"),))
    assert post_form_from_content(content).content == content


def test_nul_characters_are_removed() -> None:
    assert parse_post_form(QueryDict("headline=a%00b")).headline == "ab"


bodies = st.lists(st.sampled_from(["One", "two", "three.", "Four", "five"]), max_size=12).map(
    lambda found: Content(body=f"<p>{' '.join(found)}</p>")
)


@given(bodies, bodies)
def test_differences_contain_both_texts(before: Content, after: Content) -> None:
    pieces = diff_words(before, after)
    standing = "".join(piece.text for piece in pieces if piece.kind != "added")
    new = "".join(piece.text for piece in pieces if piece.kind != "removed")
    assert standing == "".join(piece.text for piece in diff_words(before, before))
    assert new == "".join(piece.text for piece in diff_words(after, after))
