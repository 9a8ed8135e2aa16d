"""Views of `/hooks/…`: what mail services report about the mail that they relay. Each is off until its key is set.

There is neither cookie nor form token: the service's own signature is verified. The views answer 200 when the reports
are committed; after 5xx the service sends the notification again.
"""

import logging
from functools import wraps

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, connection, transaction
from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from stoppress.inbound.record_report import record_report
from stoppress.inbound.webhooks import InvalidSignatureError, UnreadableNotificationError, mailgun, ses
from stoppress.inbound.webhooks.delivery_lookup import parse_json_object
from stoppress.inbound.webhooks.events import report_from_event
from stoppress.inbound.webhooks.mail_services import SERVICES, parse_verified_events
from stoppress.runtime.clock import utc_now
from stoppress.runtime.models import RateLimitCount
from stoppress.runtime.rate_limits import RateLimit, request_client_key

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1_048_576
"""Bytes of a notification."""
REFUSED_REQUESTS = RateLimit("webhooks refused by client", limit=100, seconds=3600)
CERTIFICATE_FETCHES = RateLimit("certificates fetched for a client", limit=20, seconds=3600)


class TokenReusedError(Exception):
    """A signature that counts once was sent a second time."""


def webhook_view(view):
    """Answer the errors of a view, and refuse large bodies. Services send HEAD to test the address."""

    @csrf_exempt
    @require_http_methods(["HEAD", "POST"])
    @wraps(view)
    def wrapped(request, name="ses"):
        key = _service_key(name)
        if request.method == "HEAD":
            return _respond(200, "")
        if len(request.body) > MAX_BODY_BYTES:
            return _respond(413, f"The notification exceeds {MAX_BODY_BYTES} bytes.")
        try:
            return view(request, name, key, utc_now())
        except InvalidSignatureError:
            return _refuse_signature(request, name)
        except UnreadableNotificationError:
            return _respond(400, "The notification does not have the format of the service.")
        except (DatabaseError, InterfaceError) as error:
            log.warning("cannot record a webhook notification of %s, answering 503; database error: %s", name, error)
            connection.close()
            return _respond(503, "Temporary database error. Send the notification again later.")

    return wrapped


def _service_key(name):
    """Return the key of a service.

    Raises:
        Http404: the service is unknown, or its key is not set.
    """
    setting = "SES_TOPICS" if name == "ses" else SERVICES[name].setting if name in SERVICES else ""
    key = getattr(settings, setting) if setting else None
    if not key:
        raise Http404
    return key


@webhook_view
def amazon_ses(request, name, topics, now):
    """Record reports of Amazon SES, sent through SNS. anymail does not verify its signature (decision 029)."""
    from httpx import HTTPError  # imported here: they load slowly, and few installations use Amazon

    from stoppress.inbound.webhooks import sns

    message = parse_json_object(request.body)

    def fetch(url):
        if not CERTIFICATE_FETCHES.allow(request_client_key(request), now):
            raise InvalidSignatureError
        return sns.fetch(url)

    try:
        message_type = sns.verify_message(message, topics, fetch)
        if message_type == "SubscriptionConfirmation":
            sns.fetch(sns.confirmation_url(message))
            log.info("confirmed the SNS subscription to %s", message["TopicArn"])
    except HTTPError as error:
        log.warning("cannot fetch from Amazon SNS, answering 503: %s", error)
        return _respond(503, "Amazon SNS cannot be reached. Send the notification again later.")
    if message_type == "Notification":
        _record_all(ses.reports_in_message(str(message.get("Message")), str(message.get("MessageId"))), now)
    return _respond(200, "Recorded.")


@webhook_view
def mail_service(request, name, key, now):
    """Record reports of the other services, verified and normalised by anymail."""
    events = parse_verified_events(name, key, request)
    token = mailgun.verify_fresh_token(parse_json_object(request.body), now) if name == "mailgun" else ""
    reports = [report for event in events if (report := report_from_event(name, event))]
    try:
        _record_all(reports, now, token)
    except TokenReusedError:
        return _respond(406, "The token of this signature was used before.")
    return _respond(200, "Recorded.")


def _record_all(reports, now, token=""):
    """Commit all reports of one notification and its token, or none of them."""
    with transaction.atomic():
        if token:
            try:
                with transaction.atomic():
                    expires_at = now + 2 * mailgun.MAX_CLOCK_DIFFERENCE
                    RateLimitCount(counter_key=token, count=1, expires_at=expires_at).save(force_insert=True)
            except IntegrityError as error:
                raise TokenReusedError from error
        for report in reports:
            record_report(report, now=now)


def _refuse_signature(request, name):
    if not REFUSED_REQUESTS.allow(request_client_key(request), utc_now()):
        return _respond(429, "Too many notifications with an invalid signature.")
    log.warning("refused a webhook notification of %s: invalid signature", name)
    return _respond(403, "The signature is not valid.")


def _respond(status, text):
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})
