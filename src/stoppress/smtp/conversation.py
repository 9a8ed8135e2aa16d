"""The client's side of SMTP (RFC 5321) without I/O: bytes in, events out; commands in, bytes out.

The law: **we speak only when nothing is owed to us, and every command is owed one answer.** `_SAY` lists what may be
said in which state, `_HEAR` what a yes leads to; any other answer is a fault. Messages on their way keep their own laws
in `window.py`.

    CONNECTED ─220─► GREETED ─EHLO─► INTRODUCING ─250─► READY ─MAIL─► MAILING ─each has its outcome─► READY
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
    OutOfTurn,
    RelayBrokeProtocol,
    RelayFault,
    RelayInsecure,
    RelayRefusedLogin,
    RelayUnavailable,
)
from stoppress.smtp.extensions import Extensions
from stoppress.smtp.outcome import Step
from stoppress.smtp.pipelining import Finished, Window
from stoppress.smtp.reply import Reply, ReplyReader


class State(Enum):
    """Where the conversation stands."""

    CONNECTED = auto()
    GREETED = auto()
    INTRODUCING = auto()
    SECURING = auto()
    HANDSHAKING = auto()
    LOGGING_IN = auto()
    READY = auto()
    MAILING = auto()
    LEAVING = auto()
    CLOSED = auto()


_SAY: dict[State, dict[Step, State]] = {
    State.GREETED: {Step.HELLO: State.INTRODUCING, Step.QUIT: State.LEAVING},
    State.READY: {
        Step.STARTTLS: State.SECURING,
        Step.LOGIN: State.LOGGING_IN,
        Step.MAIL: State.MAILING,
        Step.QUIT: State.LEAVING,
    },
}

_HEAR: dict[State, State] = {
    State.CONNECTED: State.GREETED,
    State.INTRODUCING: State.READY,
    State.SECURING: State.HANDSHAKING,
    State.LOGGING_IN: State.READY,
    State.LEAVING: State.CLOSED,
}

_OWED: dict[State, Step] = {
    State.CONNECTED: Step.GREETING,
    State.INTRODUCING: Step.HELLO,
    State.SECURING: Step.STARTTLS,
    State.LOGGING_IN: Step.LOGIN,
    State.LEAVING: Step.QUIT,
}

_FAULTS: dict[State, type[RelayFault]] = {
    State.SECURING: RelayInsecure,
    State.LOGGING_IN: RelayRefusedLogin,
}


@dataclass(frozen=True, slots=True)
class Agreed:
    """The relay said yes to a step that is not a message. After `Step.STARTTLS` the TLS handshake is due."""

    step: Step


@dataclass(frozen=True, slots=True)
class Failed:
    """The conversation is over, and no message was on its way."""

    fault: RelayFault


Event = Agreed | Finished | Failed


class Conversation:
    """One conversation with one relay, from its greeting on.

    Call a command, send what `outgoing()` gives until it gives b"", pass what comes back to `receive()`.

    Args:
        plain: use neither PIPELINING nor CHUNKING, whatever is offered.
    """

    def __init__(self, *, plain: bool = False) -> None:
        self.state = State.CONNECTED
        self.extensions = Extensions()
        self._replies = ReplyReader()
        self._outgoing: deque[bytes] = deque()
        self._window: Window | None = None
        self._half_made = self._ahead = False
        self._plain = plain
        self._name = ""  # The name that EHLO was said with; "" once HELO is said.
        self._secrets: deque[bytes] = deque()

    # Commands

    def hello(self, name: str) -> None:
        """Introduce ourselves with EHLO, and with HELO to a relay that does not know it (RFC 5321 4.1.4).

        Args:
            name: our host's full name, or an address literal such as [192.0.2.1].

        Raises:
            ValueError: the name is no name.
        """
        if not name.isascii() or not name.isprintable() or not name or " " in name:
            raise ValueError("a host introduces itself by a name in printable ASCII, without spaces")
        self._turn(Step.HELLO)
        self._name = name
        self._say(b"EHLO " + name.encode())

    def starttls(self) -> None:
        """Ask for TLS (RFC 3207). After `Agreed(STARTTLS)`: handshake, then `secured()`, then `hello()` again."""
        self._turn(Step.STARTTLS)
        self._say(b"STARTTLS")

    def secured(self) -> None:
        """The TLS handshake is done: what the relay offered in the clear counts for nothing (RFC 3207 4.2)."""
        if self.state is not State.HANDSHAKING:
            raise OutOfTurn(f"no TLS handshake is due while {self.state.name}")
        self.state = State.GREETED
        self.extensions = Extensions()

    def login(self, user: str, password: str) -> None:
        """Log in by PLAIN (RFC 4616), or by LOGIN where that is all the relay offers.

        Raises:
            RelayRefusedLogin: it offers neither.
        """
        if "PLAIN" in self.extensions.logins:
            self._turn(Step.LOGIN)
            self._say(b"AUTH PLAIN " + b64encode(f"\0{user}\0{password}".encode()))
        elif "LOGIN" in self.extensions.logins:
            self._turn(Step.LOGIN)
            self._secrets.extend([b64encode(user.encode()), b64encode(password.encode())])
            self._say(b"AUTH LOGIN")
        else:
            raise RelayRefusedLogin("the relay offers neither AUTH PLAIN nor AUTH LOGIN")

    def mail(self, envelopes: Sequence[Envelope], begin: Callable[[int], None] | None = None) -> Sequence[Event]:
        """Send these; each ends in one `Finished`, then or now. Those that cannot go through this relay end now.

        Args:
            envelopes: what to send.
            begin: as Window takes it.
        """
        self._turn(Step.MAIL)
        self._window = Window(envelopes, self.extensions, half_made=self._half_made, ahead=self._ahead, begin=begin)
        return self._news_of(self._window)

    def quit(self) -> None:
        """Take leave; ends in `Agreed(QUIT)`."""
        self._turn(Step.QUIT)
        self._say(b"QUIT")

    # Bytes

    def outgoing(self) -> bytes:
        """The next piece to send, b"" when there is none. What is handed out counts as said."""
        if self._window:
            return self._window.say()
        return self._outgoing.popleft() if self._outgoing else b""

    def receive(self, data: bytes) -> Sequence[Event]:
        """Take bytes from the relay, b"" for the end of the connection; return what they mean. Never raises."""
        if not data or self.closed:
            return self.lost("the relay closed the connection")
        replies, fault = self._replies.read(data)
        window = self._window
        if window is not None and fault is None and window.hear_round(replies):
            return self._news_of(window)
        events: list[Event] = []
        for reply in replies:
            window = self._window
            if window is None:
                if self.state is State.CLOSED:
                    break
                events += self._hear(reply)
                continue
            window.hear(reply)
            if window.over:
                events += self._news_of(window)
        if self._window and self._window.finished:
            events += self._news_of(self._window)
        if self.state is State.HANDSHAKING and not self._replies.idle:
            events += self._cut(RelayBrokeProtocol("the relay spoke in the clear after STARTTLS"))
        if fault:
            events += self._cut(fault)
        return events

    def recall(self, reason: str) -> Sequence[Event]:
        """Take back the messages that have not begun; they end as not sent."""
        if self._window is None:
            return []
        self._window.recall(reason)
        return self._news_of(self._window)

    def lost(self, reason: str) -> Sequence[Event]:
        """The connection is gone, or patience is."""
        return self._cut(RelayUnavailable(reason))

    @property
    def closed(self) -> bool:
        """True when nothing more can be said or heard."""
        return self.state is State.CLOSED

    @property
    def waiting_for(self) -> Step | None:
        """The step whose answer comes next, None when none is owed."""
        return self._window.waiting_for if self._window else _OWED.get(self.state)

    @property
    def idle(self) -> bool:
        """True when the next move is ours: no answer is owed, no message on its way."""
        return self._window is None and self.state not in _OWED

    # The law, applied

    def _turn(self, command: Step) -> None:
        try:
            self.state = _SAY[self.state][command]
        except KeyError:
            raise OutOfTurn(f"{command.value} is out of turn while {self.state.name}") from None

    def _say(self, line: bytes) -> None:
        self._outgoing.append(line + b"\r\n")

    def _hear(self, reply: Reply) -> Sequence[Event]:
        if self.state is State.INTRODUCING and reply.refusing and reply.code != 530 and self._name:
            return self._introduce_simply()
        if self.state is State.LOGGING_IN and reply.continuing and self._secrets:
            self._say(self._secrets.popleft())
            return []
        if self.state is State.HANDSHAKING:
            return self._cut(RelayBrokeProtocol("the relay spoke in the clear after STARTTLS"))
        if reply.positive and self.state in _HEAR:
            return self._advance(reply)
        return self._cut(self._fault_of(reply))

    def _news_of(self, window: Window) -> Sequence[Event]:
        news, window.finished = window.finished, []
        if window.over:
            self._window = None
            self._half_made, self._ahead = window.half_made, window.ahead
            self.state = State.READY
            if window.broken:
                self._close()
        return news

    def _introduce_simply(self) -> Sequence[Event]:
        name, self._name = self._name, ""
        self._say(b"HELO " + name.encode())
        return []

    def _advance(self, reply: Reply) -> Sequence[Event]:
        step = _OWED[self.state]
        if step is Step.HELLO:
            offers = Extensions.parse(reply.text) if self._name else Extensions()
            self.extensions = offers.plain() if self._plain else offers
        self.state = _HEAR[self.state]
        return [Agreed(step)]

    def _fault_of(self, reply: Reply) -> RelayFault:
        owed = _OWED.get(self.state)
        kind = _FAULTS.get(self.state, RelayUnavailable)
        if reply.deferring and kind is RelayRefusedLogin:
            kind = RelayUnavailable
        elif not (reply.deferring or reply.refusing):
            kind = RelayBrokeProtocol
        return kind(f"{owed.value if owed else 'unasked'}: {reply.quoted()}", reply.code, reply.enhanced)

    def _cut(self, fault: RelayFault) -> Sequence[Event]:
        if self.closed:
            return []
        window = self._window
        if window:
            window.cut(fault)
            return self._news_of(window)
        self._close()
        return [Failed(fault)]

    def _close(self) -> None:
        self.state = State.CLOSED
        self._window = None
        self._outgoing.clear()
        self._secrets.clear()
