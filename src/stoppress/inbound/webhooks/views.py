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

from stoppress.inbound.record_report import take
from stoppress.inbound.webhooks import Forged, Unreadable, mailgun, ses
from stoppress.inbound.webhooks.events import arrival_of
from stoppress.inbound.webhooks.evidence import told_in
from stoppress.inbound.webhooks.mail_services import SERVICES, verified_events
from stoppress.runtime.clock import utc_now
from stoppress.runtime.models import RateLimitCount
from stoppress.runtime.rate_limits import Brake, client_address

log = logging.getLogger(__name__)

LARGEST = 1_048_576
"""Bytes of a notification."""
REFUSED = Brake("webhooks refused by client", limit=100, seconds=3600)
FETCHES = Brake("certificates fetched for a client", limit=20, seconds=3600)


def answers_services(view):
    """Turn the errors of a view into answers, and refuse what is too large. HEAD is a service's test of the address."""

    @csrf_exempt
    @require_http_methods(["HEAD", "POST"])
    @wraps(view)
    def wrapped(request, name="ses"):
        key = _key_of(name)
        if request.method == "HEAD":
            return _answer(200, "")
        if len(request.body) > LARGEST:
            return _answer(413, "too large")
        try:
            return view(request, name, key, utc_now())
        except Forged:
            return _refuse(request)
        except Unreadable:
            return _answer(400, "this cannot be read")
        except (DatabaseError, InterfaceError) as error:
            log.warning("the database does not answer, a webhook is to come again: %s", error)
            connection.close()
            return _answer(503, "not now")

    return wrapped


def _key_of(name):
    """Return the key of a service. Raises Http404 for an unknown service and for one without a key."""
    setting = "SES_TOPICS" if name == "ses" else SERVICES[name].setting if name in SERVICES else ""
    key = getattr(settings, setting) if setting else None
    if not key:
        raise Http404
    return key


@answers_services
def amazon(request, name, topics, now):
    """Amazon SES through SNS. Its signature is verified here: anymail does not (decision 029)."""
    from httpx import HTTPError  # here: they take long to load, and few use Amazon

    from stoppress.inbound.webhooks import sns

    told = told_in(request.body)

    def fetch(url):
        if not FETCHES.allow(client_address(request), now):
            raise Forged
        return sns.fetch(url)

    try:
        kind = sns.checked(told, topics, fetch)
        if kind == "SubscriptionConfirmation":
            sns.fetch(sns.visit_to_confirm(told))
            log.info("the subscription to %s is confirmed", told["TopicArn"])
    except HTTPError as error:
        log.warning("Amazon cannot be asked, a webhook is to come again: %s", error)
        return _answer(503, "not now")
    if kind == "Notification":
        _take_all(ses.arrivals_in(str(told.get("Message")), str(told.get("MessageId"))), now)
    return _answer(200, "taken in")


@answers_services
def mail_service(request, name, key, now):
    """All other services, verified and normalised by anymail."""
    events = verified_events(name, key, request)
    token = mailgun.fresh_token(told_in(request.body), now) if name == "mailgun" else ""
    arrivals = [arrival for event in events if (arrival := arrival_of(name, event))]
    try:
        _take_all(arrivals, now, token)
    except TokenUsed:
        return _answer(406, "known already")
    return _answer(200, "taken in")


class TokenUsed(Exception):
    """A signature that counts once came a second time."""


def _take_all(arrivals, now, token=""):
    """Commit all reports of one notification, or none. A token is used up with the facts or not at all."""
    with transaction.atomic():
        if token:
            try:
                with transaction.atomic():
                    until = now + 2 * mailgun.WINDOW
                    RateLimitCount(place=token, count=1, until=until).save(force_insert=True)
            except IntegrityError as error:
                raise TokenUsed from error
        for arrival in arrivals:
            take(arrival, now=now)


def _refuse(request):
    if not REFUSED.allow(client_address(request), utc_now()):
        return _answer(429, "too often")
    log.warning("a webhook was refused: not signed as it must be")
    return _answer(403, "not signed as it must be")


def _answer(status, words):
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})
