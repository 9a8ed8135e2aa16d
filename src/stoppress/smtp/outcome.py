"""What became of one message: exactly one of five facts, and what each permits.

    Accepted    the relay took it                        done
    Refused     the relay will never take it (5xx)       do not try again
    Deferred    the relay will not take it now (4xx)     try again later
    NotSent     its last byte was never said             may safely be tried again, elsewhere too
    Uncertain   its last byte was said, no answer came   never try again unasked: it may have arrived

The last byte is that of the final dot's line, or of the text behind BDAT.

Texts may quote a reader's address, so no repr shows them.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from stoppress.smtp.errors import (
    RelayProtocolError,
    RelayError,
    RelayLoginError,
    SenderRefusedError,
    RelayUnavailableError,
)
from stoppress.smtp.reply import Reply


class SmtpStep(Enum):
    """What the relay owes an answer to."""

    GREETING = "greeting"
    HELLO = "EHLO"
    STARTTLS = "STARTTLS"
    LOGIN = "AUTH"
    RESET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "final dot"
    BDAT = "BDAT"
    QUIT = "QUIT"


class Accepted(NamedTuple):
    """The relay has taken responsibility for the message (RFC 5321 4.2.5)."""

    code: int
    text: str = ""

    def __repr__(self) -> str:
        return f"Accepted(code={self.code})"


@dataclass(frozen=True, slots=True)
class Refused:
    """The relay, or this program in its stead, will not take the message, now or later (5xx)."""

    code: int
    enhanced: str = ""
    text: str = field(default="", repr=False)
    at: SmtpStep = SmtpStep.RCPT


@dataclass(frozen=True, slots=True)
class Deferred:
    """The relay does not take the message now (4xx). At `Step.MAIL` it means no message at all, for now."""

    code: int
    enhanced: str = ""
    text: str = field(default="", repr=False)
    at: SmtpStep = SmtpStep.RCPT


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The last byte was said and no readable answer came: the message may have been taken (RFC 1047)."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The last byte was never said, so the message was not taken. `fault`: what is wrong with the relay, if it is."""

    reason: str
    error: RelayError | None = field(default=None, compare=False)


Outcome = Accepted | Refused | Deferred | Uncertain | NotSent

#: Replies that are about us and not about the message: our commands, or a log-in that is missing.
_OUR_COMMANDS = frozenset({500, 502, 503})
_BDAT_UNKNOWN = frozenset({500, 501, 502, 503, 504})
_LOGIN_WANTED = frozenset({530, 534, 535, 538})
_TOO_LARGE = frozenset({"5.2.3", "5.3.4"})


def classify_reply(step: SmtpStep, reply: Reply) -> Outcome:
    """What a reply that is not a yes says about the message."""
    if fault := relay_error_from_reply(step, reply):
        return NotSent(str(fault), fault)
    if reply.is_transient_failure:
        return Deferred(reply.code, reply.enhanced, reply.text, step)
    if reply.is_permanent_failure:
        return Refused(reply.code, reply.enhanced, reply.text, step)
    return Uncertain(f"an answer that makes no sense after the {step.value}: {reply.code}")


def relay_error_from_reply(step: SmtpStep, reply: Reply) -> RelayError | None:
    """What a reply that is not a yes says about the relay as a whole; None when it is about this message."""
    if kind := _fault_kind(step, reply):
        return kind(f"{step.value}: {reply.for_log()}", reply.code, reply.enhanced)
    return None


def _fault_kind(step: SmtpStep, reply: Reply) -> type[RelayError] | None:
    if step is SmtpStep.DOT:
        return None
    if step is SmtpStep.BDAT:
        return RelayProtocolError if reply.code in _BDAT_UNKNOWN else None
    if reply.code == 421:
        return RelayUnavailableError
    if reply.code in _LOGIN_WANTED:
        return RelayLoginError
    if reply.code in _OUR_COMMANDS or step is SmtpStep.RESET or not (reply.is_transient_failure or reply.is_permanent_failure):
        return RelayProtocolError
    if step is SmtpStep.MAIL and reply.is_permanent_failure and not _about_size(reply):
        return SenderRefusedError
    return None


def _about_size(reply: Reply) -> bool:
    return reply.code == 552 or reply.enhanced in _TOO_LARGE
