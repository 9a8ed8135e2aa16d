"""The signed tokens in readers' links. A token says what it may do, for whom, and cannot be made without the key.

    confirm        one subscriber's wish for one topic; bound to the secret; good for seven days
    manage         all of one subscriber's topics; bound to the secret
    unsubscribe    one subscriber, one topic; for ever, since old mail must always be able to let its reader go
    mute           one subscriber, one live blog: no more about this story; for ever likewise
    undo           takes one leaving back; good for an hour after it

Tokens are made of letters, digits, `.`, `_` and `-`, so that no mail program breaks one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from stoppress.coverage.newsroom import newsroom
from stoppress.runtime.keyed_digests import is_sealed, seal_for
from stoppress.subscribers.models import Subscriber

CONFIRM_FOR = timedelta(days=7)
UNDO_FOR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEAL = 16
"""Bytes of a token's seal."""


class Purpose(StrEnum):
    """What a link is for; also its place under /alerts/. A token for one is worth nothing for another."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    UNSUBSCRIBE = "unsubscribe"
    MUTE = "mute"
    UNDO = "undo"


class BadLink(Exception):
    """The token was damaged, made up, or revoked."""


class ExpiredLink(BadLink):
    """The token was good once."""


@dataclass(frozen=True)
class Left:
    """What an undo token carries: which leaving it takes back."""

    subscriber_id: int
    topic_id: int
    at: datetime


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


def undo_token(left: Left) -> str:
    """A token that takes one leaving back, until an hour after it."""
    return _sign(Purpose.UNDO, f"{left.subscriber_id}.{left.topic_id}.{(left.at - EPOCH) // MICROSECOND}")


def read_undo(token: str, now: datetime) -> Left:
    """Raises BadLink, ExpiredLink."""
    subscriber_id, topic_id, at = _read(Purpose.UNDO, token, 3)
    left = Left(int(subscriber_id), int(topic_id), EPOCH + int(at) * MICROSECOND)
    if now > left.at + UNDO_FOR:
        raise ExpiredLink
    return left


def address_of(purpose: Purpose, token: str = "") -> str:
    """The public address under which a token of this purpose works; without one, what stands before it."""
    return newsroom().absolute(f"/alerts/{purpose}/{token}")


def manage_path(subscriber: Subscriber) -> str:
    """Where one subscriber's choices are, on this site."""
    return f"/alerts/{Purpose.MANAGE}/{manage_token(subscriber.pk, subscriber.secret)}"


def tokens_for(purpose: Purpose) -> Callable[[bytes], bytes]:
    """What makes tokens of this purpose out of what they carry, for a million readers as fast as for one."""
    seal = seal_for(purpose, SEAL)
    return lambda payload: b"%b.%b" % (payload, seal(payload))


def _sign(purpose: Purpose, payload: str) -> str:
    return tokens_for(purpose)(payload.encode()).decode()


def _read(purpose: Purpose, token: str, parts: int) -> list[str]:
    payload, _, seal = token.encode("utf-8", "replace").rpartition(b".")
    if not is_sealed(payload, seal, seal_for(purpose, SEAL)):
        raise BadLink
    found = payload.decode().split(".", parts - 1)
    if len(found) != parts:
        raise BadLink
    return found
