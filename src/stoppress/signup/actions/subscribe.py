"""Take a sign-up. Page, block on live pages, embedded form and API all use this one path.

    form or API ─► honeypot ─► address syntax ─► limits of client and network ─► DNS check of the mail domain
        ─► limit of the domain ─► stored ─► limits of the address ─► confirmation mail

A subscription is active only after the owner of the address has confirmed it. The result reveals nothing
about an address: each refusal follows from the text typed, its domain, or the client.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from stoppress.coverage.localisation.languages import in_language, translated_language
from stoppress.delivery.choices import TransactionalKind
from stoppress.delivery.ledger.queue_transactional_mail import queue_transactional_mail
from stoppress.delivery.recipients.before_subscription_change import materialise_before_change
from stoppress.delivery.recipients.send_order import block_sends
from stoppress.runtime.networks import client_network
from stoppress.runtime.rate_limits import RateLimit, allow_all
from stoppress.signup.consent_wording import SignUpForm, form_wording, shorten_wording
from stoppress.subscribers.address_validation import EmailAddress, parse_address
from stoppress.subscribers.choices import ConsentKind, Frequency
from stoppress.subscribers.erased_addresses import is_suppressed, restore_suppressions
from stoppress.subscribers.errors import InvalidAddressError, SignUpLimitError
from stoppress.subscribers.mail_domains import MailDomainStatus, check_mail_domain
from stoppress.subscribers.mailbox_key import mailbox_key
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic

SIGN_UPS_PER_CLIENT = RateLimit("sign-ups by client", limit=20, seconds=3600)
SIGN_UPS_PER_NETWORK = RateLimit("sign-ups by network", limit=100, seconds=3600)
SIGN_UPS_PER_DOMAIN = RateLimit("sign-ups to a domain", limit=200, seconds=3600)
SIGN_UPS_PER_PROVIDER = RateLimit("sign-ups to a provider", limit=20_000, seconds=3600)
MAILS_PER_HOUR = RateLimit("mails to an address, by the hour", limit=2, seconds=3600)
MAILS_PER_DAY = RateLimit("mails to an address, by the day", limit=5, seconds=24 * 3600)
MAILS_PER_DAY_IF_SUPPRESSED = RateLimit("mails to a suppressed address", limit=1, seconds=24 * 3600)

PROVIDER_PATTERN = re.compile(
    r"(gmail|googlemail|outlook|hotmail|live|msn|yahoo|ymail|aol|icloud|me|mac|gmx|web|t-online|orange|wanadoo|free|laposte"
    r"|libero|proton|protonmail|btinternet|sky|virginmedia|yandex|mail|qq|163|comcast)\.(com|co\.uk|net|de|fr|it|me|ru|es|ca)"
)
"""Mail providers with so many users that thousands may sign up in an hour of breaking news."""


@dataclass(frozen=True)
class SignUpSubmission:
    """One sign-up, as a form or a program submits it.

    Args:
        email: the address as it was typed.
        topics: the topics requested.
        client: key of the client for rate limits (runtime.rate_limits); empty for the installation itself.
        origin: path of the page, site of the form, name of the API token or file; stored with the consent.
        form: the form that was shown; its wording is stored with the consent.
        wording: other wording that was shown, stored instead.
        honeypot: content of the hidden field. People leave it empty, programs fill it in.
        return_slug: slug of the live blog that the reader came from, or empty.
        frequency: how often the subscriber gets mail about the topics.
        zone: IANA name of the reader's time zone; empty for the newsroom's.
        language: BCP 47 tag to store for the subscriber; empty for alerts as they were written.
        page_language: language in which the form was shown.
        has_choice: the form offered more than one topic.
    """

    email: str
    topics: tuple[Topic, ...]
    client: str
    origin: str
    form: SignUpForm = SignUpForm.PAGE
    wording: str = ""
    honeypot: str = ""
    return_slug: str = ""
    frequency: Frequency = Frequency.INSTANT
    zone: str = ""
    language: str = ""
    page_language: str = ""
    has_choice: bool = True


def submit_sign_up(submission: SignUpSubmission, *, now: datetime) -> EmailAddress | None:
    """Check and store one sign-up, and send the confirmation mail.

    Returns:
        The address as it was understood; None if a program filled in the honeypot.

    Raises:
        InvalidAddressError: the text is no address, or its domain accepts no mail.
        SignUpLimitError: a rate limit is reached.
    """
    if submission.honeypot:
        return None
    address = parse_address(submission.email)
    check_client_limits(submission.client, now)
    _check_mail_domain(address)
    limit = SIGN_UPS_PER_PROVIDER if PROVIDER_PATTERN.fullmatch(address.domain) else SIGN_UPS_PER_DOMAIN
    if not limit.allow(address.domain, now):
        message = _("Many people at {domain} have signed up just now. Please try again in an hour.")
        raise SignUpLimitError(message.format(domain=address.domain))
    record_sign_up(address, submission, now=now)
    return address


def record_sign_up(address: EmailAddress, submission: SignUpSubmission, *, now: datetime) -> bool:
    """Store the requested subscriptions and queue one mail: to confirm them, or to state that they are active already.

    An address that got several mails recently gets no further one, so that the form cannot be used to flood the inbox
    of another person.

    Returns:
        True if a mail was queued. The client must not learn this.
    """
    suppressed = is_suppressed(address.key)
    may_send = may_mail(address.key, now, suppressed=suppressed)
    with transaction.atomic():
        block_sends()
        subscriber = _store_subscriber(address, submission, now)
        subscriptions = [_store_subscription(subscriber, topic, submission, now) for topic in submission.topics]
        if not may_send:
            return False
        unconfirmed = [each for each in subscriptions if suppressed or not each.is_active]
        kind = TransactionalKind.CONFIRM if unconfirmed else TransactionalKind.ALREADY_SUBSCRIBED
        _record_consents(subscriber, submission, now)
        topic = (unconfirmed or subscriptions)[0].topic
        queue_transactional_mail(kind, subscriber, topic, now=now, return_slug=submission.return_slug)
    return True


def may_mail(address_key: str, now: datetime, *, suppressed: bool) -> bool:
    """Count one mail to the mailbox of an address; return False if it got too many. Tags and dots are folded."""
    limits = [MAILS_PER_HOUR, MAILS_PER_DAY, *([MAILS_PER_DAY_IF_SUPPRESSED] if suppressed else [])]
    return allow_all([(limit, mailbox_key(address_key)) for limit in limits], now)


def check_client_limits(client: str, now: datetime) -> None:
    """Count one form of a client. Raises SignUpLimitError if there were too many."""
    limits = [(SIGN_UPS_PER_CLIENT, client), (SIGN_UPS_PER_NETWORK, client_network(client))] if client else []
    if limits and not allow_all(limits, now):
        message = _("There were many sign-ups from your connection just now. Please try again in an hour.")
        raise SignUpLimitError(message)


def _check_mail_domain(address: EmailAddress) -> None:
    status = check_mail_domain(address.key.rpartition("@")[2])
    if status is MailDomainStatus.NOT_FOUND:
        message = _("The domain {domain} does not exist. Is it spelled correctly?")
        raise InvalidAddressError(message.format(domain=address.domain))
    if status is MailDomainStatus.REJECTS_MAIL:
        message = _("{domain} accepts no mail. Do you have another address?")
        raise InvalidAddressError(message.format(domain=address.domain))


def _store_subscriber(address: EmailAddress, submission: SignUpSubmission, now: datetime) -> Subscriber:
    values = {"email": address.email, "domain": address.domain, "requested_at": now}
    locale = {"zone": submission.zone, "language": submission.language}
    subscriber, created = Subscriber.objects.get_or_create(  # safe against two sign-ups of an address at once
        key=address.key, defaults=values | locale
    )
    if created:
        restore_suppressions(subscriber)
    elif subscriber.confirmed_at is None:  # a confirmed subscriber alone changes these, on the preferences page
        Subscriber.objects.filter(pk=subscriber.pk).update(**locale)
    return subscriber


def _store_subscription(
    subscriber: Subscriber, topic: Topic, submission: SignUpSubmission, now: datetime
) -> Subscription:
    subscription, created = Subscription.objects.select_related("topic").get_or_create(
        subscriber=subscriber, topic=topic, defaults={"requested_at": now, "frequency": submission.frequency}
    )
    if not created and not subscription.is_active:
        materialise_before_change([subscriber.pk], now=now)
        subscription.requested_at, subscription.frequency = now, submission.frequency
        subscription.save(update_fields=["requested_at", "frequency"])
    return subscription


def _record_consents(subscriber: Subscriber, submission: SignUpSubmission, now: datetime) -> None:
    """Store one consent per topic. Called only with a mail, so that repeated sign-ups cannot fill the table."""
    with in_language(translated_language(submission.page_language)):
        Consent.objects.bulk_create(
            Consent(
                subscriber=subscriber,
                topic=topic,
                kind=ConsentKind.REQUESTED,
                at=now,
                origin=shorten_wording(submission.origin)[:200],
                wording=shorten_wording(submission.wording)
                or form_wording(submission.form, topic, submission.frequency, has_choice=submission.has_choice),
            )
            for topic in submission.topics
        )
