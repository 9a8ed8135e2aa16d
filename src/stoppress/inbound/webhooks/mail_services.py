"""The mail services whose notifications are accepted, through django-anymail's webhook views.

anymail verifies the signature (or the password of a service without signatures) and normalises the events. An event has
an effect only on a delivery that our own proof names (delivery_lookup.py), and only once (record_report.py).
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
from stoppress.inbound.bounces import BounceReason, ReportKind
from stoppress.inbound.bounces.amazon_notifications import as_mapping
from stoppress.inbound.webhooks import InvalidSignatureError, UnreadableNotificationError
from stoppress.inbound.webhooks.delivery_lookup import value_at_path

EventData = Mapping[str, Any]
EventMeaning = tuple[ReportKind, BounceReason | None] | ReportKind | None
"""Kind and reason; a kind whose reason follows from the server's reply; None for an event that is ignored."""

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
        event_name: returns the service's own name of an event, for `meanings` and `soft_bounces`.
        meanings: by such names, meanings that differ from anymail's normalised type.
        soft_bounces: names of bounces after which the address may still be valid.
        code_path: path of the SMTP reply code in an event, if it is apart from the reply's text.
        status_path: path of the enhanced status code in an event.
    """

    setting: str
    view: str
    key_option: str = ""
    content_type: str = JSON
    event_name: Callable[[EventData], str] = lambda event: str(event.get("event") or "")
    meanings: Mapping[str, EventMeaning] = field(default_factory=dict)
    soft_bounces: frozenset[str] = frozenset()
    code_path: tuple[str, ...] = ()
    status_path: tuple[str, ...] = ()


def _mailgun_event_name(event: EventData) -> str:
    data = as_mapping(event.get("event-data"))
    return str(data.get("reason") or "") if data.get("event") == "failed" else ""


def _mailjet_event_name(event: EventData) -> str:
    is_soft = event.get("event") == "bounce" and not event.get("hard_bounce")
    return "soft bounce" if is_soft else str(event.get("event") or "")


def _postmark_event_name(event: EventData) -> str:
    return f"{event.get('RecordType')} {event.get('Type') or event.get('SuppressionReason')}"


def _sendgrid_event_name(event: EventData) -> str:
    return f"{event.get('event')} {event.get('type')}"


SUPPRESSED: EventMeaning = (ReportKind.BOUNCE, BounceReason.SUPPRESSED)

SERVICES = {
    "brevo": MailService(
        "BREVO_SECRET",
        "anymail.webhooks.brevo.BrevoTrackingWebhookView",
        soft_bounces=frozenset({"soft_bounce"}),
    ),
    "mailgun": MailService(
        "MAILGUN_KEY",
        "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
        "webhook_signing_key",
        event_name=_mailgun_event_name,
        meanings={f"suppress-{why}": SUPPRESSED for why in ("bounce", "complaint", "unsubscribe")},
        code_path=("event-data", "delivery-status", "code"),
        status_path=("event-data", "delivery-status", "enhanced-code"),
    ),
    "mailjet": MailService(
        "MAILJET_SECRET",
        "anymail.webhooks.mailjet.MailjetTrackingWebhookView",
        event_name=_mailjet_event_name,
        soft_bounces=frozenset({"soft bounce"}),
    ),
    "mailtrap": MailService(
        "MAILTRAP_SECRET",
        "anymail.webhooks.mailtrap.MailtrapTrackingWebhookView",
        "tracking_secret",
        code_path=("response_code",),
    ),
    "mandrill": MailService(
        "MANDRILL_KEY",
        "anymail.webhooks.mandrill.MandrillCombinedWebhookView",
        "webhook_key",
        FORM,
        soft_bounces=frozenset({"soft_bounce"}),
    ),
    "postal": MailService("POSTAL_KEY", "anymail.webhooks.postal.PostalTrackingWebhookView", "webhook_key"),
    "postmark": MailService(
        "POSTMARK_SECRET",
        "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
        event_name=_postmark_event_name,
        meanings={
            "Bounce SpamNotification": (
                ReportKind.BOUNCE,
                BounceReason.SPAM_DETECTED,
            ),  # anymail: a complaint; in fact a filter's
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
        soft_bounces=frozenset({"Bounce SoftBounce"}),
    ),
    "resend": MailService("RESEND_SECRET", "anymail.webhooks.resend.ResendTrackingWebhookView", "signing_secret"),
    "sendgrid": MailService(
        "SENDGRID_KEY",
        "anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
        "tracking_webhook_verification_key",
        event_name=_sendgrid_event_name,
        soft_bounces=frozenset({"bounce blocked"}),
        status_path=("status",),
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
"""Errors of anymail's parsers on bytes that do not have the service's format."""


def parse_verified_events(service_name: str, key: str, request: HttpRequest) -> Sequence[Any]:
    """Verify a notification and return its normalised events (anymail's AnymailTrackingEvent).

    Args:
        service_name: a key of `SERVICES`.
        key: the service's key or password.
        request: the notification.

    Raises:
        InvalidSignatureError: the signature or the password is wrong.
        UnreadableNotificationError: the media type or the body is not the service's.
    """
    # Imported here: they load slowly, and many installations use none of these services.
    from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
    from anymail.signals import AnymailTrackingEvent

    if request.content_type != SERVICES[service_name].content_type:
        raise UnreadableNotificationError
    try:
        url = newsroom().absolute_url(f"/hooks/{service_name}")
        view = copy(_build_view(service_name, key, url))  # Mandrill's view stores state of a request
        view.run_validators(request)
    except (AnymailWebhookValidationFailure, *MALFORMED_ERRORS) as error:
        raise InvalidSignatureError from error
    try:
        events = [event for event in view.parse_events(request) if isinstance(event, AnymailTrackingEvent)]
    except (AnymailConfigurationError, *MALFORMED_ERRORS) as error:
        raise UnreadableNotificationError from error
    return [event for event in events if isinstance(event.esp_event, dict)]


def event_identity(event: Any) -> str:
    """Return the service's id of an event; without one its content, which is equal when it is sent again."""
    return str(event.event_id or json.dumps(event.esp_event, sort_keys=True))


def server_reply(service: MailService, event: Any) -> tuple[str, str]:
    """Return the server's reply, preceded by the code if the event has one, and the enhanced status code."""
    reply = str(event.mta_response or event.description or "").strip()
    code = str(value_at_path(event.esp_event, service.code_path) or "")
    if code.isascii() and code.isdigit() and len(code) == 3 and not reply.startswith(code):
        reply = f"{code} {reply}"
    return reply, str(value_at_path(event.esp_event, service.status_path) or "")


@lru_cache(maxsize=2 * len(SERVICES))
def _build_view(service_name: str, key: str, url: str) -> Any:
    """Build a service's view, once for each key."""
    service = SERVICES[service_name]
    options: dict[str, Any] = {"webhook_secret": [f"{service_name}:{key}"]}
    if service.key_option:
        options = {service.key_option: key}
    if service_name == "mandrill":  # its signature covers the URL that it posts to
        options["webhook_url"] = url
    with _view_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # anymail: "dropped official support for SendGrid"
        return import_string(service.view)(**options)
