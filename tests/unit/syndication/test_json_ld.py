"""LiveBlogPosting documents conform to schema.org and to Google's documentation."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stoppress.coverage.choices import BlogState, NoteKind
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import NoteView, PictureView, PostView
from stoppress.syndication.json_ld import BlogView, blog_posting_document, live_blog_posting_document, to_script_json
from tests.factories.coverage import BLOG_HEADER, BLOG_VIEW, NEWSROOM, START, make_post_view

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


def build_live_document(*posts: PostView, blog: BlogView = BLOG_VIEW) -> dict[str, Any]:
    data = live_blog_posting_document(blog, posts, NEWSROOM)
    check_schema(data)
    return data


def build_posting(post: PostView) -> dict[str, Any]:
    posting: dict[str, Any] = build_live_document(post)["liveBlogUpdate"][0]
    return posting


def check_schema(data: object) -> None:
    """Check types, properties, dates and URLs recursively against schema.org and Google's documentation."""
    if isinstance(data, list):
        for item in data:
            check_schema(item)
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
        if name == "url" or (name == "@id" and kind == "WebPage"):
            assert value.startswith("https://courier.test/")
        elif name == "@id":
            assert value.startswith("urn:uuid:")
        check_schema(value)


def test_blog_posting_has_the_facts_of_its_own_post() -> None:
    second = make_post_view(
        2, content=Content(headline="Ferry waits", body="<p>Two miles out.</p>", bylines=("Tom Reyer",))
    )
    first, other = build_live_document(make_post_view(1), second)["liveBlogUpdate"]
    assert (first["headline"], other["headline"]) == ("Post 1", "Ferry waits")
    assert (first["articleBody"], other["articleBody"]) == ("One & all.", "Two miles out.")
    assert other["author"] == [{"@type": "Person", "name": "Tom Reyer"}]
    assert first["datePublished"] != other["datePublished"]
    assert (other["url"], other["@id"]) == (f"https://courier.test{second.path}", f"urn:uuid:{second.id}")


def test_blog_posting_names_the_newsroom_when_the_post_has_no_byline() -> None:
    author = build_posting(make_post_view(content=Content(body="<p>Rain.</p>")))["author"]
    assert author == [{"@type": "Organization", "name": "The Halden Courier", "url": "https://courier.test/"}]


def test_blog_posting_uses_the_first_words_when_the_post_has_no_headline() -> None:
    assert (
        build_posting(make_post_view(content=Content(body="<p>Rain on the quay.</p>")))["headline"]
        == "Rain on the quay."
    )


def test_date_modified_is_never_before_publication() -> None:
    early = make_post_view(updated_at=START - timedelta(seconds=1))
    assert build_posting(early)["dateModified"] == build_posting(early)["datePublished"]


def test_blog_posting_contains_the_correction_and_its_date() -> None:
    at = START + timedelta(hours=1)
    posting = build_posting(make_post_view(notes=(NoteView(NoteKind.CORRECTION, "There are 212.", at),)))
    comment = {"@type": "CorrectionComment", "text": "There are 212.", "datePublished": at.isoformat()}
    assert posting["correction"] == [comment]
    assert posting["dateModified"] == at.isoformat()


def test_blog_posting_omits_an_update_note_from_corrections() -> None:
    assert "correction" not in build_posting(make_post_view(notes=(NoteView(NoteKind.UPDATE, "More.", START),)))


def test_blog_posting_has_no_text_when_the_post_is_withdrawn() -> None:
    post = make_post_view(
        withdrawn_at=START + timedelta(hours=1),
        content=Content(),
        notes=(NoteView(NoteKind.WITHDRAWAL, "It did not happen.", START + timedelta(hours=1)),),
    )
    posting = build_posting(post)
    assert posting["creativeWorkStatus"] == "Withdrawn"
    assert "articleBody" not in posting and "image" not in posting
    assert posting["headline"] == "Withdrawn post"


def test_pictures_have_absolute_urls_and_alt_text() -> None:
    picture = PictureView("ab", "A ferry", "The Sula", "Ana Brandt", 1600, 900, (800, 1600))
    document = build_live_document(make_post_view(content=Content(), pictures=(picture,)))
    image = document["liveBlogUpdate"][0]["image"][0]
    assert image["url"] == "https://courier.test/media/ab-1600.webp"
    assert document["image"] == [image]
    assert document["liveBlogUpdate"][0]["articleBody"] == "A ferry"


def test_coverage_end_time_is_set_only_when_coverage_has_ended() -> None:
    assert "coverageEndTime" not in build_live_document(make_post_view())
    end = START + timedelta(hours=3)
    over = replace(BLOG_VIEW, header=replace(BLOG_HEADER, state=BlogState.ENDED, state_at=end))
    assert build_live_document(make_post_view(), blog=over)["coverageEndTime"] == end.isoformat()


def test_coverage_start_time_is_the_first_post_or_the_opening() -> None:
    assert build_live_document(make_post_view(30))["coverageStartTime"] == BLOG_VIEW.started_at.isoformat()
    empty = build_live_document(blog=replace(BLOG_VIEW, started_at=None))
    assert empty["coverageStartTime"] == START.isoformat()
    assert empty["liveBlogUpdate"] == []


def test_blog_posting_document_names_its_live_blog() -> None:
    data = blog_posting_document(make_post_view(), BLOG_VIEW, NEWSROOM)
    check_schema(data)
    assert data["isPartOf"]["url"] == "https://courier.test/live/storm-maren"
    assert data["publisher"]["name"] == "The Halden Courier"


class Scripts(HTMLParser):
    """Collect the elements that a browser would see, and the text of the script."""

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
def test_to_script_json_cannot_end_the_script_element(text: str) -> None:
    content = Content(headline=text, body="<p>x</p>", bylines=(text,))
    data = live_blog_posting_document(BLOG_VIEW, [make_post_view(content=content)], NEWSROOM)
    parser = Scripts()
    parser.feed(f'<script type="application/ld+json">{to_script_json(data)}</script>')
    parser.close()
    assert parser.tags == ["script"]
    assert json.loads(parser.text) == data
