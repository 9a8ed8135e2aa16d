"""The language of a live blog is set at the desk. The desk follows the person's setting, then the browser."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.language import store_language
from stoppress.desk.access.people import create_user

pytestmark = pytest.mark.django_db
HEAD = {"headline": "Vote", "standfirst": "", "zone": "Europe/Vienna"}


@pytest.fixture
def editor() -> User:
    return create_user("ines", "correct horse battery", "admin")


@pytest.fixture
def desk(editor: User) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def test_new_live_blog_gets_the_language_of_the_form(desk):
    desk.post("/desk/open", {**HEAD, "slug": "vote", "state": "live", "language": "uk"})
    assert LiveBlog.objects.get(slug="vote").language == "uk"


def test_new_live_blog_is_in_the_newsrooms_language_by_default(desk, settings):
    settings.READERS_LANGUAGES = ["de", "en"]
    assert '<option value="de" selected>Deutsch</option>' in desk.get("/desk/open").content.decode()
    desk.post("/desk/open", {**HEAD, "slug": "vote", "state": "live"})
    assert LiveBlog.objects.get(slug="vote").language == "de"


def test_language_of_an_open_live_blog_is_changed_with_its_header(desk, blog):
    desk.post("/desk/live/storm-maren/edit", {**HEAD, "language": "ar", "based_on": blog.header_version})
    after = LiveBlog.objects.get(slug="storm-maren")
    assert after.language == "ar" and after.epoch != blog.epoch
    desk.post("/desk/live/storm-maren/edit", {**HEAD, "headline": "Other"})
    assert LiveBlog.objects.get(slug="storm-maren").language == "ar"


def test_unknown_language_is_refused_beside_its_field(desk, blog):
    answer = desk.post("/desk/live/storm-maren/edit", {**HEAD, "language": "xx"})
    assert answer.status_code == 422 and "xx is not one of the available languages" in answer.content.decode()


@pytest.mark.parametrize(
    ("chosen", "browser", "shown"),
    [
        ("", "", "Paused"),
        ("", "de-AT,en;q=0.5", "Pausiert"),
        ("", "fr,de;q=0.5", "Pausiert"),
        ("", "fr", "Paused"),
        ("en", "de", "Paused"),
        ("de", "en", "Pausiert"),
    ],
)
def test_desk_is_in_the_language_of_the_person_then_of_the_browser(desk, editor, blog, chosen, browser, shown):
    LiveBlog.objects.update(state="paused")
    store_language(editor.pk, chosen)
    page = desk.get("/desk/", headers={"Accept-Language": browser}).content.decode()
    assert f'state--paused">{shown}<' in page


def test_desk_without_translation_is_refused_as_a_choice(editor):
    with pytest.raises(ValueError, match="language must be one of en, de or empty, got 'ar'"):
        store_language(editor.pk, "ar")
