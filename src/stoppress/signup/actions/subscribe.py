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
from stoppress.delivery.choices import Letter
from stoppress.delivery.ledger.queue_transactional_mail import post_letter
from stoppress.delivery.recipients.before_subscription_change import prepare_change
from stoppress.delivery.recipients.send_order import hold_off_sends
from stoppress.runtime.networks import client_network
from stoppress.runtime.rate_limits import Brake, allow_all
from stoppress.signup.consent_wording import Form, agreed, cut
from stoppress.subscribers import mail_domains
from stoppress.subscribers.address_validation import Address, tidy_address
from stoppress.subscribers.choices import ConsentKind, Rhythm
from stoppress.subscribers.erased_addresses import carry_over, must_not_be_written_to
from stoppress.subscribers.errors import BadAddress, TooManySignUps
from stoppress.subscribers.models import Consent, Subscriber, Subscription, Topic

BY_CLIENT = Brake("sign-ups by client", limit=20, seconds=3600)
BY_NETWORK = Brake("sign-ups by network", limit=100, seconds=3600)
TO_DOMAIN = Brake("sign-ups to a domain", limit=200, seconds=3600)
TO_PROVIDER = Brake("sign-ups to a provider", limit=20_000, seconds=3600)
LETTERS_AN_HOUR = Brake("letters to an address, by the hour", limit=2, seconds=3600)
LETTERS_A_DAY = Brake("letters to an address, by the day", limit=5, seconds=24 * 3600)
LETTERS_TO_SUPPRESSED = Brake("letters to an address that must not be written to", limit=1, seconds=24 * 3600)

PROVIDERS = re.compile(
    r"(gmail|googlemail|outlook|hotmail|live|msn|yahoo|ymail|aol|icloud|me|mac|gmx|web|t-online|orange|wanadoo|free|laposte"
    r"|libero|proton|protonmail|btinternet|sky|virginmedia|yandex|mail|qq|163|comcast)\.(com|co\.uk|net|de|fr|it|me|ru|es|ca)"
)
"""Where so many people have their address that many of them sign up in an hour of great news."""


@dataclass(frozen=True)
class Asking:
    """One sign-up, as it came in. `client` is who asks (brakes.client_address); empty for the installation itself.

    `place` and the words of `form` in the language `spoken`, or other `words` that were shown, are kept with the
    consent.
    """

    typed: str
    topics: tuple[Topic, ...]
    client: str
    place: str
    form: Form = Form.PAGE
    words: str = ""
    trap: str = ""
    back_to: str = ""
    rhythm: Rhythm = Rhythm.INSTANT
    zone: str = ""
    language: str = ""
    spoken: str = ""


def ask(asking: Asking, *, now: datetime) -> Address | None:
    """Take one sign-up; the address as it was understood, or None if a program filled in the hidden field.

    Raises BadAddress, TooManySignUps.
    """
    if asking.trap:
        return None
    address = tidy_address(asking.typed)
    _slow_down_who_asks(asking.client, now)
    _refuse_dead_domain(address)
    brake = TO_PROVIDER if PROVIDERS.fullmatch(address.domain) else TO_DOMAIN
    if not brake.allow(address.domain, now):
        raise TooManySignUps(
            _("Many people at {domain} have signed up just now. Please try again in an hour.").format(
                domain=address.domain
            )
        )
    ask_for(address, asking, now=now)
    return address


def ask_for(address: Address, asking: Asking, *, now: datetime) -> bool:
    """Write the wishes down and send one letter: to confirm them, or to say that they are in force already.

    An address that was written to often of late gets no further letter: nobody can use the form to flood somebody
    else's inbox. Whether there was one is returned, and must not be told to whoever asked.
    """
    brakes = [LETTERS_AN_HOUR, LETTERS_A_DAY]
    if suppressed := must_not_be_written_to(address.key):
        brakes.append(LETTERS_TO_SUPPRESSED)
    may_write = allow_all([(brake, address.key) for brake in brakes], now)
    with transaction.atomic():
        hold_off_sends()
        subscriber = _subscriber(address, asking, now)
        wishes = [_wish(subscriber, topic, asking, now) for topic in asking.topics]
        if not may_write:
            return False
        open_wishes = [wish for wish in wishes if suppressed or not wish.in_force]
        letter = Letter.CONFIRM if open_wishes else Letter.KNOWN
        _remember(subscriber, asking, now)
        post_letter(letter, subscriber, (open_wishes or wishes)[0].topic, now=now, back_to=asking.back_to)
    return True


def _slow_down_who_asks(client: str, now: datetime) -> None:
    if client and not allow_all([(BY_CLIENT, client), (BY_NETWORK, client_network(client))], now):
        raise TooManySignUps(_("There were many sign-ups from your connection just now. Please try again in an hour."))


def _refuse_dead_domain(address: Address) -> None:
    found = mail_domains.verdict(address.key.rpartition("@")[2])
    if found is mail_domains.Verdict.NOT_THERE:
        raise BadAddress(_("There is no {domain}. Is it spelled as it should be?").format(domain=address.domain))
    if found is mail_domains.Verdict.TAKES_NONE:
        raise BadAddress(_("{domain} takes no mail. Is there another address of yours?").format(domain=address.domain))


def _subscriber(address: Address, asking: Asking, now: datetime) -> Subscriber:
    facts = {"email": address.email, "domain": address.domain, "asked_at": now}
    wishes = {"zone": asking.zone, "language": asking.language}
    subscriber, new = Subscriber.objects.get_or_create(  # safe against the same address twice at the same moment
        key=address.key, defaults=facts | wishes
    )
    if new:
        carry_over(subscriber)
    elif subscriber.confirmed_at is None:  # whoever has confirmed chooses on their own page, and nobody else for them
        Subscriber.objects.filter(pk=subscriber.pk).update(**wishes)
    return subscriber


def _wish(subscriber: Subscriber, topic: Topic, asking: Asking, now: datetime) -> Subscription:
    wish, new = Subscription.objects.select_related("topic").get_or_create(
        subscriber=subscriber, topic=topic, defaults={"asked_at": now, "rhythm": asking.rhythm}
    )
    if not new and not wish.in_force:
        prepare_change([subscriber.pk], now=now)
        wish.asked_at, wish.rhythm = now, asking.rhythm
        wish.save(update_fields=["asked_at", "rhythm"])
    return wish


def _remember(subscriber: Subscriber, asking: Asking, now: datetime) -> None:
    """Only with a letter, so that nobody fills the table by asking for ever."""
    with in_language(translated_language(asking.spoken)):
        Consent.objects.bulk_create(_consents(subscriber, asking, now))


def _consents(subscriber: Subscriber, asking: Asking, now: datetime) -> list[Consent]:
    return [
        Consent(
            subscriber=subscriber,
            topic=topic,
            kind=ConsentKind.ASKED,
            at=now,
            place=cut(asking.place)[:200],
            words=cut(asking.words) or agreed(asking.form, topic, asking.rhythm),
        )
        for topic in asking.topics
    ]
