"""The client's side of SMTP (RFC 5321) without I/O: bytes in, events out; commands in, bytes out.

The law: **we speak only when nothing is owed to us, and every command is owed one answer.** `_SAY` lists what may be
said in which state, `_HEAR` what a yes leads to; any other answer is a fault. Messages on their way keep their own laws
in `window.py`.

    CONNECTED ─220─► GREETED ─EHLO─► INTRODUCING ─250─► READY ─MAIL─► SENDING ─each has its outcome─► READY
                        ▲                               │ │
                        └─ HANDSHAKING ◄─220─ SECURING ◄┘ └─AUTH─► LOGGING_IN ─235─► READY
"""

from base64 import b64encode
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import (
    CommandSequenceError,
    RelayProtocolError,
    RelayError,
    RelayInsecureError,
    RelayLoginError,
    RelayUnavailableError,
)
from stoppress.smtp.extensions import Extensions
from stoppress.smtp.outcome import SmtpStep
from stoppress.smtp.pipelining import MessageFinished, PipelinedWindow
from stoppress.smtp.reply import Reply, ReplyParser


class ConversationState(Enum):
    """Where the conversation stands."""

    CONNECTED = auto()
    GREETED = auto()
    INTRODUCING = auto()
    SECURING = auto()
    HANDSHAKING = auto()
    LOGGING_IN = auto()
    READY = auto()
    SENDING = auto()
    QUITTING = auto()
    CLOSED = auto()


_SAY: dict[ConversationState, dict[SmtpStep, ConversationState]] = {
    ConversationState.GREETED: {SmtpStep.HELLO: ConversationState.INTRODUCING, SmtpStep.QUIT: ConversationState.QUITTING},
    ConversationState.READY: {
        SmtpStep.STARTTLS: ConversationState.SECURING,
        SmtpStep.LOGIN: ConversationState.LOGGING_IN,
        SmtpStep.MAIL: ConversationState.SENDING,
        SmtpStep.QUIT: ConversationState.QUITTING,
    },
}

_HEAR: dict[ConversationState, ConversationState] = {
    ConversationState.CONNECTED: ConversationState.GREETED,
    ConversationState.INTRODUCING: ConversationState.READY,
    ConversationState.SECURING: ConversationState.HANDSHAKING,
    ConversationState.LOGGING_IN: ConversationState.READY,
    ConversationState.QUITTING: ConversationState.CLOSED,
}

_OWED: dict[ConversationState, SmtpStep] = {
    ConversationState.CONNECTED: SmtpStep.GREETING,
    ConversationState.INTRODUCING: SmtpStep.HELLO,
    ConversationState.SECURING: SmtpStep.STARTTLS,
    ConversationState.LOGGING_IN: SmtpStep.LOGIN,
    ConversationState.QUITTING: SmtpStep.QUIT,
}

_FAULTS: dict[ConversationState, type[RelayError]] = {
    ConversationState.SECURING: RelayInsecureError,
    ConversationState.LOGGING_IN: RelayLoginError,
}


@dataclass(frozen=True, slots=True)
class StepAccepted:
    """The relay said yes to a step that is not a message. After `Step.STARTTLS` the TLS handshake is due."""

    step: SmtpStep


@dataclass(frozen=True, slots=True)
class ConversationFailed:
    """The conversation is over, and no message was on its way."""

    error: RelayError


ConversationEvent = StepAccepted | MessageFinished | ConversationFailed


class Conversation:
    """One conversation with one relay, from its greeting on.

    Call a command, send what `data_to_send()` gives until it gives b"", pass what comes back to `receive_data()`.

    Args:
        plain: use neither PIPELINING nor CHUNKING, whatever is offered.
    """

    def __init__(self, *, allow_pipelining: bool = True) -> None:
        self.state = ConversationState.CONNECTED
        self.extensions = Extensions()
        self._replies = ReplyParser()
        self._outgoing: deque[bytes] = deque()
        self._window: PipelinedWindow | None = None
        self._transaction_open = self._bdat_accepted = False
        self._allow_pipelining = allow_pipelining
        self._name = ""  # The name that EHLO was said with; "" once HELO is said.
        self._secrets: deque[bytes] = deque()

    # Commands

    def ehlo(self, name: str) -> None:
        """Introduce ourselves with EHLO, and with HELO to a relay that does not know it (RFC 5321 4.1.4).

        Args:
            name: our host's full name, or an address literal such as [192.0.2.1].

        Raises:
            ValueError: the name is no name.
        """
        if not name.isascii() or not name.isprintable() or not name or " " in name:
            raise ValueError("a host introduces itself by a name in printable ASCII, without spaces")
        self._turn(SmtpStep.HELLO)
        self._name = name
        self._say(b"EHLO " + name.encode())

    def starttls(self) -> None:
        """Ask for TLS (RFC 3207). After `Agreed(STARTTLS)`: handshake, then `tls_established()`, then `ehlo()` again."""
        self._turn(SmtpStep.STARTTLS)
        self._say(b"STARTTLS")

    def tls_established(self) -> None:
        """The TLS handshake is done: what the relay offered in the clear counts for nothing (RFC 3207 4.2)."""
        if self.state is not ConversationState.HANDSHAKING:
            raise CommandSequenceError(f"no TLS handshake is due while {self.state.name}")
        self.state = ConversationState.GREETED
        self.extensions = Extensions()

    def login(self, user: str, password: str) -> None:
        """Log in by PLAIN (RFC 4616), or by LOGIN where that is all the relay offers.

        Raises:
            RelayRefusedLogin: it offers neither.
        """
        if "PLAIN" in self.extensions.auth_mechanisms:
            self._turn(SmtpStep.LOGIN)
            self._say(b"AUTH PLAIN " + b64encode(f"\0{user}\0{password}".encode()))
        elif "LOGIN" in self.extensions.auth_mechanisms:
            self._turn(SmtpStep.LOGIN)
            self._secrets.extend([b64encode(user.encode()), b64encode(password.encode())])
            self._say(b"AUTH LOGIN")
        else:
            raise RelayLoginError("the relay offers neither AUTH PLAIN nor AUTH LOGIN")

    def start_window(self, envelopes: Sequence[Envelope], begin: Callable[[int], None] | None = None) -> Sequence[ConversationEvent]:
        """Send these; each ends in one `Finished`, then or now. Those that cannot go through this relay end now.

        Args:
            envelopes: what to send.
            begin: as Window takes it.
        """
        self._turn(SmtpStep.MAIL)
        self._window = PipelinedWindow(envelopes, self.extensions, transaction_open=self._transaction_open, bdat_accepted=self._bdat_accepted, begin=begin)
        return self._news_of(self._window)

    def quit(self) -> None:
        """Take leave; ends in `Agreed(QUIT)`."""
        self._turn(SmtpStep.QUIT)
        self._say(b"QUIT")

    # Bytes

    def data_to_send(self) -> bytes:
        """The next piece to send, b"" when there is none. What is handed out counts as said."""
        if self._window:
            return self._window.data_to_send()
        return self._outgoing.popleft() if self._outgoing else b""

    def receive_data(self, data: bytes) -> Sequence[ConversationEvent]:
        """Take bytes from the relay, b"" for the end of the connection; return what they mean. Never raises."""
        if not data or self.is_closed:
            return self.connection_lost("the relay closed the connection")
        replies, fault = self._replies.feed(data)
        window = self._window
        if window is not None and fault is None and window.receive_round(replies):
            return self._news_of(window)
        events: list[ConversationEvent] = []
        for reply in replies:
            window = self._window
            if window is None:
                if self.state is ConversationState.CLOSED:
                    break
                events += self._hear(reply)
                continue
            window.receive_reply(reply)
            if window.is_finished:
                events += self._news_of(window)
        if self._window and self._window.finished:
            events += self._news_of(self._window)
        if self.state is ConversationState.HANDSHAKING and not self._replies.is_idle:
            events += self._cut(RelayProtocolError("the relay spoke in the clear after STARTTLS"))
        if fault:
            events += self._cut(fault)
        return events

    def recall(self, reason: str) -> Sequence[ConversationEvent]:
        """Take back the messages that have not begun; they end as not sent."""
        if self._window is None:
            return []
        self._window.recall(reason)
        return self._news_of(self._window)

    def connection_lost(self, reason: str) -> Sequence[ConversationEvent]:
        """The connection is gone, or patience is."""
        return self._cut(RelayUnavailableError(reason))

    @property
    def is_closed(self) -> bool:
        """True when nothing more can be said or heard."""
        return self.state is ConversationState.CLOSED

    @property
    def waiting_for(self) -> SmtpStep | None:
        """The step whose answer comes next, None when none is owed."""
        return self._window.waiting_for if self._window else _OWED.get(self.state)

    @property
    def is_idle(self) -> bool:
        """True when the next move is ours: no answer is owed, no message on its way."""
        return self._window is None and self.state not in _OWED

    # The law, applied

    def _turn(self, command: SmtpStep) -> None:
        try:
            self.state = _SAY[self.state][command]
        except KeyError:
            raise CommandSequenceError(f"{command.value} is out of turn while {self.state.name}") from None

    def _say(self, line: bytes) -> None:
        self._outgoing.append(line + b"\r\n")

    def _hear(self, reply: Reply) -> Sequence[ConversationEvent]:
        if self.state is ConversationState.INTRODUCING and reply.is_permanent_failure and reply.code != 530 and self._name:
            return self._introduce_simply()
        if self.state is ConversationState.LOGGING_IN and reply.is_intermediate and self._secrets:
            self._say(self._secrets.popleft())
            return []
        if self.state is ConversationState.HANDSHAKING:
            return self._cut(RelayProtocolError("the relay spoke in the clear after STARTTLS"))
        if reply.is_positive and self.state in _HEAR:
            return self._advance(reply)
        return self._cut(self._fault_of(reply))

    def _news_of(self, window: PipelinedWindow) -> Sequence[ConversationEvent]:
        news, window.finished = window.finished, []
        if window.is_finished:
            self._window = None
            self._transaction_open, self._bdat_accepted = window.transaction_open, window.bdat_accepted
            self.state = ConversationState.READY
            if window.must_close:
                self._close()
        return news

    def _introduce_simply(self) -> Sequence[ConversationEvent]:
        name, self._name = self._name, ""
        self._say(b"HELO " + name.encode())
        return []

    def _advance(self, reply: Reply) -> Sequence[ConversationEvent]:
        step = _OWED[self.state]
        if step is SmtpStep.HELLO:
            offers = Extensions.parse(reply.text) if self._name else Extensions()
            self.extensions = offers if self._allow_pipelining else offers.without_pipelining()
        self.state = _HEAR[self.state]
        return [StepAccepted(step)]

    def _fault_of(self, reply: Reply) -> RelayError:
        owed = _OWED.get(self.state)
        kind = _FAULTS.get(self.state, RelayUnavailableError)
        if reply.is_transient_failure and kind is RelayLoginError:
            kind = RelayUnavailableError
        elif not (reply.is_transient_failure or reply.is_permanent_failure):
            kind = RelayProtocolError
        return kind(f"{owed.value if owed else 'unasked'}: {reply.for_log()}", reply.code, reply.enhanced)

    def _cut(self, fault: RelayError) -> Sequence[ConversationEvent]:
        if self.is_closed:
            return []
        window = self._window
        if window:
            window.abort(fault)
            return self._news_of(window)
        self._close()
        return [ConversationFailed(fault)]

    def _close(self) -> None:
        self.state = ConversationState.CLOSED
        self._window = None
        self._outgoing.clear()
        self._secrets.clear()
