"""Notifications of ten mail services: signed, modified, repeated, and about other mail."""

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1, sha256
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection
from django.test import Client

from stoppress.coverage.newsroom import newsroom
from stoppress.delivery.message.build_message import _common_headers
from stoppress.delivery.message.mail_service_headers import METADATA_HEADERS
from stoppress.delivery.message.verp_addresses import alert_message_id, bounce_address
from stoppress.inbound.models import Bounce
from stoppress.inbound.webhooks import views
from stoppress.inbound.webhooks.mail_services import SERVICES
from stoppress.subscribers.models import Suppression
from tests.factories.returned_mail import make_accepted_delivery, make_confirmed_subscriber

pytestmark = pytest.mark.django_db

EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
PASSWORD = "a-long-password-of-proof"
SECRET = "a-long-secret-of-the-service"
SVIX_SECRET = base64.b64encode(b"a-long-secret-of-resend").decode()
SIGNING = ("mailgun", "mailtrap", "mandrill", "postal", "resend", "sendgrid")
WITH_PASSWORD = ("brevo", "mailjet", "postmark", "sparkpost")
ALL = SIGNING + WITH_PASSWORD
USER_UNKNOWN = "550 5.1.1 <ada@mail.example>: Recipient address rejected: User unknown"


@dataclass(frozen=True)
class Proof:
    """The proofs that an event may contain."""

    message_id: str
    envelope_sender: str


def public_key(key) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.fixture(autouse=True)
def keys(settings, clock, monkeypatch):
    for name in WITH_PASSWORD:
        setattr(settings, SERVICES[name].setting, PASSWORD)
    settings.MAILGUN_KEY = settings.MAILTRAP_SECRET = settings.MANDRILL_KEY = SECRET
    settings.POSTAL_KEY, settings.SENDGRID_KEY = public_key(RSA_KEY), public_key(EC_KEY)
    settings.RESEND_SECRET = f"whsec_{SVIX_SECRET}"
    monkeypatch.setattr(views, "utc_now", clock)


@pytest.fixture
def sent(clock):
    return make_accepted_delivery(make_confirmed_subscriber("ada@mail.example", clock()), clock())


@pytest.fixture
def proof(sent):
    return Proof(alert_message_id(sent.alert_id, sent.subscriber_id), bounce_address(sent.pk))


def hard_bounce(name, proof, clock):
    """Return a bounce of ada@mail.example with the fields that the service sends."""
    to = "ada@mail.example"
    metadata = {"message-id": proof.message_id}
    match name:
        case "brevo":
            return {"event": "hard_bounce", "email": to, "id": 26224, "ts_epoch": 1772996400000,
                    "message-id": "<2026@smtp-relay.brevo.test>", "reason": USER_UNKNOWN,
                    "X-Mailin-custom": json.dumps(metadata)}  # fmt: skip
        case "mailgun":
            when, token = str(int(clock().timestamp())), sha256(repr(proof).encode()).hexdigest()[:32]
            signature = hmac.new(SECRET.encode(), f"{when}{token}".encode(), sha256).hexdigest()
            event = {"event": "failed", "severity": "permanent", "reason": "bounce", "id": "e-1", "recipient": to,
                     "timestamp": 1772996400.5, "delivery-status": {"code": 550, "message": USER_UNKNOWN[4:]},
                     "message": {"headers": {"message-id": proof.message_id[1:-1]}}}  # fmt: skip
            return {"signature": {"timestamp": when, "token": token, "signature": signature}, "event-data": event}
        case "mailjet":
            return [{"event": "bounce", "time": 1772996400, "MessageID": 19421777835146490, "email": to,
                     "hard_bounce": True, "error_related_to": "recipient", "error": "user unknown",
                     "smtp_reply": USER_UNKNOWN, "Payload": json.dumps(metadata)}]  # fmt: skip
        case "mailtrap":
            event = {"event": "bounce", "event_id": "t-1", "message_id": "tm-1", "email": to, "timestamp": 1772996400,
                     "sending_stream": "transactional", "response": USER_UNKNOWN[4:], "response_code": 550,
                     "custom_variables": metadata}  # fmt: skip
            return {"events": [event]}
        case "mandrill":
            message = {"ts": 1772996400, "email": to, "sender": "alerts@halden.test", "state": "bounced", "_id": "m1",
                       "bounce_description": "bad_mailbox", "diag": f"smtp;{USER_UNKNOWN}",
                       "metadata": metadata}  # fmt: skip
            return [{"event": "hard_bounce", "_id": "m1", "ts": 1772996401, "msg": message}]
        case "postal":
            message = {"id": 12345, "direction": "outgoing", "message_id": proof.message_id[1:-1], "to": to,
                       "from": proof.envelope_sender, "subject": "Sea wall fails", "tag": None}  # fmt: skip
            payload = {"status": "HardFail", "details": f"Permanent SMTP delivery error: {USER_UNKNOWN}",
                       "output": f"{USER_UNKNOWN}\n", "message": message}  # fmt: skip
            return {"event": "MessageDeliveryFailed", "timestamp": 1772996400.1, "uuid": "p-1", "payload": payload}
        case "postmark":
            return {"RecordType": "Bounce", "Type": "HardBounce", "ID": 42, "Email": to,
                    "Details": f"smtp;{USER_UNKNOWN}", "BouncedAt": "2026-03-08T19:00:00Z",
                    "Content": f"Return-Path: <{proof.envelope_sender}>\r\nSubject: x\r\n"}  # fmt: skip
        case "resend":
            data = {"email_id": "56761188-7520-42d8-8898-ff6fc54ce618", "from": "alerts@halden.test", "to": [to],
                    "bounce": {"message": USER_UNKNOWN, "type": "Permanent"},
                    "headers": [{"name": "X-Metadata", "value": json.dumps(metadata)}]}  # fmt: skip
            return {"type": "email.bounced", "created_at": "2026-03-08T19:00:00.000Z", "data": data}
        case "sendgrid":
            return [{"event": "bounce", "type": "bounce", "email": to, "timestamp": 1772996400, "status": "5.1.1",
                     "smtp-id": proof.message_id, "sg_event_id": "s-1", "sg_message_id": "x.y",
                     "reason": USER_UNKNOWN}]  # fmt: skip
        case "sparkpost":
            event = {"type": "bounce", "event_id": "k-1", "timestamp": "1772996400", "bounce_class": "10",
                     "error_code": "550", "raw_rcpt_to": to, "rcpt_to": to, "raw_reason": USER_UNKNOWN,
                     "msg_from": "msprvs1=bounces@sparkpost.test", "rcpt_meta": metadata}  # fmt: skip
            return [{"msys": {"message_event": event}}]
    raise AssertionError(name)


COMPLAINTS = {
    "brevo": ("event", "spam"),
    "mailjet": ("event", "spam"),
    "mailtrap": ("event", "spam"),
    "mandrill": ("event", "spam"),
    "postmark": ("RecordType", "SpamComplaint"),
    "resend": ("type", "email.complained"),
    "sendgrid": ("event", "spamreport"),
    "sparkpost": ("type", "spam_complaint"),
}


def complaint(name, proof, clock):
    """Return the bounce as a complaint: each service names it in one field. Postal reports none."""
    notification = hard_bounce(name, proof, clock)
    if name == "mailgun":
        notification["event-data"] |= {"event": "complained"}
        return notification
    event = notification[0] if isinstance(notification, list) else notification
    event = (
        event["events"][0] if name == "mailtrap" else event["msys"]["message_event"] if name == "sparkpost" else event
    )
    event[COMPLAINTS[name][0]] = COMPLAINTS[name][1]
    event.pop("Type", None)
    return notification


def signed(name, notification):
    """Return body and headers as the service signs them."""
    body = json.dumps(notification).encode()
    match name:
        case "mailtrap":
            return body, {"Mailtrap-Signature": hmac.new(SECRET.encode(), body, sha256).hexdigest()}
        case "mandrill":
            text = f"{newsroom().absolute_url('/hooks/mandrill')}mandrill_events{body.decode()}"
            digest = hmac.new(SECRET.encode(), text.encode(), sha1).digest()
            return urlencode({"mandrill_events": body}).encode(), {
                "X-Mandrill-Signature": base64.b64encode(digest).decode()
            }
        case "postal":
            signature = RSA_KEY.sign(body, padding.PKCS1v15(), hashes.SHA1())
            return body, {"X-Postal-Signature": base64.b64encode(signature).decode()}
        case "resend":
            when = str(int(datetime.now(UTC).timestamp()))  # svix compares it to the machine's clock
            text = f"msg_1.{when}.".encode() + body
            digest = hmac.new(base64.b64decode(SVIX_SECRET), text, sha256).digest()
            return body, {
                "svix-id": "msg_1", "svix-timestamp": when, "svix-signature": f"v1,{base64.b64encode(digest).decode()}"
            }  # fmt: skip
        case "sendgrid":
            signature = EC_KEY.sign(b"1772996400" + body, ec.ECDSA(hashes.SHA256()))
            return body, {
                "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
                "X-Twilio-Email-Event-Webhook-Timestamp": "1772996400",
            }
        case "mailgun":
            return body, {}
    return body, {"Authorization": "Basic " + base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()}


def post(name, body, headers):
    kind = "application/x-www-form-urlencoded" if name == "mandrill" else "application/json"
    return Client().post(f"/hooks/{name}", body, content_type=kind, headers=headers).status_code


def nothing_happened(sent):
    return (
        not Bounce.objects.exists()
        and not Suppression.objects.exists()
        and sent.subscriber.subscriptions.get().is_active
    )


def test_every_service_has_an_example():
    assert sorted(SERVICES) == sorted(ALL)


@pytest.mark.parametrize("name", ALL)
def test_signed_bounce_suppresses_address_and_counts_once_when_sent_again(name, sent, proof, clock):
    body, headers = signed(name, hard_bounce(name, proof, clock))
    assert post(name, body, headers) == 200
    bounce = Bounce.objects.get()
    assert (bounce.via, bounce.kind, bounce.reason, bounce.delivery) == (name, "bounce", "user_unknown", sent)
    suppression = Suppression.objects.get()
    assert suppression.reason == "no_such_address" and suppression.subscriber == sent.subscriber
    suppression.lifted_at = clock()
    suppression.save()
    assert post(name, body, headers) == (406 if name == "mailgun" else 200)
    assert Bounce.objects.count() == 1 and not Suppression.objects.filter(lifted_at__isnull=True).exists()


@pytest.mark.parametrize("name", [name for name in ALL if name != "postal"])
def test_signed_complaint_ends_the_subscription(name, sent, proof, clock):
    assert post(name, *signed(name, complaint(name, proof, clock))) == 200
    assert Bounce.objects.get().kind == "complaint" and Suppression.objects.get().reason == "complaint"
    assert not sent.subscriber.subscriptions.get().is_active


@pytest.mark.parametrize("name", ALL)
def test_notification_is_refused_when_modified_or_not_signed(name, sent, proof, clock):
    notification = hard_bounce(name, proof, clock)
    body, headers = signed(name, notification)
    refused = [(body, {}) if name != "mailgun" else (body.replace(b'"token": "', b'"token": "0'), {})]
    if name in WITH_PASSWORD:
        for wrong in (f"{name}:wrong", f"{name}:", f"someone:{PASSWORD}", PASSWORD):
            refused.append((body, {"Authorization": "Basic " + base64.b64encode(wrong.encode()).decode()}))
        refused.append((body, {"Authorization": f"Bearer {PASSWORD}"}))
    elif name != "mailgun":
        refused.append((body.replace(b"ada", b"eve"), headers))
        refused += [(body, headers | {field: "AAAA"}) for field in headers if field.lower().endswith("signature")]
        refused += [(body, headers | {field: "ÿ="}) for field in headers if field.lower().endswith("signature")]
    assert [post(name, *attempt) for attempt in refused] == [403] * len(refused)
    assert nothing_happened(sent)


@pytest.mark.parametrize("name", ALL)
def test_signed_event_has_no_effect_when_about_other_mail(name, sent, clock):
    number = f"{sent.alert_id.hex}.{sent.subscriber_id:x}"
    for message_id, sender in (
        (f"<{number}@lists.other.example>", f"bounce+{sent.pk:x}.0123456789abcdef@halden.test"),
        (f"<{'0' * 32}.{sent.subscriber_id:x}@{newsroom().list_domain}>", "bounce+1.0123456789abcdef@other.example"),
        ("", ""),
    ):
        notification = hard_bounce(name, Proof(message_id, sender), clock)
        assert post(name, *signed(name, notification)) == 200
    assert nothing_happened(sent)


@pytest.mark.parametrize("name", [name for name in ALL if name != "postmark"])
def test_signed_event_has_no_effect_when_recipient_does_not_match_message_id(name, sent, proof, clock):
    notification = json.loads(
        json.dumps(hard_bounce(name, Proof(proof.message_id, ""), clock)).replace("ada@mail", "eve@mail")
    )
    assert post(name, *signed(name, notification)) == 200
    assert nothing_happened(sent)


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("brevo", {"event": "soft_bounce"}, ("bounce", "user_unknown")),
        ("brevo", {"event": "deferred", "reason": "452 4.2.2 mailbox full"}, ("delayed", "mailbox_full")),
        ("brevo", {"event": "blocked"}, ("bounce", "suppressed")),
        ("brevo", {"event": "opened"}, None),
        ("mailjet", {"hard_bounce": False}, ("bounce", "user_unknown")),
        ("mailjet", {"event": "blocked"}, ("bounce", "suppressed")),
        ("mandrill", {"event": "soft_bounce"}, ("bounce", "user_unknown")),
        ("mandrill", {"event": "click"}, None),
        ("sendgrid", {"type": "blocked"}, ("bounce", "user_unknown")),
        ("sendgrid", {"event": "dropped"}, ("bounce", "suppressed")),
        ("sendgrid", {"event": "delivered"}, None),
    ],
)
def test_other_events_are_stored_and_suppress_nothing(name, change, expected, sent, proof, clock):
    notification = hard_bounce(name, proof, clock)
    (notification[0] if isinstance(notification, list) else notification).update(change)
    assert post(name, *signed(name, notification)) == 200
    assert list(Bounce.objects.values_list("kind", "reason")) == ([expected] if expected else [])
    assert not Suppression.objects.exists()


def test_all_events_of_one_notification_are_recorded(clock):
    notification = []
    for n in range(5):
        sent = make_accepted_delivery(make_confirmed_subscriber(f"ada{n}@mail.example", clock()), clock())
        proof = Proof(alert_message_id(sent.alert_id, sent.subscriber_id), "")
        [event] = json.loads(json.dumps(hard_bounce("sendgrid", proof, clock)).replace("ada@", f"ada{n}@"))
        notification.append(event | {"sg_event_id": f"s-{n}"})
    assert post("sendgrid", *signed("sendgrid", notification)) == 200
    assert Bounce.objects.count() == Suppression.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_no_event_of_a_notification_is_recorded_when_one_cannot_be_stored(clock):
    notification = []
    for n, change in enumerate(({"event": "deferred", "reason": "452 4.2.2 mailbox full"}, {})):
        sent = make_accepted_delivery(make_confirmed_subscriber(f"ada{n}@mail.example", clock()), clock())
        proof = Proof(alert_message_id(sent.alert_id, sent.subscriber_id), "")
        [event] = json.loads(json.dumps(hard_bounce("sendgrid", proof, clock)).replace("ada@", f"ada{n}@"))
        notification.append(event | change | {"sg_event_id": f"s-{n}"})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE subscribers_suppression RENAME TO suppression_renamed")
    try:
        assert post("sendgrid", *signed("sendgrid", notification)) == 503
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE suppression_renamed RENAME TO subscribers_suppression")
    assert not Bounce.objects.exists()
    assert post("sendgrid", *signed("sendgrid", notification)) == 200
    assert sorted(Bounce.objects.values_list("kind", "reason")) == [
        ("bounce", "user_unknown"),
        ("delayed", "mailbox_full"),
    ]


@pytest.mark.parametrize("name", ALL)
def test_signed_garbage_is_answered_400_or_ignored(name, sent):
    for notification in (
        [],
        {},
        [3],
        {"event-data": 3, "signature": []},
        {"events": "x"},
        [{"msys": 3}],
        "x",
        None,
        1e400,
    ):
        assert post(name, *signed(name, notification)) in ((403,) if name == "mailgun" else (200, 400)), notification
    assert nothing_happened(sent)


def test_mandrill_inbound_mail_does_not_disturb_later_events(sent, proof, clock):
    inbound = [
        {"event": "inbound", "ts": 1772996400, "msg": {"raw_msg": "Subject: x\r\n\r\nx", "email": "a@x.example"}}
    ]
    assert post("mandrill", *signed("mandrill", inbound)) in (200, 400)
    assert nothing_happened(sent)
    assert post("mandrill", *signed("mandrill", hard_bounce("mandrill", proof, clock))) == 200
    assert Bounce.objects.get().via == "mandrill"


@pytest.mark.parametrize("name", ALL)
def test_webhook_answers_404_until_its_key_is_set(name, settings, proof, clock):
    assert Client().head(f"/hooks/{name}").status_code == 200
    assert Client().get(f"/hooks/{name}").status_code == 405
    assert Client().post(f"/hooks/{name}", "x", content_type="text/plain").status_code == 400
    setattr(settings, SERVICES[name].setting, "")
    assert Client().head(f"/hooks/{name}").status_code == 404
    assert post(name, *signed(name, hard_bounce(name, proof, clock))) == 404
    assert Client().post("/hooks/unknown", "{}", content_type="application/json").status_code == 404


def test_messages_contain_metadata_of_configured_services_only(settings):
    wanted = {name for _, name, _ in METADATA_HEADERS}
    at = datetime(2026, 3, 8, 19, tzinfo=UTC)
    names = [line.partition(b":")[0].decode() for line in _common_headers("Sea wall fails", at, "en")]
    assert wanted <= set(names)
    for setting, _, _ in METADATA_HEADERS:
        setattr(settings, setting, "")
    settings.MANDRILL_KEY = SECRET
    lines = [line.decode() for line in _common_headers("Sea wall fails", at, "en")]
    [metadata] = [line for line in lines if line.partition(":")[0] in wanted]
    assert metadata.startswith("X-MC-Metadata: ") and list(json.loads(metadata.partition(": ")[2])) == ["message-id"]
