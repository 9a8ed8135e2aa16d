"""Readers' pages in six languages: no English sentence remains; language, direction and dates are right."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client

from stoppress.coverage.actions import correct, edit_blog, open_blog, publish, set_state, update, withdraw
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.post_content import Content, Source
from stoppress.delivery.choices import DeliveryState, Lane
from stoppress.delivery.models import Alert, Delivery
from stoppress.edge.live.stream_events import change_objects
from stoppress.edge.pages.cached_view import page_cache
from stoppress.subscribers.topics import breaking_topic
from tests.factories.subscribers import confirmed_subscriber, manage_path, mute_path
from tests.support.english_text import find_untranslated

pytestmark = pytest.mark.django_db

LANGUAGES = ["ar", "de", "es", "fr", "uk"]
WITHDRAWN = {
    "en": "This post was withdrawn at 19:05 GMT on 8 March 2026.",
    "de": "Dieser Beitrag wurde um 19:05 GMT am 8. März 2026 zurückgezogen.",
    "fr": "Cette publication a été retirée à 19:05 GMT, le 8 mars 2026.",
    "es": "Esta publicación se retiró a las 19:05 GMT del 8 de marzo de 2026.",
    "uk": "Цей допис відкликано о 19:05 GMT 8 березня 2026 року.",
    "ar": "سُحب هذا المنشور في الساعة \u200e19:05 GMT من يوم 8 مارس 2026.",
}
COUNTS = {"en": "1 post", "de": "1 Beitrag", "fr": "1 publication", "es": "1 publicación", "uk": "1 допис"}


def covered(language: str, clock) -> LiveBlog:
    """Open a live blog with a corrected key event, an edited post and a withdrawn one."""
    facts = {"by": "ines", "now": clock()}
    blog = open_blog(
        slug="storm", headline="ZZZ", standfirst="A\n\nB\n\nC\n\nD", zone="Europe/London", language=language, **facts
    )
    body = Content(headline="ZZ", body="<p>Z</p>", bylines=("I", "T", "L"), sources=(Source("S"), Source("R")))
    first = publish("storm", body, labels=("breaking", "key-event"), happened_at=clock() - timedelta(days=2), **facts)
    gone = publish("storm", Content(body="<p>Y</p>"), **facts)
    clock.tick(60 * 5)
    facts["now"] = clock()
    correct("storm", first.pk, Content(headline="ZZ", body="<p>X</p>", bylines=("I",)), note="N", based_on=1, **facts)
    withdraw("storm", gone.pk, note="W", **facts)
    blog.refresh_from_db()
    return blog


@pytest.fixture
def no_kept_pages():
    """Clear the page cache before and after: a newsroom's language changes at a restart only."""
    page_cache.retain(lambda key: False)
    yield
    page_cache.retain(lambda key: False)


def page_of(path: str, **headers: str) -> str:
    return Client().get(path, headers=headers).content.decode()


def text_of(page: str) -> str:
    page = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", page).split())


def assert_translated(page: str, language: str) -> None:
    way = ' dir="rtl"' if language == "ar" else ""
    assert f'<html lang="{language}"{way}>' in page
    assert find_untranslated(page, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", list(BlogState))
def test_live_page_is_in_the_language_of_its_blog(clock, language, state):
    covered(language, clock)
    set_state("storm", state, by="ines", now=clock.tick())
    page = page_of("/live/storm")
    assert_translated(page, language)
    assert WITHDRAWN[language] in text_of(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_post_embed_and_older_pages_are_in_the_language_of_their_blog(clock, language):
    blog = covered(language, clock)
    for post in blog.posts.all():
        assert_translated(page_of(f"/live/storm/posts/{post.pk}"), language)
        assert_translated(page_of(f"/live/storm/before/{post.pk}"), language)
        assert_translated(page_of(f"/live/storm/after/{post.pk}"), language)
    assert_translated(page_of("/live/storm/from-the-start"), language)
    assert_translated(page_of("/live/storm/lite"), language)
    assert_translated(page_of("/embed/storm"), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_without_posts_is_in_the_language_of_its_blog(clock, language):
    open_blog(slug="calm", headline="Z", zone="Europe/London", language=language, by="ines", now=clock())
    assert_translated(page_of("/live/calm"), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_list_of_coverage_is_in_the_language_of_the_newsroom(clock, settings, no_kept_pages, language):
    settings.READERS_LANGUAGES = [language]
    assert_translated(page_of("/"), language)
    covered("en", clock)
    assert_translated(page_of("/"), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_not_found_page_is_in_the_language_of_the_browser(language):
    answer = Client().get("/live/nowhere", headers={"Accept-Language": f"{language}-XX,en;q=0.1"})
    assert answer.status_code == 404 and "Accept-Language" in answer["Vary"]
    assert_translated(answer.content.decode(), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_feeds_are_in_the_language_of_their_blog(clock, language):
    covered(language, clock)
    atom, rss = page_of("/live/storm/feed.atom"), page_of("/live/storm/feed.rss")
    assert f'xml:lang="{language}"' in atom and f"<language>{language}</language>" in rss
    assert json.loads(page_of("/live/storm/feed.json"))["language"] == language
    for written in (atom, rss):
        assert not re.search(r"Corrected:|Correction,|withdrawn|Withdrawn|Source|Happened|Key event|Breaking", written)


@pytest.mark.parametrize("language", [*LANGUAGES, "en"])
def test_change_carries_the_same_html_as_the_page(clock, language):
    from stoppress.coverage.public_state import changes_after

    blog = covered(language, clock)
    page = page_of("/live/storm")
    last = change_objects(blog, changes_after(blog, 0))[-1]
    assert last["html"] in page
    assert last["blog"]["state_html"] in page
    assert WITHDRAWN[language] in text_of(last["html"])


@pytest.mark.parametrize("language", [*LANGUAGES, "en"])
def test_number_of_posts_is_in_the_language_of_the_page(clock, language):
    covered(language, clock)
    shown = re.search(r"data-post-count>([^<]*)<", page_of("/live/storm"))
    assert shown and shown[1] == COUNTS.get(language, "منشور واحد")


@pytest.mark.parametrize("language", LANGUAGES)
def test_script_texts_are_in_the_language_of_the_page(clock, language):
    covered(language, clock)
    block = re.search(r'<script id="page-texts" type="application/json">(.*?)</script>', page_of("/live/storm"))
    assert block
    wanted = {
        "de": "Wieder verbunden",
        "fr": "Connexion rétablie",
        "es": "Conexión restablecida",
        "uk": "З’єднання відновлено",
        "ar": "عاد الاتصال",
    }
    assert json.loads(block[1])["connected"] == wanted[language]


def test_page_is_in_the_newsrooms_language_when_its_own_has_no_catalogue(clock, settings):
    settings.READERS_LANGUAGES = ["de"]
    covered("he", clock)
    page = page_of("/live/storm")
    assert '<html lang="de">' in page
    assert '<section class="posts" aria-label="Beiträge" lang="he" dir="rtl"' in page
    assert re.search(r'<article [^>]*lang="de" dir="ltr"', page)
    assert re.search(r'<h2 class="post__headline" dir="auto" lang="he">', page)


def test_change_of_language_resets_open_pages(clock):
    blog = covered("en", clock)
    head = {"headline": "ZZZ", "standfirst": blog.standfirst, "zone": "Europe/London", "by": "ines"}
    after = edit_blog("storm", **head, language="uk", now=clock.tick())
    assert after.epoch != blog.epoch and after.seq == blog.seq + 1
    assert_translated(page_of("/live/storm"), "uk")
    edit_blog("storm", **head, language="uk", now=clock.tick())
    again = LiveBlog.objects.get(slug="storm")
    assert (again.epoch, again.seq) == (after.epoch, after.seq)


def test_edit_label_is_in_the_language_of_the_page(clock):
    blog = covered("de", clock)
    post = publish("storm", Content(body="<p>Z</p>"), by="ines", now=clock())
    update("storm", post.pk, Content(body="<p>V</p>"), by="ines", now=clock.tick(), based_on=1)
    assert "Bearbeitet 19:06 GMT" in text_of(page_of(f"/live/{blog.slug}"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_preference_pages_are_in_the_language_of_the_subscriber(blog, clock, settings, language):
    settings.READERS_LANGUAGES = ["en", language]
    reader = confirmed_subscriber(lang=language, language=language)
    assert reader.language == language
    alert = Alert.objects.create(
        topic=breaking_topic(), blog=blog, subject="ZZ", headline="ZZ", by="ines", created_at=clock(),
        not_after=clock() + timedelta(hours=4), last_source_id=10, intended=1,
    )  # fmt: skip
    for number, state in enumerate(DeliveryState):
        Delivery.objects.create(
            alert=alert if number == 0 else None, transactional_kind="" if number == 0 else "confirm",
            subscriber=reader, topic=breaking_topic(), lane=Lane.BREAKING, created_at=clock(), state=state,
            settled_at=clock(),
        )  # fmt: skip
    here = manage_path(reader)
    Client().post(mute_path(reader, blog))
    for path in (here, f"{here}/sent", f"{here}/sent?before=1", f"{here}/erase"):
        assert_translated(page_of(path, **{"Accept-Language": "en"}), language)
    saved = Client().post(here, {"topic": ["breaking"], "zone": "Europe/Kyiv", "language": language})
    assert_translated(saved.content.decode(), language)
    left = Client().post(here, {"unsubscribe_from_all": "1"}).content.decode()
    assert_translated(left, language)
    assert_translated(Client().post(f"{here}/erase").content.decode(), language)


def test_sign_up_page_varies_by_language_and_sets_no_cookie():
    answer = Client().get("/alerts", headers={"Accept-Language": "uk"})
    assert "Accept-Language" in answer["Vary"] and not answer.cookies
    assert_translated(answer.content.decode(), "uk")
