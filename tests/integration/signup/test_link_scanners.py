"""Link scanners open every link of every mail, some of them twice. They confirm, end, mute and erase nothing."""

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
from stoppress.delivery.message.build_message import (
    Recipient,
    compile_alert,
    compile_transactional_mail,
    fill_alert,
    fill_transactional_mail,
)
from stoppress.delivery.models import Alert
from stoppress.runtime.clock import utc_now
from stoppress.subscribers.topics import breaking_topic
from tests.factories.subscribers import confirmed_subscriber, manage_path, mute_path, sign_up_subscriber

pytestmark = pytest.mark.django_db
APPS = ("alerts", "delivery", "inbound", "subscribers")


def extract_links(message: bytes) -> set[str]:
    """Return the paths of all links of a mail to this site: in headers, text and HTML."""
    mail = message_from_bytes(message, policy=policy.default)
    parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    text = "\n".join([*(str(value) for value in mail.values()), *parts])
    links = {link.replace("&amp;", "&") for link in re.findall(r"https?://[^\s\"<>]+", text)}
    return {
        link.removeprefix(newsroom().absolute_url("")) for link in links if link.startswith(newsroom().absolute_url(""))
    }


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
    recipient = Recipient(reader.pk, reader.email, reader.secret, breaking_topic().pk)
    return fill_alert(compile_alert(build_alert_content(alert), alert.id, utc_now()), alert.id, recipient)


def transactional_mail_to(reader, kind, now):
    recipient = Recipient(reader.pk, reader.email, reader.secret, breaking_topic().pk)
    return fill_transactional_mail(compile_transactional_mail(kind, "Breaking news", now), kind, 1, recipient, "", now)


def all_rows() -> list[object]:
    models = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_opening_every_link_of_every_mail_twice_changes_nothing(client, blog, clock):
    post = publish("storm-maren", Content("Sea wall gives way", "<p>One.</p>"), by="ines", now=clock())
    reader, other = confirmed_subscriber(), sign_up_subscriber("tove@example.com")
    links = extract_links(alert_to(reader, blog, post, clock))
    links |= extract_links(transactional_mail_to(other, TransactionalKind.CONFIRM, utc_now()))
    links |= extract_links(transactional_mail_to(reader, TransactionalKind.ALREADY_SUBSCRIBED, utc_now()))
    assert {link.split("/")[2] for link in links if link.startswith("/alerts/")} >= {"unsubscribe", "manage", "confirm"}
    pages = {manage_path(reader) + page for page in ("/sent", "/data.json", "/erase")} | {mute_path(reader, blog)}
    before = all_rows()
    for link in sorted(links | pages) * 2:
        for method in (client.get, client.head):
            assert method(link).status_code == 200, link
    assert all_rows() == before
