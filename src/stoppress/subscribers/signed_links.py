"""Signed tokens in the links of mail. A token states its purpose and subject, and only the secret key can create it.

    confirm        one subscriber's request for one topic; bound to the subscriber's secret; valid for seven days
    manage         all topics and data of one subscriber; bound to the subscriber's secret; valid for thirty days
    unsubscribe    one subscriber, one topic; never expires, since old mail must always let its reader unsubscribe
    mute           one subscriber, one live blog: no more mail about this story; never expires either
    undo           takes one unsubscription back; valid for an hour after it

Tokens consist of letters, digits, `.`, `_` and `-`, so that no mail program breaks them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from stoppress.coverage.newsroom import newsroom
from stoppress.runtime.keyed_digests import digest_function, is_valid_digest

CONFIRM_LINK_LIFETIME = timedelta(days=7)
MANAGE_LINK_LIFETIME = timedelta(days=30)
UNDO_LINK_LIFETIME = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SIGNATURE_BYTES = 16
"""Length of a signature before it is written in hexadecimal."""


class LinkPurpose(StrEnum):
    """What a link does; also its path below /alerts/. A token for one purpose is not valid for another."""

    CONFIRM = "confirm"
    MANAGE = "manage"
    UNSUBSCRIBE = "unsubscribe"
    MUTE = "mute"
    UNDO = "undo"


class InvalidLinkError(Exception):
    """The token is damaged, forged or revoked."""


class ExpiredLinkError(InvalidLinkError):
    """The token was valid once and has expired."""


class ExpiredManageLinkError(ExpiredLinkError):
    """The token opened a preferences page once; its owner can request a new one."""


@dataclass(frozen=True)
class UndoLink:
    """Content of an undo token: the unsubscription that it takes back, and the time of that unsubscription."""

    subscriber_id: int
    topic_id: int
    at: datetime


@dataclass(frozen=True)
class ConfirmLink:
    """Content of a confirm token. `return_slug` is the slug of the live blog that the reader came from, or empty."""

    subscriber_id: int
    topic_id: int
    secret: str
    return_slug: str


def make_confirm_token(subscriber_id: int, topic_id: int, secret: str, return_slug: str, now: datetime) -> str:
    """Return a token that confirms one requested topic until seven days after `now`."""
    expires = int((now + CONFIRM_LINK_LIFETIME).timestamp())
    return _sign(LinkPurpose.CONFIRM, f"{subscriber_id}.{topic_id}.{secret}.{expires}.{return_slug}")


def read_confirm_token(token: str, now: datetime) -> ConfirmLink:
    """Return the content of a confirm token.

    Raises:
        InvalidLinkError: the signature is not ours.
        ExpiredLinkError: seven days have passed.
    """
    subscriber_id, topic_id, secret, expires, return_slug = _verify_and_split(LinkPurpose.CONFIRM, token, 5)
    if now > datetime.fromtimestamp(int(expires), tz=UTC):
        raise ExpiredLinkError
    return ConfirmLink(int(subscriber_id), int(topic_id), secret, return_slug)


def make_manage_token(subscriber_id: int, secret: str, now: datetime) -> str:
    """Return a token that opens one subscriber's preferences until thirty days after `now`."""
    return _sign(LinkPurpose.MANAGE, f"{subscriber_id}.{secret}.{manage_expiry(now)}")


def manage_expiry(now: datetime) -> int:
    """Return the end of a manage token made at `now`, in seconds since 1970."""
    return int((now + MANAGE_LINK_LIFETIME).timestamp())


def read_manage_token(token: str, now: datetime) -> tuple[int, str]:
    """Return the subscriber's id and secret.

    Raises:
        InvalidLinkError: the signature is not ours.
        ExpiredManageLinkError: thirty days have passed.
    """
    subscriber_id, secret, expires = _verify_and_split(LinkPurpose.MANAGE, token, 3)
    if now > datetime.fromtimestamp(int(expires), tz=UTC):
        raise ExpiredManageLinkError
    return int(subscriber_id), secret


def make_unsubscribe_token(subscriber_id: int, topic_id: int) -> str:
    """Return a token that ends one subscription."""
    return _sign(LinkPurpose.UNSUBSCRIBE, f"{subscriber_id}.{topic_id}")


def read_unsubscribe_token(token: str) -> tuple[int, int]:
    """Return the ids of subscriber and topic. Raises InvalidLinkError."""
    return _read_two_ids(LinkPurpose.UNSUBSCRIBE, token)


def make_mute_token(subscriber_id: int, blog_id: int) -> str:
    """Return a token that ends mail about one story."""
    return _sign(LinkPurpose.MUTE, f"{subscriber_id}.{blog_id}")


def read_mute_token(token: str) -> tuple[int, int]:
    """Return the ids of subscriber and live blog. Raises InvalidLinkError."""
    return _read_two_ids(LinkPurpose.MUTE, token)


def make_undo_token(link: UndoLink) -> str:
    """Return a token that takes one unsubscription back, until an hour after it."""
    return _sign(LinkPurpose.UNDO, f"{link.subscriber_id}.{link.topic_id}.{(link.at - EPOCH) // MICROSECOND}")


def read_undo_token(token: str, now: datetime) -> UndoLink:
    """Return the content of an undo token.

    Raises:
        InvalidLinkError: the signature is not ours.
        ExpiredLinkError: more than an hour has passed since the unsubscription.
    """
    subscriber_id, topic_id, microseconds = _verify_and_split(LinkPurpose.UNDO, token, 3)
    link = UndoLink(int(subscriber_id), int(topic_id), EPOCH + int(microseconds) * MICROSECOND)
    if now > link.at + UNDO_LINK_LIFETIME:
        raise ExpiredLinkError
    return link


def link_url(purpose: LinkPurpose, token: str = "") -> str:
    """Return the public URL of a token for `purpose`; without a token, the part of the URL before it."""
    return newsroom().absolute_url(f"/alerts/{purpose}/{token}")


def token_signer(purpose: LinkPurpose) -> Callable[[bytes], bytes]:
    """Return a function that makes a token of `purpose` from its payload.

    The key is set up once, so that a million tokens cost only one digest each.
    """
    sign = digest_function(purpose, SIGNATURE_BYTES)
    return lambda payload: b"%b.%b" % (payload, sign(payload))


def _sign(purpose: LinkPurpose, payload: str) -> str:
    return token_signer(purpose)(payload.encode()).decode()


def _verify_and_split(purpose: LinkPurpose, token: str, part_count: int) -> list[str]:
    payload, _, signature = token.encode("utf-8", "replace").rpartition(b".")
    if not is_valid_digest(payload, signature, digest_function(purpose, SIGNATURE_BYTES)):
        raise InvalidLinkError
    parts = payload.decode().split(".", part_count - 1)
    if len(parts) != part_count:
        raise InvalidLinkError
    return parts


def _read_two_ids(purpose: LinkPurpose, token: str) -> tuple[int, int]:
    subscriber_id, other_id = _verify_and_split(purpose, token, 2)
    return int(subscriber_id), int(other_id)
