"""The desk in German: no English sentence is left on its screens, dates are German, and each person chooses."""

import json
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from stoppress.coverage.actions import correct, publish
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.post_content import Content
from stoppress.delivery.models import Alert
from stoppress.delivery.transitions.claim_deliveries import claim_deliveries
from stoppress.delivery.transitions.settle import mark_orphans_uncertain
from stoppress.desk.access.language import store_language
from stoppress.desk.access.people import create_user
from stoppress.desk.models import PersonalSettings
from stoppress.subscribers.topics import add_topic
from tests.factories.alerts import add_subscribers, materialise_all, send_post_alert
from tests.support.english_text import find_untranslated, visible_texts

LIVE = "/desk/live/storm-maren"
SAME_IN_BOTH = {"Atom", "RSS", "JSON", "Message-ID", "English", "Deutsch", "Europe/London", "The Halden Courier"}
"""Names that German writes like English."""
WORD = re.compile(r"[^\W\d_]{3,}")


@pytest.fixture
def clock():
    """Return the current time, which the desk compares to the times of alerts."""
    return lambda: datetime.now(UTC)


@pytest.fixture
def editor(blog: LiveBlog) -> User:
    LiveBlog.objects.update(headline="ZZZ", standfirst="ZZZ", language="de")
    return create_user("zzz", "correct-horse-9", "admin")


@pytest.fixture
def desk(editor: User) -> Client:
    store_language(editor.pk, "de")
    client = Client()
    client.force_login(editor)
    return client


@pytest.fixture
def post(editor: User, clock) -> Post:
    return publish("storm-maren", Content("ZZZ", "<p>ZZZ.</p>", ("ZZZ",)), by="zzz", now=clock())


@pytest.fixture
def alert(post: Post, blog: LiveBlog, clock) -> Alert:
    """Return an alert to three subscribers, with one uncertain delivery."""
    add_subscribers(3, clock())
    add_topic("zzz", "ZZZ", "ZZZ")
    alert = send_post_alert(blog, post, clock, subject="ZZZ", by="zzz")
    materialise_all(clock)
    claim_deliveries(1, holder="zzz", now=clock())
    mark_orphans_uncertain(now=clock())
    return alert


def screens(post: Post, alert: Alert) -> list[str]:
    """Return the addresses of the main screens."""
    changes = [f"{LIVE}/posts/{post.pk}/{page}" for page in ("edit", "correct", "withdraw", "alert")]
    receipt = f"{LIVE}/alerts/{alert.pk}"
    lists = ["/desk/", "/desk/open", "/desk/digests", "/desk/topics", "/desk/add-topic", "/desk/bounces", "/desk/inbox"]
    topic = ["/desk/topics/zzz", "/desk/topics/zzz/retire"]
    alerts = [f"{LIVE}/alert", f"{changes[3]}?corrects={alert.pk}", receipt, f"{receipt}/speed", f"{receipt}/uncertain"]
    return [*lists, *topic, LIVE, f"{LIVE}/edit", *changes, *alerts]


def assert_german(page: str, english_page: str = "") -> None:
    """Fail if the page has an English sentence of the catalogue, or a text that is the same on the English page."""
    assert '<html lang="de">' in page
    assert find_untranslated(page, "de") == []
    common = set(body_texts(page)) & set(body_texts(english_page))
    assert {text for text in common - SAME_IN_BOTH if is_sentence(text)} == set()


def body_texts(page: str) -> list[str]:
    """Return the texts of the body, except posts and mail, which are in the language of the live blog."""
    body = page.partition("<body")[2].partition(">")[2]
    return visible_texts(re.sub(r"<(article|pre|code)\b.*?</\1>", "", body, flags=re.DOTALL))


def is_sentence(text: str) -> bool:
    """Return True if a text has two words that are no placeholder of this test, and is no mail address."""
    is_address = "@" in text and " " not in text
    return not is_address and len([word for word in WORD.findall(text) if word.upper() != "ZZZ"]) >= 2


def get(client: Client, path: str, language: str) -> str:
    return client.get(path, headers={"Accept-Language": language}).content.decode()


def test_no_screen_has_an_english_sentence(desk, editor, post, alert, settings):
    settings.RESOLVER = "off"
    desk.post(f"{LIVE}/drafts", {"id": str(uuid4()), "headline": "ZZZ"})
    for path in screens(post, alert):
        store_language(editor.pk, "de")
        page = get(desk, path, "en")
        store_language(editor.pk, "en")
        assert_german(page, get(desk, path, "de"))


def test_conflict_has_no_english_sentence(desk, post, clock):
    correct("storm-maren", post.pk, Content("ZZZZ"), note="ZZZ", by="zzz", now=clock(), based_on=1)
    form = {"id": str(uuid4()), "headline": "ZZZZZ", "body": "<p>ZZZ</p>", "based_on": "1"}
    response = desk.post(f"{LIVE}/posts/{post.pk}/edit", form)
    assert response.status_code == 409
    assert_german(response.content.decode())


@pytest.mark.parametrize(
    ("path", "form", "message"),
    [
        (LIVE, {"headline": ""}, "Es gibt noch nichts zu veröffentlichen"),
        (
            "/desk/open",
            {"headline": "", "slug": "Z Z", "zone": "", "state": "live"},
            "Ein Liveblog braucht eine Überschrift.",
        ),
        (
            "/desk/open",
            {"headline": "ZZZ", "slug": "storm-maren", "zone": "UTC", "state": "live"},
            "gibt es schon einen",
        ),
        ("/desk/add-topic", {"name": "", "slug": ""}, "Geben Sie einen Namen ein"),
    ],
)
def test_errors_of_forms_are_german(desk, path, form, message):
    response = desk.post(path, form)
    assert response.status_code == 422 and message in response.content.decode()
    assert_german(response.content.decode())


def test_pages_for_people_who_are_not_logged_in_follow_the_browser(client, db):
    assert_german(get(client, "/desk/log-in", "de-AT"), get(client, "/desk/log-in", "en"))
    refused = Client(enforce_csrf_checks=True).post("/desk/log-in", headers={"Accept-Language": "de"})
    assert refused.status_code == 403
    assert_german(refused.content.decode())


def test_dates_are_german(desk, blog):
    LiveBlog.objects.update(changed_at=datetime(2026, 3, 8, 20, 4, tzinfo=UTC), zone="Europe/Vienna")
    assert "21:04 MEZ, 8. März 2026" in get(desk, "/desk/", "en")


def test_sentences_of_scripts_are_german(desk, post):
    block = get(desk, LIVE, "en").split('<script id="page-texts" type="application/json">')[1].split("</script>")[0]
    texts = json.loads(block)
    assert texts["savedSecondsAgo"] == "Gespeichert vor {number} s" and texts["thousands"] == "."


def test_language_form_stores_the_choice_and_returns_to_its_page(desk, editor, post):
    page = get(desk, LIVE, "de")
    assert '<option value="de" lang="de" selected>Deutsch</option>' in page and f'value="{LIVE}"' in page
    response = desk.post("/desk/language", {"language": "en", "next": LIVE})
    assert response.status_code == 302 and response["Location"] == LIVE
    assert '<html lang="en">' in get(desk, LIVE, "de")
    desk.post("/desk/language", {"language": "", "next": LIVE})
    assert PersonalSettings.objects.get(user=editor).language == ""
    assert '<html lang="de">' in get(desk, LIVE, "de")


@pytest.mark.parametrize("target", ["https://evil.example/desk/", "//evil.example", "/alerts", ""])
def test_language_form_never_leads_away_from_the_desk(desk, target):
    assert desk.post("/desk/language", {"language": "de", "next": target})["Location"] == "/desk/"


def test_language_form_refuses_a_language_without_catalogue(desk):
    response = desk.post("/desk/language", {"language": "ar"})
    assert response.status_code == 400 and "one of en, de" in response.content.decode()


def test_language_form_needs_its_token(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert client.post("/desk/language", {"language": "de"}).status_code == 403


def test_api_stays_english(desk, post):
    response = desk.get("/api/v1/live/storm-maren/posts", headers={"Accept-Language": "de"})
    assert response.json()["title"] == "A valid token is required"
