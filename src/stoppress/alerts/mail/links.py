"""The signed tokens in readers' links. A token says what it may do, for whom, and cannot be made without the key.

    confirm        one subscriber's wish for one topic; bound to the secret; good for seven days
    manage         all of one subscriber's topics; bound to the secret
    unsubscribe    one subscriber, one topic; for ever, since old mail must always be able to let its reader go
    mute           one subscriber, one live blog: no more about this story; for ever likewise

Tokens are made of letters, digits, `.`, `_` and `-`, so that no mail program breaks one.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.core.signing import BadSignature, Signer

from stoppress.alerts.mail.keyed import Keyed
from stoppress.alerts.models import Subscriber
from stoppress.coverage.newsroom import newsroom

CONFIRM_FOR = timedelta(days=7)


class Purpose(StrEnum):
    """What a link is for; also its place under /alerts/. A token for one is worth nothing for another."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    UNSUBSCRIBE = "unsubscribe"
    MUTE = "mute"


class BadLink(Exception):
    """The token was damaged, made up, or revoked."""


class ExpiredLink(BadLink):
    """The token was good once."""


@dataclass(frozen=True)
class Wish:
    """What a confirm token carries."""

    subscriber_id: int
    topic_id: int
    secret: str
    back_to: str


def confirm_token(subscriber_id: int, topic_id: int, secret: str, back_to: str, now: datetime) -> str:
    """A token that confirms one wish until seven days after `now`."""
    until = int((now + CONFIRM_FOR).timestamp())
    return _sign(Purpose.CONFIRM, f"{subscriber_id}.{topic_id}.{secret}.{until}.{back_to}")


def read_confirm(token: str, now: datetime) -> Wish:
    """Raises BadLink, ExpiredLink."""
    subscriber_id, topic_id, secret, until, back_to = _read(Purpose.CONFIRM, token, 5)
    if now > datetime.fromtimestamp(int(until), tz=UTC):
        raise ExpiredLink
    return Wish(int(subscriber_id), int(topic_id), secret, back_to)


def manage_token(subscriber_id: int, secret: str) -> str:
    """A token that opens one subscriber's choices."""
    return _sign(Purpose.MANAGE, f"{subscriber_id}.{secret}")


def read_manage(token: str) -> tuple[int, str]:
    """Subscriber and secret; raises BadLink."""
    subscriber_id, secret = _read(Purpose.MANAGE, token, 2)
    return int(subscriber_id), secret


def unsubscribe_token(subscriber_id: int, topic_id: int) -> str:
    """A token that ends one subscription."""
    return _sign(Purpose.UNSUBSCRIBE, f"{subscriber_id}.{topic_id}")


def read_unsubscribe(token: str) -> tuple[int, int]:
    """Subscriber and topic; raises BadLink."""
    subscriber_id, topic_id = _read(Purpose.UNSUBSCRIBE, token, 2)
    return int(subscriber_id), int(topic_id)


def mute_token(subscriber_id: int, blog_id: int) -> str:
    """A token that ends mail about one story."""
    return _sign(Purpose.MUTE, f"{subscriber_id}.{blog_id}")


def read_mute(token: str) -> tuple[int, int]:
    """Subscriber and live blog; raises BadLink."""
    subscriber_id, blog_id = _read(Purpose.MUTE, token, 2)
    return int(subscriber_id), int(blog_id)


def address_of(purpose: Purpose, token: str = "") -> str:
    """The public address under which a token of this purpose works; without one, what stands before it."""
    return newsroom().absolute(f"/alerts/{purpose}/{token}")


def manage_path(subscriber: Subscriber) -> str:
    """Where one subscriber's choices are, on this site."""
    return f"/alerts/{Purpose.MANAGE}/{manage_token(subscriber.pk, subscriber.secret)}"


def _sign(purpose: Purpose, payload: str) -> str:
    """As Django's Signer does it, with the key derived once: a million readers get two tokens each."""
    digest = _keyed(purpose.value, settings.SECRET_KEY).digest(payload.encode())
    return f"{payload}.{urlsafe_b64encode(digest)[:-1].decode()}"


@lru_cache
def _keyed(purpose: str, secret: str) -> Keyed:
    salt = f"stoppress.alerts.{purpose}signer"
    return Keyed(sha256(salt.encode() + secret.encode()).digest())


def _read(purpose: Purpose, token: str, parts: int) -> list[str]:
    try:
        payload = Signer(sep=".", salt=f"stoppress.alerts.{purpose}").unsign(token)
    except BadSignature as error:
        raise BadLink from error
    found = payload.split(".", parts - 1)
    if len(found) != parts:
        raise BadLink
    return found
