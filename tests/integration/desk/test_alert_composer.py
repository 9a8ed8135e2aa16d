"""The alert composer: choices, preflight, test message and corrections."""

import re
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from stoppress.alerts.actions import SendRequest, compose
from stoppress.coverage.actions import publish, withdraw
from stoppress.coverage.models import LiveBlog, Post
from stoppress.coverage.pictures.store import store_picture
from stoppress.coverage.post_content import Content, PictureUse
from stoppress.coverage.public_posts import build_post_views
from stoppress.delivery.models import Alert
from stoppress.desk.access.people import create_user
from stoppress.desk.internal_fetch import fetch_own_status
from stoppress.smtp.relay_url import parse_relays
from stoppress.subscribers.models import Mute, Subscriber, Subscription, Topic
from stoppress.subscribers.topics import breaking_topic
from tests.factories.alerts import alert_form_data, materialise_all, settle_some_accepted
from tests.fakes.smtp_server import SMTPServer

DESK = "/desk/live/storm-maren"


@pytest.fixture(autouse=True)
def nothing_outside(settings, tmp_path) -> None:
    settings.RESOLVER = "off"
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.KEPT_MAIL = tmp_path / "mail"


@pytest.fixture
def desk(blog: LiveBlog, client: Client) -> Client:
    client.force_login(create_user("ines", "correct-horse-9", "editor"))
    return client


def png(width: int = 40, height: int = 30) -> BytesIO:
    out = BytesIO()
    Image.new("RGBA", (width, height), (0, 0, 80, 128)).save(out, "PNG")
    out.seek(0)
    return out


@pytest.fixture
def post(blog: LiveBlog, clock, nothing_outside) -> Post:
    kept = store_picture(png(1600, 900), blog=blog, by="ines", now=clock())
    words = "<p>Everyone below Quay Street must leave.</p>"
    content = Content("Lower town told to leave", words, pictures=(PictureUse(kept.pk, "The sea wall"),))
    return publish("storm-maren", content, by="ines", now=clock())


@pytest.fixture
def readers(db, clock, blog) -> None:
    for n in range(4):
        reader = Subscriber.objects.create(
            email=f"r{n}@example.com", key=f"r{n}", language="fr" if n == 0 else "", requested_at=clock()
        )
        frequency = "morning" if n == 3 else "instant"
        wish = {"frequency": frequency, "requested_at": clock(), "confirmed_at": clock()}
        Subscription.objects.create(topic=breaking_topic(), subscriber=reader, **wish)
    Mute.objects.create(subscriber=Subscriber.objects.get(key="r2"), blog=blog, at=clock())


def address(post: Post) -> str:
    return f"{DESK}/posts/{post.pk}/alert"


def test_composer_shows_recipients_and_excluded_readers(desk: Client, post: Post, readers) -> None:
    page = " ".join(desk.get(address(post)).content.decode().split())
    assert "Send to 2 readers" in page
    assert "1 of them read French" in page and "1 more get it in their digest" in page
    assert "1 have muted this story" in page
    assert 'name="subject.fr"' in page and 'name="subject.de"' not in page


def test_composer_offers_sections_and_topics_of_this_story(desk: Client, post: Post, blog, clock) -> None:
    from stoppress.coverage.actions import open_blog

    other = open_blog(slug="other", headline="Other", zone="UTC", by="x", now=clock())
    for slug, name, of in (("politics", "Politics", None), ("mine", "Mine", blog), ("theirs", "Theirs", other)):
        Topic.objects.create(slug=slug, name=name, blog=of)
    page = desk.get(address(post)).content.decode()
    assert all(f'value="{slug}"' in page for slug in ("breaking", "politics", "mine")) and "theirs" not in page
    desk.post(address(post), alert_form_data(topic="mine"))
    assert Alert.objects.get().topic.slug == "mine"


def test_alert_about_the_live_blog_as_a_whole_is_sent(desk: Client, blog, readers) -> None:
    page = desk.get(f"{DESK}/alert").content.decode()
    assert blog.headline in page and "Two thousand people have been told" in page
    given = alert_form_data(subject="Follow the storm") | {"revision": ""}
    del given["revision"]
    desk.post(f"{DESK}/alert", given)
    alert = Alert.objects.get()
    assert alert.post is None and alert.subject == "Follow the storm"
    assert 'href="http://news.test/live/storm-maren"' in desk.get(f"{DESK}/alerts/{alert.pk}/mail").content.decode()


def test_picture_of_the_post_is_sent_as_jpeg(desk: Client, post: Post, readers) -> None:
    [use] = post.revision.pictures
    preview = desk.get(f"{address(post)}/preview", {"picture": use["id"]}).content.decode()
    assert f"/media/{use['id']}-mail.jpg" in preview and 'alt="The sea wall"' in preview
    desk.post(address(post), alert_form_data(picture=use["id"]))
    assert Alert.objects.get().picture_id == use["id"]
    served = Client().get(f"/media/{use['id']}-mail.jpg")
    image = Image.open(BytesIO(served.content))
    assert served["Content-Type"] == "image/jpeg" and (image.format, image.width) == ("JPEG", 1200)
    refused = desk.post(address(post), alert_form_data(picture="f" * 32, again="1"))
    assert refused.status_code == 422 and "no such picture" in refused.content.decode()


def test_text_in_another_language_is_stored_and_previewed(desk: Client, post: Post, readers) -> None:
    given = alert_form_data() | {"subject.fr": "Évacuation", "headline.fr": "La ville basse évacuée", "summary.fr": ""}
    preview = desk.post(f"{address(post)}/preview", {"language": "fr", "headline.fr": "La ville basse évacuée"})
    assert "La ville basse évacuée" in preview.content.decode() and 'lang="fr"' in preview.content.decode()
    desk.post(address(post), given)
    alert = Alert.objects.get()
    assert alert.variants == {"fr": {"subject": "Évacuation", "headline": "La ville basse évacuée"}}
    shown = desk.get(f"{DESK}/alerts/{alert.pk}/mail?language=fr").content.decode()
    assert "La ville basse évacuée" in shown


def test_preview_themes_do_not_depend_on_the_screen(desk: Client, post: Post) -> None:
    light, dark = (
        desk.get(f"{address(post)}/preview", {"theme": theme}).content.decode() for theme in ("light", "dark")
    )
    assert "@media not all" in light and "@media all" in dark


def test_undo_window_and_lifetime_can_be_chosen(desk: Client, post: Post, readers) -> None:
    desk.post(address(post), alert_form_data(undo="30", life="60"))
    alert = Alert.objects.get()
    assert (alert.not_before - alert.created_at).total_seconds() == 30
    assert (alert.not_after - alert.created_at).total_seconds() == 3600
    refused = desk.post(address(post), alert_form_data(undo="9999", again="1"))
    assert refused.status_code == 422 and "ten minutes" in refused.content.decode()


def test_undo_window_defaults_to_the_setting(desk: Client, post: Post, readers, settings) -> None:
    settings.UNDO_SECONDS = 20
    assert '<option value="20" selected>' in desk.get(address(post)).content.decode()
    given = alert_form_data()
    del given["undo"]
    desk.post(address(post), given)
    alert = Alert.objects.get()
    assert (alert.not_before - alert.created_at).total_seconds() == 20


def test_preflight_gives_advice_and_checks_the_relay_separately(desk: Client, post: Post, readers, settings) -> None:
    page = desk.get(address(post)).content.decode()
    assert "Relay and DNS are not checked yet" in page and 'data-ready="yes"' in page
    with SMTPServer() as relay:
        settings.RELAYS = parse_relays(f"smtp://127.0.0.1:{relay.port}")
        part = desk.post(f"{address(post)}/check", alert_form_data()).content.decode()
        assert not relay.accepted
    assert "answers." in part and "not checked: the resolver is switched off" in part
    again = desk.post(address(post), alert_form_data(do="check", subject="Words of mine"))
    assert again.status_code == 200 and "Words of mine" in again.content.decode() and not Alert.objects.exists()


def test_stop_finding_disables_send_and_the_server_refuses(desk: Client, post: Post, readers, settings) -> None:
    large = alert_form_data(summary="x" * 2001)
    part = desk.post(f"{address(post)}/check", large).content.decode()
    assert 'data-ready="no"' in part and "Stop" in part
    assert desk.post(address(post), large).status_code == 422
    kept = store_picture(png(), blog=post.blog, by="x", now=post.published_at)
    bare = Content("Bare", "<p>x</p>", pictures=(PictureUse(kept.pk, "Seen"),))
    other = publish("storm-maren", bare, by="ines", now=post.published_at)
    other.revision.pictures[0]["alt"] = " "
    other.revision.save()
    refused = desk.post(address(other), alert_form_data(picture=kept.pk))
    page = refused.content.decode()
    assert refused.status_code == 422 and "A picture has no description." in page and "disabled" in page
    assert not Alert.objects.exists()


def test_own_pages_are_fetched_internally(post: Post, blog, clock) -> None:
    path = f"/live/storm-maren/posts/{post.pk}"
    assert (
        fetch_own_status(path) == 200 and fetch_own_status("/live/storm-maren") == 200 and fetch_own_status("/") == 200
    )
    assert fetch_own_status("/live/nothing") == 404 and fetch_own_status("/live/storm-maren/no-such-page") == 404
    assert fetch_own_status(f"/live/storm-maren/posts/{UUID(int=0)}") == 404
    withdraw("storm-maren", post.pk, note="No.", by="ines", now=clock.tick())
    assert fetch_own_status(path) == 410


@pytest.mark.parametrize(
    "path",
    [
        "/desk/",
        "/desk/live/storm-maren",
        "/desk/log-out",
        "/static/coverage/page.css",
        "/api/v1/live/storm-maren/posts",
        "/shop/tickets",
        "/metrics",
        "/healthz",
        "/hooks/ses",
        "/inbox",
        "//[",
        "\ud800",
    ],
)
def test_own_address_that_is_no_page_for_readers_has_no_status(db: None, path: str) -> None:
    assert fetch_own_status(path) is None


def test_unusual_address_of_a_page_for_readers_has_a_status(blog: LiveBlog) -> None:
    assert fetch_own_status("") == fetch_own_status("?from=mail") == 200
    assert fetch_own_status("/live/%00") == fetch_own_status("/live/%ff%fe") == 404


@pytest.mark.parametrize("path", ["/desk/live/storm-maren", "/static/coverage/page.css", "/shop/tickets", "//[x"])
def test_alert_with_a_link_to_another_part_of_the_site_is_sent(desk: Client, blog, clock, readers, path) -> None:
    link = f"http://news.test{path}"
    words = f"<p>Everyone below Quay Street must leave: see {link} for the list.</p>"
    post = publish("storm-maren", Content("Lower town told to leave", words), by="ines", now=clock())
    given = alert_form_data(summary=f"Everyone must leave. The list is at {link} now.")
    part = desk.post(f"{address(post)}/check", given)
    page = " ".join(part.content.decode().split())
    assert part.status_code == 200 and 'data-ready="yes"' in page
    assert f"Not checked: {path}" in page and "Other pages of this site" in page
    assert desk.get(address(post)).status_code == 200
    assert desk.post(address(post), given).status_code == 302 and Alert.objects.count() == 1


def test_test_message_goes_to_the_editor_alone_and_is_marked(desk: Client, post: Post, readers, settings) -> None:
    with SMTPServer() as relay:
        settings.RELAYS = parse_relays(f"smtp://127.0.0.1:{relay.port}")
        given = alert_form_data(do="test", test_address="ines@example.org", subject="Try this")
        told = desk.post(address(post), given)
        [got] = relay.accepted
    assert "The relay accepted the test message" in told.content.decode() and "Try this" in told.content.decode()
    assert got.recipient == "ines@example.org" and b"Subject: [Test] Try this" in got.data
    assert b"List-Unsubscribe" in got.data and not Alert.objects.exists()
    assert 'value="ines@example.org"' in desk.get(address(post)).content.decode()


def test_refused_test_message_shows_the_reason(desk: Client, post: Post, settings) -> None:
    with SMTPServer() as relay:
        settings.RELAYS = parse_relays(f"smtp://127.0.0.1:{relay.port}")
        relay.refuse_recipient("ines@example.org", 550)
        told = desk.post(address(post), alert_form_data(do="test", test_address="ines@example.org"))
        bad = desk.post(address(post), alert_form_data(do="test", test_address="nobody"))
    assert told.status_code == 422 and "did not accept it" in told.content.decode()
    assert bad.status_code == 422 and "An @ is missing" in bad.content.decode()


def test_test_message_is_stored_when_no_relay_is_set(desk: Client, post: Post, settings) -> None:
    desk.post(address(post), alert_form_data(do="test", test_address="ines@example.org"))
    [kept] = list(settings.KEPT_MAIL.iterdir())
    assert b"[Test]" in kept.read_bytes()


def test_test_messages_are_limited(desk: Client, post: Post, settings) -> None:
    for _ in range(30):
        desk.post(address(post), alert_form_data(do="test", test_address="x"))
    told = desk.post(address(post), alert_form_data(do="test", test_address="ines@example.org")).content.decode()
    assert "Too many test messages" in told and not settings.KEPT_MAIL.exists()


def test_correction_has_topic_and_recipients_of_the_corrected_alert(desk: Client, post: Post, readers) -> None:
    desk.post(address(post), alert_form_data())
    first = Alert.objects.get()
    page = desk.get(f"{address(post)}?corrects={first.pk}").content.decode()
    assert "Send the correction to 2 readers" in page and f'name="corrects" value="{first.pk}"' in page
    assert "Correction: Lower town told to leave" in page and 'name="urgency"' not in page
    desk.post(address(post), alert_form_data(corrects=str(first.pk), subject="Correction: it holds", topic="nothing"))
    second = Alert.objects.get(corrects=first)
    assert (second.urgency, second.topic, second.intended) == ("correction", first.topic, 2)
    assert "Corrects" in desk.get(f"{DESK}/alerts/{second.pk}").content.decode()


def test_correction_of_a_withdrawn_post_is_about_the_live_blog(desk: Client, post: Post, readers, clock) -> None:
    desk.post(address(post), alert_form_data())
    first = Alert.objects.get()
    withdraw("storm-maren", post.pk, note="Not so.", by="ines", now=clock.tick())
    receipt = desk.get(f"{DESK}/alerts/{first.pk}").content.decode()
    [link] = re.findall(r'href="([^"]+corrects=[^"]+)"', receipt)
    assert link == f"{DESK}/alert?corrects={first.pk}"
    given = alert_form_data(corrects=str(first.pk), subject="Correction: nobody must leave")
    del given["revision"]
    assert desk.post(f"{DESK}/alert", given).status_code == 302
    assert Alert.objects.get(corrects=first).post is None


def test_alert_of_another_live_blog_cannot_be_corrected(desk: Client, post: Post, readers) -> None:
    page = desk.get(f"{address(post)}?corrects={uuid4()}").content.decode()
    assert "Send as alert" in page and 'name="corrects"' not in page


def test_post_without_headline_repeats_no_sentence(desk: Client, blog: LiveBlog, clock) -> None:
    body = "<p>The quay is closed.</p><p>Ferries stop at noon. Buses run.</p>"
    bare = publish(blog.slug, Content("", body), by="ines", now=clock())
    draft = compose(blog, build_post_views(blog, [bare])[0], SendRequest(blog.slug, bare.pk))
    assert (draft.subject, draft.headline) == ("The quay is closed.", "The quay is closed.")
    assert draft.summary == "Ferries stop at noon. Buses run."
    short = publish(blog.slug, Content("", "<p>The quay is closed.</p>"), by="ines", now=clock())
    only = compose(blog, build_post_views(blog, [short])[0], SendRequest(blog.slug, short.pk))
    assert (only.subject, only.headline, only.summary) == ("The quay is closed.", "The quay is closed.", "")


def test_headline_of_an_alert_can_be_edited(desk: Client, blog: LiveBlog, post: Post) -> None:
    page = desk.get(f"/desk/live/{blog.slug}/posts/{post.pk}/alert").content.decode()
    assert f'name="headline" rows="2" maxlength="300">{post.revision.headline}</textarea>' in page
    form = {"subject": "Ferries stop", "headline": "No ferry before Monday", "summary": "All three lines."}
    preview = desk.post(f"/desk/live/{blog.slug}/posts/{post.pk}/alert/preview", form).content.decode()
    assert "No ferry before Monday" in preview
    desk.post(f"/desk/live/{blog.slug}/posts/{post.pk}/alert", form | {"do": "send"})
    sent = Alert.objects.get()
    assert (sent.subject, sent.headline, sent.summary) == ("Ferries stop", "No ferry before Monday", "All three lines.")
    too_long = desk.post(f"/desk/live/{blog.slug}/posts/{post.pk}/alert", form | {"headline": "x" * 301, "again": "1"})
    assert "A headline has at most 300 characters." in too_long.content.decode()


def correct_wording(desk: Client, post: Post, **given: str):
    form = {"id": str(uuid4()), "headline": "Lower town may stay", "body": "<p>Stay.</p>", "based_on": "1", **given}
    return desk.post(f"{DESK}/posts/{post.pk}/correct", form, follow=True)


def test_correction_of_a_post_offers_to_mail_the_readers_who_got_the_error(desk: Client, post: Post, readers) -> None:
    desk.post(address(post), alert_form_data(undo="0"))
    materialise_all(timezone.now)
    settle_some_accepted(timezone.now, 2)
    page = correct_wording(desk, post, note="They may stay.").content.decode()
    first = Alert.objects.get()
    assert "The error went to 2 readers by mail" in page and "Mail the correction to 2 readers…" in page
    assert f'href="{address(post)}?corrects={first.pk}"' in page
    composer = desk.get(f"{address(post)}?corrects={first.pk}").content.decode()
    assert ">They may stay.</textarea>" in composer
    given = alert_form_data(corrects=str(first.pk), subject="Correction: they may stay", note="", revision="2")
    assert desk.post(address(post), given).status_code == 302
    assert Alert.objects.get(corrects=first).correction_note == "They may stay."
    assert "went to" not in desk.get(f"{DESK}?corrected={post.pk}").content.decode()


def test_correction_without_a_note_is_not_sent(desk: Client, post: Post, readers) -> None:
    desk.post(address(post), alert_form_data())
    first = Alert.objects.get()
    given = alert_form_data(corrects=str(first.pk), subject="Correction: it holds", note=" ")
    response = desk.post(address(post), given)
    assert response.status_code == 422 and "Write what was wrong and what is right" in response.content.decode()
    assert Alert.objects.count() == 1
