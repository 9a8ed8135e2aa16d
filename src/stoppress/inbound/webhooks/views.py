"""`/hooks/…`: what mail services report about the mail that they relay for us. Each is off until its key is set.

No cookie and no form token: the service proves itself by its own signature. 200 is answered when the facts are
committed; after 5xx the service sends the notification again.
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
from stoppress.inbound.webhooks.events import report_from_event
from stoppress.inbound.webhooks.delivery_lookup import parse_json_object
from stoppress.inbound.webhooks.mail_services import SERVICES, parse_verified_events
from stoppress.runtime.clock import utc_now
from stoppress.runtime.models import RateLimitCount
from stoppress.runtime.rate_limits import RateLimit, request_client_key

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1_048_576
"""Bytes of a notification."""
REFUSED_REQUESTS = RateLimit("webhooks refused by client", limit=100, seconds=3600)
CERTIFICATE_FETCHES = RateLimit("certificates fetched for a client", limit=20, seconds=3600)


def webhook_view(view):
    """Turn the errors of a view into answers, and refuse what is too large. HEAD is a service's test of the address."""

    @csrf_exempt
    @require_http_methods(["HEAD", "POST"])
    @wraps(view)
    def wrapped(request, name="ses"):
        key = _service_key(name)
        if request.method == "HEAD":
            return _respond(200, "")
        if len(request.body) > MAX_BODY_BYTES:
            return _respond(413, "too large")
        try:
            return view(request, name, key, utc_now())
        except InvalidSignatureError:
            return _refuse_signature(request)
        except UnreadableNotificationError:
            return _respond(400, "this cannot be read")
        except (DatabaseError, InterfaceError) as error:
            log.warning("the database does not answer, a webhook is to come again: %s", error)
            connection.close()
            return _respond(503, "not now")

    return wrapped


def _service_key(name):
    """Return the key of a service. Raises Http404 for an unknown service and for one without a key."""
    setting = "SES_TOPICS" if name == "ses" else SERVICES[name].setting if name in SERVICES else ""
    key = getattr(settings, setting) if setting else None
    if not key:
        raise Http404
    return key


@webhook_view
def amazon_ses(request, name, topics, now):
    """Amazon SES through SNS. Its signature is verified here: anymail does not (decision 029)."""
    from httpx import HTTPError  # here: they take long to load, and few use Amazon

    from stoppress.inbound.webhooks import sns

    told = parse_json_object(request.body)

    def fetch(url):
        if not CERTIFICATE_FETCHES.allow(request_client_key(request), now):
            raise InvalidSignatureError
        return sns.fetch(url)

    try:
        kind = sns.verify_message(told, topics, fetch)
        if kind == "SubscriptionConfirmation":
            sns.fetch(sns.confirmation_url(told))
            log.info("the subscription to %s is confirmed", told["TopicArn"])
    except HTTPError as error:
        log.warning("Amazon cannot be asked, a webhook is to come again: %s", error)
        return _respond(503, "not now")
    if kind == "Notification":
        _record_all(ses.reports_in_message(str(told.get("Message")), str(told.get("MessageId"))), now)
    return _respond(200, "taken in")


@webhook_view
def mail_service(request, name, key, now):
    """All other services, verified and normalised by anymail."""
    events = parse_verified_events(name, key, request)
    token = mailgun.verify_fresh_token(parse_json_object(request.body), now) if name == "mailgun" else ""
    arrivals = [arrival for event in events if (arrival := report_from_event(name, event))]
    try:
        _record_all(arrivals, now, token)
    except TokenReusedError:
        return _respond(406, "known already")
    return _respond(200, "taken in")


class TokenReusedError(Exception):
    """A signature that counts once came a second time."""


def _record_all(arrivals, now, token=""):
    """Commit all reports of one notification, or none. A token is used up with the facts or not at all."""
    with transaction.atomic():
        if token:
            try:
                with transaction.atomic():
                    until = now + 2 * mailgun.MAX_CLOCK_DIFFERENCE
                    RateLimitCount(counter_key=token, count=1, expires_at=until).save(force_insert=True)
            except IntegrityError as error:
                raise TokenReusedError from error
        for arrival in arrivals:
            record_report(arrival, now=now)


def _refuse_signature(request):
    if not REFUSED_REQUESTS.allow(request_client_key(request), utc_now()):
        return _respond(429, "too often")
    log.warning("a webhook was refused: not signed as it must be")
    return _respond(403, "not signed as it must be")


def _respond(status, words):
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})
