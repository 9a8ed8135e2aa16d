"""The client's side of SMTP (RFC 5321) without I/O: bytes in, events out; commands in, bytes out.

The law: **a command is sent only when no reply is due, and every command gets one reply.** `_COMMANDS` lists the
commands that each state allows, `_ON_SUCCESS` the state that a positive reply leads to; any other reply is an error.
`pipelining.py` has the laws for messages in transmission.

    CONNECTED ─220─► GREETED ─EHLO─► EHLO_SENT ─250─► READY ─MAIL─► SENDING ─each message has its outcome─► READY
                        ▲                             │   │
                        └─ TLS_HANDSHAKE ◄─220─ STARTTLS_SENT  └─AUTH─► AUTH_SENT ─235─► READY
"""

from base64 import b64encode
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import (
    CommandSequenceError,
    RelayError,
    RelayInsecureError,
    RelayLoginError,
    RelayProtocolError,
    RelayUnavailableError,
)
from stoppress.smtp.extensions import Extensions
from stoppress.smtp.outcome import Step
from stoppress.smtp.pipelining import MessageFinished, PipelinedWindow
from stoppress.smtp.reply import Reply, ReplyParser


class ConversationState(Enum):
    """The state of a conversation."""

    CONNECTED = auto()
    GREETED = auto()
    EHLO_SENT = auto()
    STARTTLS_SENT = auto()
    TLS_HANDSHAKE = auto()
    AUTH_SENT = auto()
    READY = auto()
    SENDING = auto()
    QUIT_SENT = auto()
    CLOSED = auto()


_COMMANDS: dict[ConversationState, dict[Step, ConversationState]] = {
    ConversationState.GREETED: {
        Step.EHLO: ConversationState.EHLO_SENT,
        Step.QUIT: ConversationState.QUIT_SENT,
    },
    ConversationState.READY: {
        Step.STARTTLS: ConversationState.STARTTLS_SENT,
        Step.AUTH: ConversationState.AUTH_SENT,
        Step.MAIL: ConversationState.SENDING,
        Step.QUIT: ConversationState.QUIT_SENT,
    },
}

_ON_SUCCESS: dict[ConversationState, ConversationState] = {
    ConversationState.CONNECTED: ConversationState.GREETED,
    ConversationState.EHLO_SENT: ConversationState.READY,
    ConversationState.STARTTLS_SENT: ConversationState.TLS_HANDSHAKE,
    ConversationState.AUTH_SENT: ConversationState.READY,
    ConversationState.QUIT_SENT: ConversationState.CLOSED,
}

_AWAITED_STEP: dict[ConversationState, Step] = {
    ConversationState.CONNECTED: Step.GREETING,
    ConversationState.EHLO_SENT: Step.EHLO,
    ConversationState.STARTTLS_SENT: Step.STARTTLS,
    ConversationState.AUTH_SENT: Step.AUTH,
    ConversationState.QUIT_SENT: Step.QUIT,
}

_ERROR_ON_FAILURE: dict[ConversationState, type[RelayError]] = {
    ConversationState.STARTTLS_SENT: RelayInsecureError,
    ConversationState.AUTH_SENT: RelayLoginError,
}


@dataclass(frozen=True, slots=True)
class StepAccepted:
    """The relay accepted a step that is not a message. After `Step.STARTTLS` the TLS handshake is due."""

    step: Step


@dataclass(frozen=True, slots=True)
class ConversationFailed:
    """The conversation has ended, and no message was in transmission."""

    error: RelayError


ConversationEvent = StepAccepted | MessageFinished | ConversationFailed


class Conversation:
    """One conversation with one relay, from its greeting on.

    Call a command, send what `data_to_send()` returns until it returns b"", and pass received bytes to
    `receive_data()`.

    Args:
        allow_pipelining: False uses neither PIPELINING nor CHUNKING, whatever is offered.
    """

    def __init__(self, *, allow_pipelining: bool = True) -> None:
        self.state = ConversationState.CONNECTED
        self.extensions = Extensions()
        self._replies = ReplyParser()
        self._outgoing: deque[bytes] = deque()
        self._window: PipelinedWindow | None = None
        self._transaction_open = self._bdat_accepted = False
        self._allow_pipelining = allow_pipelining
        self._name = ""  # The name sent with EHLO; "" once HELO is sent.
        self._login_answers: deque[bytes] = deque()

    # Commands

    def ehlo(self, name: str) -> None:
        """Send EHLO, and HELO to a relay that does not implement EHLO (RFC 5321 section 4.1.4).

        Args:
            name: this host's full name, or an address literal such as [192.0.2.1].

        Raises:
            ValueError: the name is empty, contains spaces, or is not printable ASCII.
        """
        if not name.isascii() or not name.isprintable() or not name or " " in name:
            raise ValueError("the name for EHLO must be printable ASCII without spaces, and not empty")
        self._enter(Step.EHLO)
        self._name = name
        self._send(b"EHLO " + name.encode())

    def starttls(self) -> None:
        """Send STARTTLS (RFC 3207).

        After `StepAccepted(STARTTLS)` do the handshake, call `tls_established()`, then `ehlo()` again.
        """
        self._enter(Step.STARTTLS)
        self._send(b"STARTTLS")

    def tls_established(self) -> None:
        """Discard the extensions that the relay offered before the TLS handshake (RFC 3207 section 4.2)."""
        if self.state is not ConversationState.TLS_HANDSHAKE:
            raise CommandSequenceError(f"no TLS handshake is due in the state {self.state.name}")
        self.state = ConversationState.GREETED
        self.extensions = Extensions()

    def login(self, user: str, password: str) -> None:
        """Send AUTH PLAIN (RFC 4616), or AUTH LOGIN if the relay offers only that.

        Raises:
            RelayLoginError: the relay offers neither.
        """
        if "PLAIN" in self.extensions.auth_mechanisms:
            self._enter(Step.AUTH)
            self._send(b"AUTH PLAIN " + b64encode(f"\0{user}\0{password}".encode()))
        elif "LOGIN" in self.extensions.auth_mechanisms:
            self._enter(Step.AUTH)
            self._login_answers.extend([b64encode(user.encode()), b64encode(password.encode())])
            self._send(b"AUTH LOGIN")
        else:
            raise RelayLoginError("the relay offers neither AUTH PLAIN nor AUTH LOGIN")

    def start_window(
        self, envelopes: Sequence[Envelope], on_start: Callable[[int], None] | None = None
    ) -> Sequence[ConversationEvent]:
        """Start to send messages; each ends in one `MessageFinished`, at once if it cannot go through this relay.

        Args:
            envelopes: what to send.
            on_start: as for `PipelinedWindow`.
        """
        self._enter(Step.MAIL)
        self._window = PipelinedWindow(
            envelopes,
            self.extensions,
            transaction_open=self._transaction_open,
            bdat_accepted=self._bdat_accepted,
            on_start=on_start,
        )
        return self._take_finished(self._window)

    def quit(self) -> None:
        """Send QUIT; ends in `StepAccepted(QUIT)`."""
        self._enter(Step.QUIT)
        self._send(b"QUIT")

    # Bytes

    def data_to_send(self) -> bytes:
        """Return the next piece to send, b"" if there is none. A returned piece counts as sent."""
        if self._window:
            return self._window.data_to_send()
        return self._outgoing.popleft() if self._outgoing else b""

    def receive_data(self, data: bytes) -> Sequence[ConversationEvent]:
        """Take bytes from the relay, b"" for the end of the connection; return the events. Never raises."""
        if not data or self.is_closed:
            return self.connection_lost("the relay closed the connection")
        replies, error = self._replies.feed(data)
        window = self._window
        if window is not None and error is None and window.receive_round(replies):
            return self._take_finished(window)
        events: list[ConversationEvent] = []
        for reply in replies:
            window = self._window
            if window is None:
                if self.state is ConversationState.CLOSED:
                    break
                events += self._receive_reply(reply)
                continue
            window.receive_reply(reply)
            if window.is_finished:
                events += self._take_finished(window)
        if self._window and self._window.finished:
            events += self._take_finished(self._window)
        if self.state is ConversationState.TLS_HANDSHAKE and not self._replies.is_idle:
            events += self._abort(RelayProtocolError("the relay sent plain text after STARTTLS"))
        if error:
            events += self._abort(error)
        return events

    def cancel_unstarted(self, reason: str) -> Sequence[ConversationEvent]:
        """Cancel the messages of the window that have not started; each ends as not sent."""
        if self._window is None:
            return []
        self._window.cancel_unstarted(reason)
        return self._take_finished(self._window)

    def connection_lost(self, reason: str) -> Sequence[ConversationEvent]:
        """End the conversation because the connection ended or a timeout expired."""
        return self._abort(RelayUnavailableError(reason))

    @property
    def is_closed(self) -> bool:
        """True when nothing more can be sent or received."""
        return self.state is ConversationState.CLOSED

    @property
    def awaited_step(self) -> Step | None:
        """The step whose reply comes next, None if no reply is due."""
        return self._window.awaited_step if self._window else _AWAITED_STEP.get(self.state)

    @property
    def is_idle(self) -> bool:
        """True when no reply is due and no message is in transmission."""
        return self._window is None and self.state not in _AWAITED_STEP

    # State changes

    def _enter(self, command: Step) -> None:
        try:
            self.state = _COMMANDS[self.state][command]
        except KeyError:
            raise CommandSequenceError(f"{command.value} is not allowed in the state {self.state.name}") from None

    def _send(self, line: bytes) -> None:
        self._outgoing.append(line + b"\r\n")

    def _receive_reply(self, reply: Reply) -> Sequence[ConversationEvent]:
        state = self.state
        if state is ConversationState.EHLO_SENT and reply.is_permanent_failure and reply.code != 530 and self._name:
            return self._send_helo()
        if state is ConversationState.AUTH_SENT and reply.is_intermediate and self._login_answers:
            self._send(self._login_answers.popleft())
            return []
        if state is ConversationState.TLS_HANDSHAKE:
            return self._abort(RelayProtocolError("the relay sent plain text after STARTTLS"))
        if reply.is_positive and state in _ON_SUCCESS:
            return self._advance(reply)
        return self._abort(self._error_from_reply(reply))

    def _take_finished(self, window: PipelinedWindow) -> Sequence[ConversationEvent]:
        """Return the outcomes that are known since the last call, and end the window after its last one."""
        events, window.finished = window.finished, []
        if window.is_finished:
            self._window = None
            self._transaction_open, self._bdat_accepted = window.transaction_open, window.bdat_accepted
            self.state = ConversationState.READY
            if window.must_close:
                self._close()
        return events

    def _send_helo(self) -> Sequence[ConversationEvent]:
        name, self._name = self._name, ""
        self._send(b"HELO " + name.encode())
        return []

    def _advance(self, reply: Reply) -> Sequence[ConversationEvent]:
        step = _AWAITED_STEP[self.state]
        if step is Step.EHLO:
            offered = Extensions.parse(reply.text) if self._name else Extensions()
            self.extensions = offered if self._allow_pipelining else offered.without_pipelining()
        self.state = _ON_SUCCESS[self.state]
        return [StepAccepted(step)]

    def _error_from_reply(self, reply: Reply) -> RelayError:
        step = _AWAITED_STEP.get(self.state)
        kind = _ERROR_ON_FAILURE.get(self.state, RelayUnavailableError)
        if reply.is_transient_failure and kind is RelayLoginError:
            kind = RelayUnavailableError
        elif not (reply.is_transient_failure or reply.is_permanent_failure):
            kind = RelayProtocolError
        return kind(f"{step.value if step else 'unexpected reply'}: {reply.for_log()}", reply.code, reply.enhanced)

    def _abort(self, error: RelayError) -> Sequence[ConversationEvent]:
        if self.is_closed:
            return []
        window = self._window
        if window:
            window.abort(error)
            return self._take_finished(window)
        self._close()
        return [ConversationFailed(error)]

    def _close(self) -> None:
        self.state = ConversationState.CLOSED
        self._window = None
        self._outgoing.clear()
        self._login_answers.clear()
