"""Somebody asks for topics at an address: the one way in, whether by page, block, embedded form or API.

    what was typed ─► hidden field? ─► an address? ─► brakes of client and network ─► does its domain take mail?
        ─► brake of the domain ─► written down ─► brakes of the address ─► a letter

Nothing counts before the address itself has confirmed it. Whoever asks learns nothing about an address: all that is
refused follows from what was typed, its domain, or who asks.
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
from stoppress.subscribers import mail_domains
from stoppress.subscribers.address_validation import EmailAddress, parse_address
from stoppress.subscribers.choices import ConsentKind, Frequency
from stoppress.subscribers.erased_addresses import restore_suppressions, is_suppressed
from stoppress.subscribers.errors import InvalidAddressError, SignUpLimitError
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic

SIGN_UPS_PER_CLIENT = RateLimit("sign-ups by client", limit=20, seconds=3600)
SIGN_UPS_PER_NETWORK = RateLimit("sign-ups by network", limit=100, seconds=3600)
SIGN_UPS_PER_DOMAIN = RateLimit("sign-ups to a domain", limit=200, seconds=3600)
SIGN_UPS_PER_PROVIDER = RateLimit("sign-ups to a provider", limit=20_000, seconds=3600)
MAILS_PER_HOUR = RateLimit("letters to an address, by the hour", limit=2, seconds=3600)
MAILS_PER_DAY = RateLimit("letters to an address, by the day", limit=5, seconds=24 * 3600)
MAILS_PER_DAY_IF_SUPPRESSED = RateLimit("letters to an address that must not be written to", limit=1, seconds=24 * 3600)

PROVIDER_PATTERN = re.compile(
    r"(gmail|googlemail|outlook|hotmail|live|msn|yahoo|ymail|aol|icloud|me|mac|gmx|web|t-online|orange|wanadoo|free|laposte"
    r"|libero|proton|protonmail|btinternet|sky|virginmedia|yandex|mail|qq|163|comcast)\.(com|co\.uk|net|de|fr|it|me|ru|es|ca)"
)
"""Where so many people have their address that many of them sign up in an hour of great news."""


@dataclass(frozen=True)
class SignUpSubmission:
    """One sign-up, as it came in. `client` is who asks (brakes.client_address); empty for the installation itself.

    `origin` and the words of `form` in the language `spoken`, or other `words` that were shown, are kept with the
    consent.
    """

    email: str
    topics: tuple[Topic, ...]
    client: str
    origin: str
    form: SignUpForm = SignUpForm.PAGE
    wording: str = ""
    honeypot: str = ""
    back_to: str = ""
    frequency: Frequency = Frequency.INSTANT
    zone: str = ""
    language: str = ""
    page_language: str = ""


def submit_sign_up(asking: SignUpSubmission, *, now: datetime) -> EmailAddress | None:
    """Take one sign-up; the address as it was understood, or None if a program filled in the hidden field.

    Raises BadAddress, TooManySignUps.
    """
    if asking.honeypot:
        return None
    address = parse_address(asking.email)
    _slow_down_who_asks(asking.client, now)
    _refuse_dead_domain(address)
    brake = SIGN_UPS_PER_PROVIDER if PROVIDER_PATTERN.fullmatch(address.domain) else SIGN_UPS_PER_DOMAIN
    if not brake.allow(address.domain, now):
        raise SignUpLimitError(
            _("Many people at {domain} have signed up just now. Please try again in an hour.").format(
                domain=address.domain
            )
        )
    record_sign_up(address, asking, now=now)
    return address


def record_sign_up(address: EmailAddress, asking: SignUpSubmission, *, now: datetime) -> bool:
    """Write the wishes down and send one letter: to confirm them, or to say that they are in force already.

    An address that was written to often of late gets no further letter: nobody can use the form to flood somebody
    else's inbox. Whether there was one is returned, and must not be told to whoever asked.
    """
    brakes = [MAILS_PER_HOUR, MAILS_PER_DAY]
    if suppressed := is_suppressed(address.key):
        brakes.append(MAILS_PER_DAY_IF_SUPPRESSED)
    may_write = allow_all([(brake, address.key) for brake in brakes], now)
    with transaction.atomic():
        block_sends()
        subscriber = _subscriber(address, asking, now)
        wishes = [_wish(subscriber, topic, asking, now) for topic in asking.topics]
        if not may_write:
            return False
        open_wishes = [wish for wish in wishes if suppressed or not wish.is_active]
        letter = TransactionalKind.CONFIRM if open_wishes else TransactionalKind.ALREADY_SUBSCRIBED
        _remember(subscriber, asking, now)
        queue_transactional_mail(letter, subscriber, (open_wishes or wishes)[0].topic, now=now, return_slug=asking.back_to)
    return True


def _slow_down_who_asks(client: str, now: datetime) -> None:
    if client and not allow_all([(SIGN_UPS_PER_CLIENT, client), (SIGN_UPS_PER_NETWORK, client_network(client))], now):
        raise SignUpLimitError(_("There were many sign-ups from your connection just now. Please try again in an hour."))


def _refuse_dead_domain(address: EmailAddress) -> None:
    found = mail_domains.check(address.key.rpartition("@")[2])
    if found is mail_domains.MailDomainStatus.NOT_FOUND:
        raise InvalidAddressError(_("There is no {domain}. Is it spelled as it should be?").format(domain=address.domain))
    if found is mail_domains.MailDomainStatus.REJECTS_MAIL:
        raise InvalidAddressError(_("{domain} takes no mail. Is there another address of yours?").format(domain=address.domain))


def _subscriber(address: EmailAddress, asking: SignUpSubmission, now: datetime) -> Subscriber:
    facts = {"email": address.email, "domain": address.domain, "requested_at": now}
    wishes = {"zone": asking.zone, "language": asking.language}
    subscriber, new = Subscriber.objects.get_or_create(  # safe against the same address twice at the same moment
        key=address.key, defaults=facts | wishes
    )
    if new:
        restore_suppressions(subscriber)
    elif subscriber.confirmed_at is None:  # whoever has confirmed chooses on their own page, and nobody else for them
        Subscriber.objects.filter(pk=subscriber.pk).update(**wishes)
    return subscriber


def _wish(subscriber: Subscriber, topic: Topic, asking: SignUpSubmission, now: datetime) -> Subscription:
    wish, new = Subscription.objects.select_related("topic").get_or_create(
        subscriber=subscriber, topic=topic, defaults={"requested_at": now, "frequency": asking.frequency}
    )
    if not new and not wish.is_active:
        materialise_before_change([subscriber.pk], now=now)
        wish.requested_at, wish.frequency = now, asking.frequency
        wish.save(update_fields=["requested_at", "frequency"])
    return wish


def _remember(subscriber: Subscriber, asking: SignUpSubmission, now: datetime) -> None:
    """Only with a letter, so that nobody fills the table by asking for ever."""
    with in_language(translated_language(asking.page_language)):
        Consent.objects.bulk_create(_consents(subscriber, asking, now))


def _consents(subscriber: Subscriber, asking: SignUpSubmission, now: datetime) -> list[Consent]:
    return [
        Consent(
            subscriber=subscriber,
            topic=topic,
            kind=ConsentKind.REQUESTED,
            at=now,
            origin=shorten_wording(asking.origin)[:200],
            wording=shorten_wording(asking.wording) or form_wording(asking.form, topic, asking.frequency),
        )
        for topic in asking.topics
    ]
