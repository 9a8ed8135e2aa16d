"""The mail services whose notifications are accepted, through django-anymail's webhook views.

anymail verifies the signature (or the password, where the service has none) and normalises the events. What an event
may do is decided behind it: it acts only on a delivery that our own proof names (evidence.py), and once (taking.py).
"""

import json
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.utils.module_loading import import_string

from stoppress.coverage.newsroom import newsroom
from stoppress.inbound.bounces import ReportKind, BounceReason
from stoppress.inbound.webhooks import InvalidSignatureError, UnreadableNotificationError
from stoppress.inbound.webhooks.delivery_lookup import value_at_path, as_mapping

EventData = Mapping[str, Any]
EventMeaning = tuple[ReportKind, BounceReason | None] | ReportKind | None
"""Kind and reason; a kind whose reason follows from the server's words; None for an event that is ignored."""

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_view_lock = threading.Lock()


@dataclass(frozen=True)
class MailService:
    """One mail service.

    Args:
        setting: name of the Django setting that holds its key; while that is empty, the service is off.
        view: dotted path of anymail's view class.
        key_option: the view's option that takes the key; "" for a password in HTTP Basic authentication.
        content_type: the media type that the service posts.
        name: return the service's own name of an event, for `verdicts` and `soft`.
        verdicts: names for which anymail's normalised type is not what the event means here.
        soft: names of bounces after which the address may still be good.
        code: where an event gives the SMTP reply code, apart from the reply's text.
        status: where an event gives the enhanced status code.
    """

    setting: str
    view: str
    key_option: str = ""
    content_type: str = JSON
    name: Callable[[EventData], str] = lambda told: str(told.get("event") or "")
    verdicts: Mapping[str, EventMeaning] = field(default_factory=dict)
    soft: frozenset[str] = frozenset()
    code: tuple[str, ...] = ()
    status: tuple[str, ...] = ()


def _mailgun_event_name(told: EventData) -> str:
    event = as_mapping(told.get("event-data"))
    return str(event.get("reason") or "") if event.get("event") == "failed" else ""


def _mailjet_event_name(told: EventData) -> str:
    soft = told.get("event") == "bounce" and not told.get("hard_bounce")
    return "soft bounce" if soft else str(told.get("event") or "")


def _postmark_event_name(told: EventData) -> str:
    return f"{told.get('RecordType')} {told.get('Type') or told.get('SuppressionReason')}"


def _sendgrid_event_name(told: EventData) -> str:
    return f"{told.get('event')} {told.get('type')}"


SUPPRESSED: EventMeaning = (ReportKind.BOUNCE, BounceReason.SUPPRESSED)

SERVICES = {
    "brevo": MailService(
        "BREVO_SECRET",
        "anymail.webhooks.brevo.BrevoTrackingWebhookView",
        soft=frozenset({"soft_bounce"}),
    ),
    "mailgun": MailService(
        "MAILGUN_KEY",
        "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
        "webhook_signing_key",
        name=_mailgun_event_name,
        verdicts={f"suppress-{why}": SUPPRESSED for why in ("bounce", "complaint", "unsubscribe")},
        code=("event-data", "delivery-status", "code"),
        status=("event-data", "delivery-status", "enhanced-code"),
    ),
    "mailjet": MailService(
        "MAILJET_SECRET",
        "anymail.webhooks.mailjet.MailjetTrackingWebhookView",
        name=_mailjet_event_name,
        soft=frozenset({"soft bounce"}),
    ),
    "mailtrap": MailService(
        "MAILTRAP_SECRET",
        "anymail.webhooks.mailtrap.MailtrapTrackingWebhookView",
        "tracking_secret",
        code=("response_code",),
    ),
    "mandrill": MailService(
        "MANDRILL_KEY",
        "anymail.webhooks.mandrill.MandrillCombinedWebhookView",
        "webhook_key",
        FORM,
        soft=frozenset({"soft_bounce"}),
    ),
    "postal": MailService("POSTAL_KEY", "anymail.webhooks.postal.PostalTrackingWebhookView", "webhook_key"),
    "postmark": MailService(
        "POSTMARK_SECRET",
        "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
        name=_postmark_event_name,
        verdicts={
            "Bounce SpamNotification": (ReportKind.BOUNCE, BounceReason.SPAM_DETECTED),  # anymail: a complaint; it is a filter's
            "Bounce VirusNotification": (ReportKind.BOUNCE, BounceReason.VIRUS_DETECTED),
            "Bounce DnsError": (ReportKind.BOUNCE, BounceReason.NETWORK_ERROR),
            "Bounce Blocked": (ReportKind.BOUNCE, BounceReason.BLOCKED),
            "Bounce DMARCPolicy": (ReportKind.BOUNCE, BounceReason.AUTH_FAILURE),
            "Bounce ManuallyDeactivated": SUPPRESSED,
            "Bounce Transient": (ReportKind.DELAYED, None),
            "Bounce BadEmailAddress": ReportKind.BOUNCE,
            "Bounce Undeliverable": ReportKind.BOUNCE,
            "Bounce Unknown": ReportKind.BOUNCE,
            "Bounce Unconfirmed": None,
            "Bounce SMTPApiError": None,
            "Bounce TemplateRenderingFailed": None,
            "SubscriptionChange HardBounce": None,  # the bounce itself is reported as well
        },
        soft=frozenset({"Bounce SoftBounce"}),
    ),
    "resend": MailService("RESEND_SECRET", "anymail.webhooks.resend.ResendTrackingWebhookView", "signing_secret"),
    "sendgrid": MailService(
        "SENDGRID_KEY",
        "anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
        "tracking_webhook_verification_key",
        name=_sendgrid_event_name,
        soft=frozenset({"bounce blocked"}),
        status=("status",),
    ),
    "sparkpost": MailService("SPARKPOST_SECRET", "anymail.webhooks.sparkpost.SparkPostTrackingWebhookView"),
}

MALFORMED_ERRORS = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
    OSError,
)
"""What anymail's parsers raise for bytes that do not have the service's format."""


def parse_verified_events(name: str, key: str, request: HttpRequest) -> Sequence[Any]:
    """Verify a notification and return its normalised events (anymail's AnymailTrackingEvent).

    Raises:
        Forged: the signature or the password is wrong.
        Unreadable: the media type or the body is not the service's.
    """
    # Here: they take long to load, and many installations use none of these services.
    from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
    from anymail.signals import AnymailTrackingEvent

    if request.content_type != SERVICES[name].content_type:
        raise UnreadableNotificationError
    try:
        view = copy(_view(name, key, newsroom().absolute_url(f"/hooks/{name}")))  # Mandrill's keeps state of a request
        view.run_validators(request)
    except (AnymailWebhookValidationFailure, *MALFORMED_ERRORS) as error:
        raise InvalidSignatureError from error
    try:
        events = [event for event in view.parse_events(request) if isinstance(event, AnymailTrackingEvent)]
    except (AnymailConfigurationError, *MALFORMED_ERRORS) as error:
        raise UnreadableNotificationError from error
    return [event for event in events if isinstance(event.esp_event, dict)]


def event_identity(event: Any) -> str:
    """Return the service's id of an event; where it has none, the event's content, equal when it is sent again."""
    return str(event.event_id or json.dumps(event.esp_event, sort_keys=True))


def server_reply(service: MailService, event: Any) -> tuple[str, str]:
    """Return the server's reply, code first if the event has one, and the enhanced status code."""
    told = event.esp_event
    words = str(event.mta_response or event.description or "").strip()
    code = str(value_at_path(told, service.code) or "")
    if code.isascii() and code.isdigit() and len(code) == 3 and not words.startswith(code):
        words = f"{code} {words}"
    return words, str(value_at_path(told, service.status) or "")


@lru_cache(maxsize=2 * len(SERVICES))
def _view(name: str, key: str, url: str) -> Any:
    """Build a service's view once for each key."""
    service = SERVICES[name]
    options: dict[str, Any] = {service.key_option: key} if service.key_option else {"webhook_secret": [f"{name}:{key}"]}
    if name == "mandrill":  # its signature covers the address that it posts to
        options["webhook_url"] = url
    with _view_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # anymail: "dropped official support for SendGrid"
        return import_string(service.view)(**options)
