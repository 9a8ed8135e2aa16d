"""The outcome of one message: exactly one of five results, and what each permits.

    Accepted    the relay took the message               done
    Refused     the relay will never take it (5xx)       do not retry
    Deferred    the relay does not take it now (4xx)     retry later
    NotSent     its last byte was not sent               a retry is safe, also through another relay
    Uncertain   its last byte was sent, no reply came    never retry automatically: the message may have arrived

The last byte is that of the final dot's line, or of the text after BDAT.

Reply texts may quote a reader's address, so no repr shows them.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from stoppress.smtp.errors import (
    RelayError,
    RelayLoginError,
    RelayProtocolError,
    RelayUnavailableError,
    SenderRefusedError,
)
from stoppress.smtp.reply import Reply


class Step(Enum):
    """A step that the relay must reply to."""

    GREETING = "greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    FINAL_DOT = "final dot"
    BDAT = "BDAT"
    QUIT = "QUIT"


class Accepted(NamedTuple):
    """The relay has taken responsibility for the message (RFC 5321 section 4.2.5)."""

    code: int
    text: str = ""

    def __repr__(self) -> str:
        return f"Accepted(code={self.code})"


@dataclass(frozen=True, slots=True)
class Refused:
    """The relay, or this program in its place, will not take the message, now or later (5xx)."""

    code: int
    enhanced: str = ""
    text: str = field(default="", repr=False)
    step: Step = Step.RCPT


@dataclass(frozen=True, slots=True)
class Deferred:
    """The relay does not take the message now (4xx). At `Step.MAIL` it takes no message at all for now."""

    code: int
    enhanced: str = ""
    text: str = field(default="", repr=False)
    step: Step = Step.RCPT


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The last byte was sent and no readable reply came: the message may have been taken (RFC 1047)."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The last byte was not sent, so the message was not taken. `error` is set if the relay is the cause."""

    reason: str
    error: RelayError | None = field(default=None, compare=False)


Outcome = Accepted | Refused | Deferred | Uncertain | NotSent

_COMMAND_ERRORS = frozenset({500, 502, 503})
"""Replies about this client's commands, not about the message."""
_BDAT_UNKNOWN = frozenset({500, 501, 502, 503, 504})
_LOGIN_REQUIRED = frozenset({530, 534, 535, 538})
_TOO_LARGE = frozenset({"5.2.3", "5.3.4"})


def classify_reply(step: Step, reply: Reply) -> Outcome:
    """Return the outcome of a message whose step got a reply other than success."""
    if error := relay_error_from_reply(step, reply):
        return NotSent(str(error), error)
    if reply.is_transient_failure:
        return Deferred(reply.code, reply.enhanced, reply.text, step)
    if reply.is_permanent_failure:
        return Refused(reply.code, reply.enhanced, reply.text, step)
    return Uncertain(f"unexpected reply after the {step.value}: {reply.code}")


def relay_error_from_reply(step: Step, reply: Reply) -> RelayError | None:
    """Return the error that an unsuccessful reply reports about the relay; None if it concerns this message only."""
    if kind := _relay_error_kind(step, reply):
        return kind(f"{step.value}: {reply.for_log()}", reply.code, reply.enhanced)
    return None


def _relay_error_kind(step: Step, reply: Reply) -> type[RelayError] | None:
    if step is Step.FINAL_DOT:
        return None
    if step is Step.BDAT:
        return RelayProtocolError if reply.code in _BDAT_UNKNOWN else None
    if reply.code == 421:
        return RelayUnavailableError
    if reply.code in _LOGIN_REQUIRED:
        return RelayLoginError
    is_failure = reply.is_transient_failure or reply.is_permanent_failure
    if reply.code in _COMMAND_ERRORS or step is Step.RSET or not is_failure:
        return RelayProtocolError
    if step is Step.MAIL and reply.is_permanent_failure and not _concerns_size(reply):
        return SenderRefusedError
    return None


def _concerns_size(reply: Reply) -> bool:
    return reply.code == 552 or reply.enhanced in _TOO_LARGE
