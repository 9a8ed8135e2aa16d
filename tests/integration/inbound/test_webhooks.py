"""Webhooks of mail services: only signed ones, only about our mail, once, and committed before the answer."""

import base64
import contextlib
import hmac
import json
import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from django.db import connection
from django.test import Client

from stoppress.delivery.message.verp_addresses import alert_message_id, bounce_address, transactional_message_id
from stoppress.inbound.models import Bounce
from stoppress.inbound.webhooks import sns, views
from stoppress.subscribers.models import Suppression
from tests.factories.returned_mail import (
    CONFIRM,
    make_accepted_delivery,
    make_confirmed_subscriber,
    unsubscribe_address,
)

pytestmark = pytest.mark.django_db

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
AMAZON = "https://sns.eu-west-1.amazonaws.com"
CERTIFICATE = f"{AMAZON}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
FETCH = sns.fetch
KEY = rsa.generate_private_key(65537, 2048)


@pytest.fixture
def sent(clock):
    return make_accepted_delivery(make_confirmed_subscriber("ada@mail.example", clock()), clock())


@pytest.fixture(autouse=True)
def keys(settings, clock, monkeypatch):
    settings.SES_TOPICS, settings.MAILGUN_KEY, settings.POSTMARK_SECRET = [TOPIC], "k" * 32, "a-long-secret-of-ours"
    monkeypatch.setattr(views, "utc_now", clock)


@pytest.fixture(autouse=True)
def fetched_urls(monkeypatch):
    """Record fetched URLs instead of fetching from Amazon; return a certificate of the tests."""
    urls: list[str] = []

    def fetch(url):
        urls.append(url)
        return certificate()

    monkeypatch.setattr(sns, "fetch", fetch)
    monkeypatch.setattr(sns, "_certificate_cache", {})
    return urls


def certificate():
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def signed(version="2", key=KEY, **fields):
    """Return a message signed as Amazon signs it."""
    notification = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Timestamp": "2026-03-08T19:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        **fields,
    }
    text = "".join(
        f"{name}\n{notification[name]}\n" for name in sns.SIGNED_FIELDS[notification["Type"]] if name in notification
    )
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}[version]()
    notification["Signature"] = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), algorithm)).decode()
    return notification


def ses_notification(delivery, kind="Bounce", source=None, **mail):
    recipient = {"emailAddress": delivery.subscriber.email}
    notification = {"notificationType": kind, "mail": {"source": source or bounce_address(delivery.pk), **mail}}
    if kind == "Bounce":
        recipient |= {"status": "5.1.1", "action": "failed", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
        notification["bounce"] = {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [recipient],
            "feedbackId": "f-1",
        }
    else:
        notification["complaint"] = {"complainedRecipients": [recipient], "feedbackId": "f-2"}
    return json.dumps(notification)


def post(path, notification, **headers):
    body = notification if isinstance(notification, bytes) else json.dumps(notification)
    kind = "text/plain; charset=UTF-8" if path == "/hooks/ses" else "application/json"
    return Client().post(path, body, content_type=kind, headers=headers).status_code


@pytest.mark.parametrize("version", ["1", "2"])
def test_ses_bounce_and_complaint_are_recorded(sent, version):
    assert post("/hooks/ses", signed(version, Message=ses_notification(sent), Subject="Amazon SES")) == 200
    assert Suppression.objects.get().reason == "no_such_address" and Bounce.objects.get().via == "ses"
    assert post("/hooks/ses", signed(version, Message=ses_notification(sent), MessageId="m-2")) == 200
    assert Bounce.objects.count() == 1
    assert post("/hooks/ses", signed(version, Message=ses_notification(sent, "Complaint"))) == 200
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"no_such_address", "complaint"}


def test_sns_message_is_refused_when_signature_or_topic_is_wrong(sent, fetched_urls):
    good = signed(Message=ses_notification(sent))
    other_key = rsa.generate_private_key(65537, 2048)
    other_host = "https://evil.example/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
    forged = [
        {**good, "Message": ses_notification(sent, "Complaint")},
        {**good, "Signature": "AAAA"},
        {**good, "Signature": "not base64!"},
        {**good, "SignatureVersion": "3"},
        {**good, "Type": "Anything"},
        {name: value for name, value in good.items() if name != "Signature"},
        signed(key=other_key, Message=ses_notification(sent)),
        signed(TopicArn="arn:aws:sns:eu-west-1:666666666666:bounces", Message=ses_notification(sent)),
        {},
    ]
    assert [post("/hooks/ses", notification) for notification in forged] == [403] * len(forged)
    fetched_urls.clear()
    wrong_urls = [
        other_host,
        CERTIFICATE.replace("https", "http"),
        CERTIFICATE.replace(".com/", ".com.evil.example/"),
        CERTIFICATE.replace("://", "://u:p@"),
        CERTIFICATE.replace(".com/", ".com:8443/"),
        CERTIFICATE.replace("sns.eu-west-1", "s3.eu-west-1"),
        CERTIFICATE.replace("eu-west-1", "a.b"),
        CERTIFICATE + "?x",
        CERTIFICATE.replace(".pem", "/../x.pem"),
        "https://sns.eu-west-1.amazonaws.com\\@evil.example/SimpleNotificationService-0123456789abcdef.pem",
        "https://127.0.0.1/SimpleNotificationService-0123456789abcdef.pem",
        "https://[::1]x/SimpleNotificationService-0123456789abcdef.pem",
        "",
    ]
    for url in wrong_urls:
        assert post("/hooks/ses", {**good, "SigningCertURL": url}) == 403, url
    assert fetched_urls == [] and not Bounce.objects.exists() and not Suppression.objects.exists()
    assert post("/hooks/ses", good) == 200 and Bounce.objects.count() == 1


def test_sns_subscription_is_confirmed_only_at_amazon_and_for_listed_topic(fetched_urls):
    def confirmation(url, **fields):
        defaults = {"Message": "You have chosen to subscribe", "Token": "t", "SubscribeURL": url}
        return signed(Type="SubscriptionConfirmation", **{**defaults, **fields})

    good = f"{AMAZON}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"
    for url in (
        "https://evil.example/?Action=ConfirmSubscription",
        f"{AMAZON}/?Action=DeleteTopic",
        f"{AMAZON}/x?Action=ConfirmSubscription",
        good.replace("https", "http"),
        "http://169.254.169.254/",
    ):
        assert post("/hooks/ses", confirmation(url)) == 403
    assert post("/hooks/ses", confirmation(good, TopicArn=TOPIC + "x")) == 403
    assert fetched_urls == [CERTIFICATE]
    assert post("/hooks/ses", confirmation(good)) == 200
    assert fetched_urls == [CERTIFICATE, good]


def test_sns_message_is_answered_503_when_amazon_cannot_be_reached(sent, monkeypatch):
    def fail(url):
        raise httpx.ConnectError("no route")

    monkeypatch.setattr(sns, "fetch", fail)
    assert post("/hooks/ses", signed(Message=ses_notification(sent))) == 503
    assert not Bounce.objects.exists()


class HostileHandler(BaseHTTPRequestHandler):
    """Redirects, and a body without end."""

    def do_GET(self):
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/good")
        else:
            self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"x" * (10_000_000 if self.path == "/endless" else 9))

    def log_message(self, *arguments):
        pass


def test_sns_fetch_limits_body_and_follows_no_redirect():
    with HTTPServer(("127.0.0.1", 0), HostileHandler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        assert FETCH(f"{base}/good") == b"x" * 9
        for path in ("/redirect", "/endless"):
            with pytest.raises(httpx.HTTPError):
                FETCH(base + path)
        server.shutdown()
    with pytest.raises(httpx.HTTPError):
        FETCH(base)


def test_message_id_names_delivery_only_with_its_recipient(sent, clock):
    ours = alert_message_id(sent.alert_id, sent.subscriber_id)
    other = ses_notification(sent, source="other@halden.test", commonHeaders={"messageId": ours})
    assert post("/hooks/ses", signed(Message=other.replace("ada@mail", "eve@mail"))) == 200
    assert not Bounce.objects.exists()
    assert post("/hooks/ses", signed(Message=other)) == 200
    assert Bounce.objects.get().delivery == sent
    transactional = make_accepted_delivery(
        make_confirmed_subscriber("ben@mail.example", clock()), clock(), transactional_kind=CONFIRM
    )
    notification = ses_notification(
        transactional, source="x@halden.test", commonHeaders={"messageId": transactional_message_id(transactional.pk)}
    )
    assert post("/hooks/ses", signed(Message=notification)) == 200
    assert Suppression.objects.filter(subscriber=transactional.subscriber).exists()


def test_ses_report_about_other_mail_is_ignored(sent):
    assert post("/hooks/ses", signed(Message=ses_notification(sent, source="shop@halden.test"))) == 200
    for message in ("[]", "hello", '{"notificationType": "Bounce", "bounce": 3, "mail": []}', "{}"):
        assert post("/hooks/ses", signed(Message=message)) in (200, 400)
    assert not Bounce.objects.exists()


def mailgun_notification(clock, event, key="k" * 32, token="0123456789abcdef0123456789abcdef", age=0):
    when = str(int(clock().timestamp()) - age)
    signature = hmac.new(key.encode(), f"{when}{token}".encode(), sha256).hexdigest()
    return {"signature": {"timestamp": when, "token": token, "signature": signature}, "event-data": event}


def mailgun_failure(delivery, severity="permanent", **status):
    notification = {"code": 550, "message": "5.1.1 The email account that you tried to reach does not exist", **status}
    return {"event": "failed", "severity": severity, "reason": "bounce", "id": "e-1", "delivery-status": notification,
            "recipient": delivery.subscriber.email, "envelope": {"sender": bounce_address(delivery.pk)}}  # fmt: skip


def test_mailgun_token_counts_once(sent, clock):
    notification = mailgun_notification(clock, mailgun_failure(sent))
    assert post("/hooks/mailgun", notification) == 200 and Suppression.objects.count() == 1
    assert post("/hooks/mailgun", notification) == 406
    complained = {
        "event": "complained",
        "id": "e-2",
        "recipient": "ada@mail.example",
        "message": {"headers": {"message-id": alert_message_id(sent.alert_id, sent.subscriber_id)[1:-1]}},
    }
    assert post("/hooks/mailgun", mailgun_notification(clock, complained)) == 406, (
        "a token is used up, whatever comes with it"
    )
    assert post("/hooks/mailgun", mailgun_notification(clock, complained, token="f" * 32)) == 200
    assert Bounce.objects.count() == 2 and not sent.subscriber.subscriptions.get().is_active


def test_mailgun_notification_is_refused_when_signature_is_wrong_or_old(sent, clock):
    event = mailgun_failure(sent)
    day = 24 * 3600
    unsigned = {"event-data": event}
    odd = mailgun_notification(clock, event)
    odd["signature"]["timestamp"] = "²"
    for notification in (
        mailgun_notification(clock, event, key="x" * 32),
        mailgun_notification(clock, event, age=day),
        unsigned,
        odd,
        mailgun_notification(clock, event, age=-day),
        mailgun_notification(clock, event, token=""),
        {"signature": []},
    ):
        assert post("/hooks/mailgun", notification) == 403
    assert not Bounce.objects.exists()
    assert post("/hooks/mailgun", mailgun_notification(clock, event, age=8 * 3600)) == 200


def test_other_mailgun_events_are_stored_or_ignored(sent, clock):
    soft = mailgun_failure(sent, "temporary", code=452, message="4.2.2 mailbox full")
    listed = {**mailgun_failure(sent), "reason": "suppress-bounce", "id": "e-3"}
    for n, event in enumerate([soft, listed, {"event": "delivered"}]):
        assert post("/hooks/mailgun", mailgun_notification(clock, event, token=f"{n:032d}")) == 200
    for n, event in enumerate([{"event": ["x"]}, []], 3):
        assert post("/hooks/mailgun", mailgun_notification(clock, event, token=f"{n:032d}")) == 400
    found = dict(Bounce.objects.values_list("kind", "reason"))
    assert found == {"delayed": "mailbox_full", "bounce": "suppressed"} and not Suppression.objects.exists()


def password(text):
    return {"Authorization": "Basic " + base64.b64encode(f"postmark:{text}".encode()).decode()}


def test_postmark_bounce_is_recorded_only_with_password(sent):
    notification = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 42, "Email": "ada@mail.example",
            "Details": "smtp;550 5.1.1 <ada@mail.example> user unknown",
            "Content": f"Subject: x\r\nList-Unsubscribe: <mailto:{unsubscribe_address(sent.subscriber)}>\r\n"
                       f"Return-Path: <{bounce_address(sent.pk)}>\r\n"}  # fmt: skip
    for headers in ({}, password("wrong"), {"Authorization": "Bearer a-long-secret-of-ours"},
                    {"Authorization": "Basic ÿ"}):  # fmt: skip
        assert post("/hooks/postmark", notification, **headers) == 403
    assert not Bounce.objects.exists()
    assert post("/hooks/postmark", notification, **password("a-long-secret-of-ours")) == 200
    assert post("/hooks/postmark", notification, **password("a-long-secret-of-ours")) == 200
    assert Bounce.objects.count() == Suppression.objects.count() == 1


@pytest.mark.parametrize(
    (("fields", "expected")),
    [
        ({"RecordType": "SpamComplaint"}, ("complaint", "")),
        ({"RecordType": "Bounce", "Type": "SpamNotification"}, ("bounce", "spam_detected")),
        ({"RecordType": "Bounce", "Type": "Transient"}, ("delayed", "")),
        ({"RecordType": "Bounce", "Type": "AutoResponder"}, None),
        ({"RecordType": "Bounce", "Type": "Subscribe"}, None),
        ({"RecordType": "Open"}, None),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True, "SuppressionReason": "SpamComplaint"},
         ("complaint", "")),
        ({"RecordType": "SubscriptionChange", "SuppressSending": False, "SuppressionReason": None}, None),
    ],
)  # fmt: skip
def test_other_postmark_events_are_stored_or_ignored(sent, fields, expected):
    notification = {"Email": "ada@mail.example", "Content": bounce_address(sent.pk), **fields}
    assert post("/hooks/postmark", notification, **password("a-long-secret-of-ours")) == 200
    assert list(Bounce.objects.values_list("kind", "reason")) == ([expected] if expected else [])


@pytest.mark.parametrize("path", ["/hooks/ses", "/hooks/mailgun", "/hooks/postmark"])
def test_webhook_refuses_get_and_large_body_and_is_off_without_key(path, settings):
    assert Client().get(path).status_code == 405
    assert post(path, b"x" * 1_100_000) == 413
    unreadable = 403 if path == "/hooks/mailgun" else 400  # its signature is in the body
    assert post(path, b"not json", **password("a-long-secret-of-ours")) == unreadable
    assert post(path, b'"' + b"[" * 100_000, **password("a-long-secret-of-ours")) == unreadable
    assert post(path, b"[" * 100_000, **password("a-long-secret-of-ours")) == unreadable
    settings.SES_TOPICS, settings.MAILGUN_KEY, settings.POSTMARK_SECRET = [], "", ""
    assert post(path, {}) == 404


@pytest.mark.django_db(transaction=True)
def test_webhook_answers_503_when_database_fails(clock):
    sent = make_accepted_delivery(make_confirmed_subscriber("ada@mail.example", clock()), clock())
    notification = mailgun_notification(clock, mailgun_failure(sent))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inbound_bounce RENAME TO inbound_bounce_renamed")
    try:
        assert post("/hooks/mailgun", notification) == 503
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE inbound_bounce_renamed RENAME TO inbound_bounce")
    assert post("/hooks/mailgun", notification) == 200, "its token was not used up"
    assert Bounce.objects.count() == 1


def test_webhook_limits_wrong_passwords():
    notification = {"RecordType": "Open"}
    codes = [post("/hooks/postmark", notification, **password(str(n))) for n in range(views.REFUSED_REQUESTS.limit + 1)]
    assert codes == [403] * views.REFUSED_REQUESTS.limit + [429]
