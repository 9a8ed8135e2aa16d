"""Programs that open every link of every mail, some of them twice: they confirm, end, mute and erase nothing."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.apps import apps

from stoppress.coverage.actions import publish
from stoppress.coverage.newsroom import newsroom
from stoppress.coverage.post_content import Content
from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.message.alert_content import build_alert_content
from stoppress.delivery.message.build_message import Recipient, fill_alert, compile_alert, fill_transactional_mail, compile_transactional_mail
from stoppress.delivery.models import Alert
from stoppress.runtime.clock import utc_now
from stoppress.subscribers.topics import breaking_topic
from tests.factories.subscribers import confirmed_subscriber, manage_path, mute_path, sign_up_subscriber

pytestmark = pytest.mark.django_db


def links_of(message: bytes) -> set[str]:
    """Every web address of a mail, in header, text and HTML, as paths of this site."""
    mail = message_from_bytes(message, policy=policy.default)
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    text = "\n".join([*(str(value) for value in mail.values()), *parts])
    found = {link.replace("&amp;", "&") for link in re.findall(r"https?://[^\s\"<>]+", text)}
    return {link.removeprefix(newsroom().absolute_url("")) for link in found if link.startswith(newsroom().absolute_url(""))}


def alert_to(reader, blog, post, clock):
    alert = Alert.objects.create(
        topic=breaking_topic(),
        blog=blog,
        post=post,
        subject="Sea wall gives way",
        headline="Sea wall gives way",
        by="ines",
        created_at=clock(),
        not_after=clock() + timedelta(hours=4),
        last_source_id=10,
        intended=1,
    )
    copy = Recipient(reader.pk, reader.email, reader.secret, breaking_topic().pk)
    return fill_alert(compile_alert(build_alert_content(alert), alert.id, clock()), alert.id, copy)


def letter_to(reader, letter, now):
    copy = Recipient(reader.pk, reader.email, reader.secret, breaking_topic().pk)
    return fill_transactional_mail(compile_transactional_mail(letter, "Breaking news", now), letter, 1, copy, "", now)


def everything() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in apps.get_app_config("alerts").get_models()]


def test_opening_all_links_of_all_mails_twice_changes_nothing(client, blog, clock):
    post = publish("storm-maren", Content("Sea wall gives way", "<p>One.</p>"), by="ines", now=clock())
    reader, other = confirmed_subscriber(), sign_up_subscriber("tove@example.com")
    links = links_of(alert_to(reader, blog, post, clock))
    links |= links_of(letter_to(other, TransactionalKind.CONFIRM, utc_now()))
    links |= links_of(letter_to(reader, TransactionalKind.ALREADY_SUBSCRIBED, utc_now()))
    assert {link.split("/")[2] for link in links if link.startswith("/alerts/")} >= {"unsubscribe", "manage", "confirm"}
    pages = {manage_path(reader) + page for page in ("/sent", "/data.json", "/erase")} | {mute_path(reader, blog)}
    before = everything()
    for link in sorted(links | pages) * 2:
        for method in (client.get, client.head):
            assert method(link).status_code == 200, link
    assert everything() == before
