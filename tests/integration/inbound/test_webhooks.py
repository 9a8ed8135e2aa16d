"""What mail services tell over HTTP: only theirs, only of our mail, once, and not before it is written down."""

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
from tests.factories.returned_mail import CONFIRM, make_accepted_delivery, unsubscribe_address, make_confirmed_subscriber

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
def visited(monkeypatch):
    """Addresses that were asked for, in place of Amazon's hosts; what is there is a certificate of the tests' own."""
    asked: list[str] = []

    def fetch(url):
        asked.append(url)
        return certificate()

    monkeypatch.setattr(sns, "fetch", fetch)
    monkeypatch.setattr(sns, "_certificate_cache", {})
    return asked


def certificate():
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def signed(version="2", key=KEY, **facts):
    """As Amazon signs it."""
    told = {"Type": "Notification", "MessageId": "m-1", "TopicArn": TOPIC, "Timestamp": "2026-03-08T19:00:00.000Z",
            "SignatureVersion": version, "SigningCertURL": CERTIFICATE, **facts}  # fmt: skip
    text = "".join(f"{name}\n{told[name]}\n" for name in sns.SIGNED_FIELDS[told["Type"]] if name in told)
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}[version]()
    told["Signature"] = base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), algorithm)).decode()
    return told


def told_by_ses(delivery, kind="Bounce", source=None, **mail):
    recipient = {"emailAddress": delivery.subscriber.email}
    told = {"notificationType": kind, "mail": {"source": source or bounce_address(delivery.pk), **mail}}
    if kind == "Bounce":
        recipient |= {"status": "5.1.1", "action": "failed", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
        told["bounce"] = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [recipient],
                          "feedbackId": "f-1"}  # fmt: skip
    else:
        told["complaint"] = {"complainedRecipients": [recipient], "feedbackId": "f-2"}
    return json.dumps(told)


def post(path, told, **headers):
    body = told if isinstance(told, bytes) else json.dumps(told)
    kind = "text/plain; charset=UTF-8" if path == "/hooks/ses" else "application/json"
    return Client().post(path, body, content_type=kind, headers=headers).status_code


@pytest.mark.parametrize("version", ["1", "2"])
def test_amazon_tells_of_a_bounce_and_a_complaint(sent, version):
    assert post("/hooks/ses", signed(version, Message=told_by_ses(sent), Subject="Amazon SES")) == 200
    assert Suppression.objects.get().reason == "no_such_address" and Bounce.objects.get().via == "ses"
    assert post("/hooks/ses", signed(version, Message=told_by_ses(sent), MessageId="m-2")) == 200
    assert Bounce.objects.count() == 1
    assert post("/hooks/ses", signed(version, Message=told_by_ses(sent, "Complaint"))) == 200
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"no_such_address", "complaint"}


def test_what_amazon_did_not_sign_for_our_topic_changes_nothing(sent, visited):
    good = signed(Message=told_by_ses(sent))
    stranger = rsa.generate_private_key(65537, 2048)
    elsewhere = "https://evil.example/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
    forged = [
        {**good, "Message": told_by_ses(sent, "Complaint")},
        {**good, "Signature": "AAAA"},
        {**good, "Signature": "not base64!"},
        {**good, "SignatureVersion": "3"},
        {**good, "Type": "Anything"},
        {name: value for name, value in good.items() if name != "Signature"},
        signed(key=stranger, Message=told_by_ses(sent)),
        signed(TopicArn="arn:aws:sns:eu-west-1:666666666666:bounces", Message=told_by_ses(sent)),
        {},
    ]
    assert [post("/hooks/ses", told) for told in forged] == [403] * len(forged)
    visited.clear()
    wrong = [
        elsewhere,
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
    for url in wrong:
        assert post("/hooks/ses", {**good, "SigningCertURL": url}) == 403, url
    assert visited == [] and not Bounce.objects.exists() and not Suppression.objects.exists()
    assert post("/hooks/ses", good) == 200 and Bounce.objects.count() == 1


def test_a_subscription_is_confirmed_at_amazons_and_for_our_topic_only(visited):
    def asks(url, **more):
        facts = {"Message": "You have chosen to subscribe", "Token": "t", "SubscribeURL": url}
        return signed(Type="SubscriptionConfirmation", **{**facts, **more})

    good = f"{AMAZON}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"
    for url in (
        "https://evil.example/?Action=ConfirmSubscription",
        f"{AMAZON}/?Action=DeleteTopic",
        f"{AMAZON}/x?Action=ConfirmSubscription",
        good.replace("https", "http"),
        "http://169.254.169.254/",
    ):
        assert post("/hooks/ses", asks(url)) == 403
    assert post("/hooks/ses", asks(good, TopicArn=TOPIC + "x")) == 403
    assert visited == [CERTIFICATE]
    assert post("/hooks/ses", asks(good)) == 200
    assert visited == [CERTIFICATE, good]


def test_while_amazon_cannot_be_asked_it_is_to_come_again(sent, monkeypatch):
    def silent(url):
        raise httpx.ConnectError("no route")

    monkeypatch.setattr(sns, "fetch", silent)
    assert post("/hooks/ses", signed(Message=told_by_ses(sent))) == 503
    assert not Bounce.objects.exists()


class Elsewhere(BaseHTTPRequestHandler):
    """Answers of a host that means no good."""

    def do_GET(self):
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/good")
        else:
            self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(b"x" * (10_000_000 if self.path == "/endless" else 9))

    def log_message(self, *words):
        pass


def test_what_is_fetched_is_bounded_and_follows_no_redirect():
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        assert FETCH(f"{base}/good") == b"x" * 9
        for path in ("/redirect", "/endless"):
            with pytest.raises(httpx.HTTPError):
                FETCH(base + path)
        server.shutdown()
    with pytest.raises(httpx.HTTPError):
        FETCH(base)


def test_the_message_id_counts_only_with_its_recipient(sent, clock):
    ours = alert_message_id(sent.alert_id, sent.subscriber_id)
    other = told_by_ses(sent, source="other@halden.test", commonHeaders={"messageId": ours})
    assert post("/hooks/ses", signed(Message=other.replace("ada@mail", "eve@mail"))) == 200
    assert not Bounce.objects.exists()
    assert post("/hooks/ses", signed(Message=other)) == 200
    assert Bounce.objects.get().delivery == sent
    asked = make_accepted_delivery(make_confirmed_subscriber("ben@mail.example", clock()), clock(), transactional_kind=CONFIRM)
    by_letter = told_by_ses(asked, source="x@halden.test", commonHeaders={"messageId": transactional_message_id(asked.pk)})
    assert post("/hooks/ses", signed(Message=by_letter)) == 200
    assert Suppression.objects.filter(subscriber=asked.subscriber).exists()


def test_somebody_elses_mail_is_none_of_ours(sent):
    assert post("/hooks/ses", signed(Message=told_by_ses(sent, source="shop@halden.test"))) == 200
    for message in ("[]", "hello", '{"notificationType": "Bounce", "bounce": 3, "mail": []}', "{}"):
        assert post("/hooks/ses", signed(Message=message)) in (200, 400)
    assert not Bounce.objects.exists()


def by_mailgun(clock, event, key="k" * 32, token="0123456789abcdef0123456789abcdef", age=0):
    when = str(int(clock().timestamp()) - age)
    signature = hmac.new(key.encode(), f"{when}{token}".encode(), sha256).hexdigest()
    return {"signature": {"timestamp": when, "token": token, "signature": signature}, "event-data": event}


def failed_at_mailgun(delivery, severity="permanent", **status):
    told = {"code": 550, "message": "5.1.1 The email account that you tried to reach does not exist", **status}
    return {"event": "failed", "severity": severity, "reason": "bounce", "id": "e-1", "delivery-status": told,
            "recipient": delivery.subscriber.email, "envelope": {"sender": bounce_address(delivery.pk)}}  # fmt: skip


def test_mailgun_tells_of_a_bounce_once(sent, clock):
    told = by_mailgun(clock, failed_at_mailgun(sent))
    assert post("/hooks/mailgun", told) == 200 and Suppression.objects.count() == 1
    assert post("/hooks/mailgun", told) == 406
    complained = {
        "event": "complained",
        "id": "e-2",
        "recipient": "ada@mail.example",
        "message": {"headers": {"message-id": alert_message_id(sent.alert_id, sent.subscriber_id)[1:-1]}},
    }
    assert post("/hooks/mailgun", by_mailgun(clock, complained)) == 406, "a token is used up, whatever comes with it"
    assert post("/hooks/mailgun", by_mailgun(clock, complained, token="f" * 32)) == 200
    assert Bounce.objects.count() == 2 and not sent.subscriber.subscriptions.get().is_active


def test_what_mailgun_did_not_sign_lately_changes_nothing(sent, clock):
    event = failed_at_mailgun(sent)
    day = 24 * 3600
    unsigned = {"event-data": event}
    odd = by_mailgun(clock, event)
    odd["signature"]["timestamp"] = "²"
    for told in (
        by_mailgun(clock, event, key="x" * 32),
        by_mailgun(clock, event, age=day),
        unsigned,
        odd,
        by_mailgun(clock, event, age=-day),
        by_mailgun(clock, event, token=""),
        {"signature": []},
    ):
        assert post("/hooks/mailgun", told) == 403
    assert not Bounce.objects.exists()
    assert post("/hooks/mailgun", by_mailgun(clock, event, age=8 * 3600)) == 200


def test_mailguns_other_news(sent, clock):
    soft = failed_at_mailgun(sent, "temporary", code=452, message="4.2.2 mailbox full")
    listed = {**failed_at_mailgun(sent), "reason": "suppress-bounce", "id": "e-3"}
    for n, event in enumerate([soft, listed, {"event": "delivered"}]):
        assert post("/hooks/mailgun", by_mailgun(clock, event, token=f"{n:032d}")) == 200
    for n, event in enumerate([{"event": ["x"]}, []], 3):
        assert post("/hooks/mailgun", by_mailgun(clock, event, token=f"{n:032d}")) == 400
    found = dict(Bounce.objects.values_list("kind", "reason"))
    assert found == {"delayed": "mailbox_full", "bounce": "suppressed"} and not Suppression.objects.exists()


def password(text):
    return {"Authorization": "Basic " + base64.b64encode(f"postmark:{text}".encode()).decode()}


def test_postmark_tells_of_a_bounce_if_it_knows_the_password(sent):
    told = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 42, "Email": "ada@mail.example",
            "Details": "smtp;550 5.1.1 <ada@mail.example> user unknown",
            "Content": f"Subject: x\r\nList-Unsubscribe: <mailto:{unsubscribe_address(sent.subscriber)}>\r\n"
                       f"Return-Path: <{bounce_address(sent.pk)}>\r\n"}  # fmt: skip
    for headers in ({}, password("wrong"), {"Authorization": "Bearer a-long-secret-of-ours"},
                    {"Authorization": "Basic ÿ"}):  # fmt: skip
        assert post("/hooks/postmark", told, **headers) == 403
    assert not Bounce.objects.exists()
    assert post("/hooks/postmark", told, **password("a-long-secret-of-ours")) == 200
    assert post("/hooks/postmark", told, **password("a-long-secret-of-ours")) == 200
    assert Bounce.objects.count() == Suppression.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "found"),
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
def test_postmarks_other_news(sent, facts, found):
    told = {"Email": "ada@mail.example", "Content": bounce_address(sent.pk), **facts}
    assert post("/hooks/postmark", told, **password("a-long-secret-of-ours")) == 200
    assert list(Bounce.objects.values_list("kind", "reason")) == ([found] if found else [])


@pytest.mark.parametrize("path", ["/hooks/ses", "/hooks/mailgun", "/hooks/postmark"])
def test_each_is_off_until_set_takes_post_only_and_not_too_much(path, settings):
    assert Client().get(path).status_code == 405
    assert post(path, b"x" * 1_100_000) == 413
    unreadable = 403 if path == "/hooks/mailgun" else 400  # its signature is in the body
    assert post(path, b"not json", **password("a-long-secret-of-ours")) == unreadable
    assert post(path, b'"' + b"[" * 100_000, **password("a-long-secret-of-ours")) == unreadable
    assert post(path, b"[" * 100_000, **password("a-long-secret-of-ours")) == unreadable
    settings.SES_TOPICS, settings.MAILGUN_KEY, settings.POSTMARK_SECRET = [], "", ""
    assert post(path, {}) == 404


@pytest.mark.django_db(transaction=True)
def test_while_the_database_does_not_answer_they_are_to_come_again(clock):
    sent = make_accepted_delivery(make_confirmed_subscriber("ada@mail.example", clock()), clock())
    told = by_mailgun(clock, failed_at_mailgun(sent))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inbound_bounce RENAME TO alerts_bounce_away")
    try:
        assert post("/hooks/mailgun", told) == 503
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE alerts_bounce_away RENAME TO inbound_bounce")
    assert post("/hooks/mailgun", told) == 200, "its token was not used up"
    assert Bounce.objects.count() == 1


def test_who_guesses_is_slowed_down():
    told = {"RecordType": "Open"}
    codes = [post("/hooks/postmark", told, **password(str(n))) for n in range(views.REFUSED_REQUESTS.limit + 1)]
    assert codes == [403] * views.REFUSED_REQUESTS.limit + [429]
