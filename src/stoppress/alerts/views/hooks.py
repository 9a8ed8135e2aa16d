"""`/hooks/…`: what mail services tell of the mail that they relay for us. Each is off until its key is set.

No cookie and no form token: whoever asks proves itself by the service's own signature. 200 is said when the facts are
committed; to 5xx the service comes again.
"""

import logging
from functools import wraps
from hashlib import blake2b

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, connection, transaction
from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from stoppress.alerts.brakes import Brake, client_address
from stoppress.alerts.models import BrakeCount
from stoppress.alerts.receiving.hooks import Forged, Unreadable, mailgun, postmark, ses
from stoppress.alerts.receiving.hooks.evidence import told_in
from stoppress.alerts.receiving.taking import take
from stoppress.runtime.clock import utc_now

log = logging.getLogger(__name__)

LARGEST = 1_048_576
"""Bytes of a notification."""
REFUSED = Brake("webhooks refused by client", limit=100, seconds=3600)
FETCHES = Brake("certificates fetched for a client", limit=20, seconds=3600)


def hook(setting):
    """An address that is there if `setting` is set, and knows how to refuse."""

    def decorate(view):
        @csrf_exempt
        @require_POST
        @wraps(view)
        def wrapped(request):
            key = getattr(settings, setting)
            if not key:
                raise Http404
            if len(request.body) > LARGEST:
                return _answer(413, "too large")
            try:
                return view(request, key, utc_now())
            except Forged:
                return _refuse(request)
            except Unreadable:
                return _answer(400, "this cannot be read")
            except (DatabaseError, InterfaceError) as error:
                log.warning("the database does not answer, a webhook is to come again: %s", error)
                connection.close()
                return _answer(503, "not now")

        return wrapped

    return decorate


@hook("SES_TOPICS")
def amazon(request, topics, now):
    """Amazon SES through SNS."""
    from httpx import HTTPError  # here: they take long to load, and few use Amazon

    from stoppress.alerts.receiving.hooks import sns

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
        for arrival in ses.arrivals_in(str(told.get("Message")), str(told.get("MessageId"))):
            take(arrival, now=now)
    return _answer(200, "taken in")


@hook("MAILGUN_KEY")
def mailgun_(request, key, now):
    """Mailgun. A token counts once, and is used up with the facts or not at all."""
    told = told_in(request.body)
    token = mailgun.token_of(told, key, now)
    arrival = mailgun.arrival_in(told)
    place = blake2b(f"mailgun token\0{token}".encode(), digest_size=16).hexdigest()
    try:
        with transaction.atomic():
            BrakeCount(place=place, count=1, until=now + 2 * mailgun.WINDOW).save(force_insert=True)
            if arrival:
                take(arrival, now=now)
    except IntegrityError:
        return _answer(406, "known already")
    return _answer(200, "taken in")


@hook("POSTMARK_SECRET")
def postmark_(request, secret, now):
    """Postmark."""
    postmark.check(request.headers.get("Authorization", ""), secret)
    if arrival := postmark.arrival_in(told_in(request.body)):
        take(arrival, now=now)
    return _answer(200, "taken in")


def _refuse(request):
    if not REFUSED.allow(client_address(request), utc_now()):
        return _answer(429, "too often")
    log.warning("a webhook was refused: not signed as it must be")
    return _answer(403, "not signed as it must be")


def _answer(status, words):
    return HttpResponse(f"{words}\n", status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})
