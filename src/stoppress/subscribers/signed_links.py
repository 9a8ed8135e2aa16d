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
from stoppress.runtime.keyed_digests import is_valid_digest, digest_function
from stoppress.subscribers.models import Subscriber

CONFIRM_LINK_LIFETIME = timedelta(days=7)
UNDO_LINK_LIFETIME = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SIGNATURE_BYTES = 16
"""Bytes of a token's seal."""


class LinkPurpose(StrEnum):
    """What a link is for; also its place under /alerts/. A token for one is worth nothing for another."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    UNSUBSCRIBE = "unsubscribe"
    MUTE = "mute"
    UNDO = "undo"


class InvalidLinkError(Exception):
    """The token was damaged, made up, or revoked."""


class ExpiredLinkError(InvalidLinkError):
    """The token was good once."""


@dataclass(frozen=True)
class UndoLink:
    """What an undo token carries: which leaving it takes back."""

    subscriber_id: int
    topic_id: int
    at: datetime


@dataclass(frozen=True)
class ConfirmLink:
    """What a confirm token carries."""

    subscriber_id: int
    topic_id: int
    secret: str
    back_to: str


def make_confirm_token(subscriber_id: int, topic_id: int, secret: str, back_to: str, now: datetime) -> str:
    """A token that confirms one wish until seven days after `now`."""
    until = int((now + CONFIRM_LINK_LIFETIME).timestamp())
    return _sign(LinkPurpose.CONFIRM, f"{subscriber_id}.{topic_id}.{secret}.{until}.{back_to}")


def read_confirm_token(token: str, now: datetime) -> ConfirmLink:
    """Raises InvalidLinkError, ExpiredLinkError."""
    subscriber_id, topic_id, secret, until, back_to = _read(LinkPurpose.CONFIRM, token, 5)
    if now > datetime.fromtimestamp(int(until), tz=UTC):
        raise ExpiredLinkError
    return ConfirmLink(int(subscriber_id), int(topic_id), secret, back_to)


def make_manage_token(subscriber_id: int, secret: str) -> str:
    """A token that opens one subscriber's choices."""
    return _sign(LinkPurpose.MANAGE, f"{subscriber_id}.{secret}")


def read_manage_token(token: str) -> tuple[int, str]:
    """Subscriber and secret; raises BadLink."""
    subscriber_id, secret = _read(LinkPurpose.MANAGE, token, 2)
    return int(subscriber_id), secret


def make_unsubscribe_token(subscriber_id: int, topic_id: int) -> str:
    """A token that ends one subscription."""
    return _sign(LinkPurpose.UNSUBSCRIBE, f"{subscriber_id}.{topic_id}")


def read_unsubscribe_token(token: str) -> tuple[int, int]:
    """Subscriber and topic; raises BadLink."""
    subscriber_id, topic_id = _read(LinkPurpose.UNSUBSCRIBE, token, 2)
    return int(subscriber_id), int(topic_id)


def make_mute_token(subscriber_id: int, blog_id: int) -> str:
    """A token that ends mail about one story."""
    return _sign(LinkPurpose.MUTE, f"{subscriber_id}.{blog_id}")


def read_mute_token(token: str) -> tuple[int, int]:
    """Subscriber and live blog; raises BadLink."""
    subscriber_id, blog_id = _read(LinkPurpose.MUTE, token, 2)
    return int(subscriber_id), int(blog_id)


def make_undo_token(left: UndoLink) -> str:
    """A token that takes one leaving back, until an hour after it."""
    return _sign(LinkPurpose.UNDO, f"{left.subscriber_id}.{left.topic_id}.{(left.at - EPOCH) // MICROSECOND}")


def read_undo_token(token: str, now: datetime) -> UndoLink:
    """Raises InvalidLinkError, ExpiredLinkError."""
    subscriber_id, topic_id, at = _read(LinkPurpose.UNDO, token, 3)
    left = UndoLink(int(subscriber_id), int(topic_id), EPOCH + int(at) * MICROSECOND)
    if now > left.at + UNDO_LINK_LIFETIME:
        raise ExpiredLinkError
    return left


def link_url(purpose: LinkPurpose, token: str = "") -> str:
    """The public address under which a token of this purpose works; without one, what stands before it."""
    return newsroom().absolute_url(f"/alerts/{purpose}/{token}")


def manage_path(subscriber: Subscriber) -> str:
    """Where one subscriber's choices are, on this site."""
    return f"/alerts/{LinkPurpose.MANAGE}/{make_manage_token(subscriber.pk, subscriber.secret)}"


def token_signer(purpose: LinkPurpose) -> Callable[[bytes], bytes]:
    """What makes tokens of this purpose out of what they carry, for a million readers as fast as for one."""
    seal = digest_function(purpose, SIGNATURE_BYTES)
    return lambda payload: b"%b.%b" % (payload, seal(payload))


def _sign(purpose: LinkPurpose, payload: str) -> str:
    return token_signer(purpose)(payload.encode()).decode()


def _read(purpose: LinkPurpose, token: str, parts: int) -> list[str]:
    payload, _, seal = token.encode("utf-8", "replace").rpartition(b".")
    if not is_valid_digest(payload, seal, digest_function(purpose, SIGNATURE_BYTES)):
        raise InvalidLinkError
    found = payload.decode().split(".", parts - 1)
    if len(found) != parts:
        raise InvalidLinkError
    return found
