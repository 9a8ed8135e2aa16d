"""LiveBlogPosting, held to schema.org and to Google's documentation of it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.choices import NoteKind, BlogState
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import NoteView, PictureView, PostView
from stoppress.syndication.json_ld import BlogView, live_blog_posting_document, to_script_json, blog_posting_document
from tests.factories.coverage import NEWSROOM, BLOG_VIEW, BLOG_HEADER, START, make_post_view

ALLOWED = {
    "LiveBlogPosting": {
        *("@context", "@id", "url", "mainEntityOfPage", "headline", "inLanguage", "datePublished", "dateModified"),
        *("coverageStartTime", "coverageEndTime", "publisher", "author", "liveBlogUpdate", "description", "image"),
    },
    "BlogPosting": {
        *("@context", "@id", "url", "mainEntityOfPage", "headline", "inLanguage", "datePublished", "dateModified"),
        *("author", "articleBody", "image", "correction", "creativeWorkStatus", "publisher", "isPartOf"),
    },
    "Person": {"name"},
    "Organization": {"name", "url"},
    "NewsMediaOrganization": {"name", "url", "logo"},
    "ImageObject": {"url", "width", "height", "caption", "creditText"},
    "CorrectionComment": {"text", "datePublished"},
    "WebPage": {"@id"},
}
REQUIRED = {
    "LiveBlogPosting": {"headline", "coverageStartTime", "liveBlogUpdate", "datePublished", "publisher", "author"},
    "BlogPosting": {"headline", "datePublished", "dateModified", "author", "url"},
    "Person": {"name"},
    "Organization": {"name"},
    "CorrectionComment": {"text", "datePublished"},
}


def whole(*posts: PostView, coverage: BlogView = BLOG_VIEW) -> dict[str, Any]:
    data = live_blog_posting_document(coverage, posts, NEWSROOM)
    check(data)
    return data


def update(post: PostView) -> dict[str, Any]:
    found: dict[str, Any] = whole(post)["liveBlogUpdate"][0]
    return found


def check(data: object) -> None:
    """Types, properties, dates and addresses as schema.org and Google have them, all the way down."""
    if isinstance(data, list):
        for item in data:
            check(item)
    if not isinstance(data, dict):
        return
    kind = data.get("@type")
    assert kind in ALLOWED, kind
    if kind != "LiveBlogPosting" or "liveBlogUpdate" in data:
        assert data.keys() - {"@type"} <= ALLOWED[kind]
        assert data.keys() >= REQUIRED.get(kind, set())
    for name, value in data.items():
        if name.startswith("date") or name.endswith("Time"):
            assert datetime.fromisoformat(value).tzinfo is not None
        if name in ("url", "@id"):
            assert value.startswith("https://courier.test/")
        check(value)


def test_each_post_has_its_own_facts() -> None:
    second = make_post_view(2, content=Content(headline="Ferry waits", body="<p>Two miles out.</p>", bylines=("Tom Reyer",)))
    first, other = whole(make_post_view(1), second)["liveBlogUpdate"]
    assert (first["headline"], other["headline"]) == ("Post 1", "Ferry waits")
    assert (first["articleBody"], other["articleBody"]) == ("One & all.", "Two miles out.")
    assert other["author"] == [{"@type": "Person", "name": "Tom Reyer"}]
    assert first["datePublished"] != other["datePublished"]
    assert other["url"] == other["@id"] == f"https://courier.test{second.path}"


def test_a_post_without_byline_is_by_the_newsroom() -> None:
    author = update(make_post_view(content=Content(body="<p>Rain.</p>")))["author"]
    assert author == [{"@type": "Organization", "name": "The Halden Courier", "url": "https://courier.test/"}]


def test_a_post_without_headline_is_named_by_its_first_words() -> None:
    assert update(make_post_view(content=Content(body="<p>Rain on the quay.</p>")))["headline"] == "Rain on the quay."


def test_a_change_is_never_dated_before_publication() -> None:
    early = make_post_view(updated_at=START - timedelta(seconds=1))
    assert update(early)["dateModified"] == update(early)["datePublished"]


def test_a_correction_stands_with_its_post_and_moves_its_date() -> None:
    at = START + timedelta(hours=1)
    found = update(make_post_view(notes=(NoteView(NoteKind.CORRECTION, "There are 212.", at),)))
    comment = {"@type": "CorrectionComment", "text": "There are 212.", "datePublished": at.isoformat()}
    assert found["correction"] == [comment]
    assert found["dateModified"] == at.isoformat()


def test_an_update_note_is_no_correction() -> None:
    assert "correction" not in update(make_post_view(notes=(NoteView(NoteKind.UPDATE, "More.", START),)))


def test_a_withdrawn_post_is_a_tombstone_without_text() -> None:
    gone = make_post_view(
        withdrawn_at=START + timedelta(hours=1),
        content=Content(),
        notes=(NoteView(NoteKind.WITHDRAWAL, "It did not happen.", START + timedelta(hours=1)),),
    )
    found = update(gone)
    assert found["creativeWorkStatus"] == "Withdrawn"
    assert "articleBody" not in found and "image" not in found
    assert found["headline"] == "Withdrawn post"


def test_pictures_are_absolute_and_named() -> None:
    picture = PictureView("ab", "A ferry", "The Sula", "Ana Brandt", 1600, 900, (800, 1600))
    found = whole(make_post_view(content=Content(), pictures=(picture,)))
    image = found["liveBlogUpdate"][0]["image"][0]
    assert image["url"] == "https://courier.test/media/ab-1600.webp"
    assert found["image"] == [image]
    assert found["liveBlogUpdate"][0]["articleBody"] == "A ferry"


def test_coverage_ends_only_when_it_has_ended() -> None:
    assert "coverageEndTime" not in whole(make_post_view())
    end = START + timedelta(hours=3)
    over = replace(BLOG_VIEW, header=replace(BLOG_HEADER, state=BlogState.ENDED, state_at=end))
    assert whole(make_post_view(), coverage=over)["coverageEndTime"] == end.isoformat()


def test_coverage_starts_with_its_first_post_and_stays_so() -> None:
    assert whole(make_post_view(30))["coverageStartTime"] == BLOG_VIEW.started_at.isoformat()
    empty = whole(coverage=replace(BLOG_VIEW, started_at=None))
    assert empty["coverageStartTime"] == START.isoformat()
    assert empty["liveBlogUpdate"] == []


def test_a_post_of_its_own_says_what_it_is_part_of() -> None:
    data = blog_posting_document(make_post_view(), BLOG_VIEW, NEWSROOM)
    check(data)
    assert data["isPartOf"]["url"] == "https://courier.test/live/storm-maren"
    assert data["publisher"]["name"] == "The Halden Courier"


class Scripts(HTMLParser):
    """What a browser would take for elements, and for the text of the first script."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(
    st.text(max_size=60) | st.sampled_from(["</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u2028&lt;"])
)
def test_no_text_can_end_the_script_element(text: str) -> None:
    content = Content(headline=text, body="<p>x</p>", bylines=(text,))
    data = live_blog_posting_document(BLOG_VIEW, [make_post_view(content=content)], NEWSROOM)
    parser = Scripts()
    parser.feed(f'<script type="application/ld+json">{to_script_json(data)}</script>')
    parser.close()
    assert parser.tags == ["script"]
    assert json.loads(parser.text) == data
