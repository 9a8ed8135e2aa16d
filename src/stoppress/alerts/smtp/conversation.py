"""The client's side of SMTP (RFC 5321) without I/O: bytes in, events out; commands in, bytes out.

The law: **we speak only when nothing is owed to us, and every command is owed one answer.** `_SAY` lists what may be
said in which state, `_HEAR` what a yes leads to; any other answer is a fault. A message on its way keeps its own,
smaller law in `transaction.py`.

    CONNECTED ─220─► GREETED ─EHLO─► INTRODUCING ─250─► READY ─MAIL─► MAILING ─final dot answered─► READY
                        ▲                               │ │
                        └─ HANDSHAKING ◄─220─ SECURING ◄┘ └─AUTH─► LOGGING_IN ─235─► READY
"""

from base64 import b64encode
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from stoppress.alerts.smtp.errors import (
    MessageTooLarge,
    OutOfTurn,
    RelayBrokeProtocol,
    RelayFault,
    RelayInsecure,
    RelayRefusedLogin,
    RelayUnavailable,
)
from stoppress.alerts.smtp.extensions import Extensions
from stoppress.alerts.smtp.mailbox import recipient_path, sender_path
from stoppress.alerts.smtp.message import dot_stuffed, normalised
from stoppress.alerts.smtp.outcome import Outcome, Step
from stoppress.alerts.smtp.reply import Reply, ReplyReader
from stoppress.alerts.smtp.transaction import Transaction


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
class Finished:
    """What became of the message that was on its way."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Failed:
    """The conversation is over, and no message was on its way."""

    fault: RelayFault


Event = Agreed | Finished | Failed


class Conversation:
    """One conversation with one relay, from its greeting on.

    Call a command, send what `outgoing()` gives until it gives b"", pass what comes back to `receive()`.
    """

    def __init__(self) -> None:
        self.state = State.CONNECTED
        self.extensions = Extensions()
        self._replies = ReplyReader()
        self._outgoing: deque[bytes] = deque()
        self._transaction: Transaction | None = None
        self._half_made = False
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

    def mail(self, sender: str, recipient: str, message: bytes) -> None:
        """Send one message to one recipient; ends in `Finished`.

        Args:
            sender: the envelope sender, "" for none.
            recipient: the envelope recipient.
            message: header and body, any line ends.

        Raises:
            SenderMalformed: the sender cannot be written into a command.
            Unsendable: this message, or this recipient, cannot go through this relay.
        """
        message = normalised(message)
        commands = self._envelope(sender, recipient, message)
        self._turn(Step.MAIL)
        self._transaction = Transaction(commands, dot_stuffed(message), pipelining=self.extensions.pipelining)
        self._half_made = True
        self._outgoing.append(self._transaction.say())

    def quit(self) -> None:
        """Take leave; ends in `Agreed(QUIT)`."""
        self._turn(Step.QUIT)
        self._say(b"QUIT")

    # Bytes

    def outgoing(self) -> bytes:
        """The next piece to send, b"" when there is none. The final dot counts as said once its piece is handed out."""
        return self._outgoing.popleft() if self._outgoing else b""

    def receive(self, data: bytes) -> list[Event]:
        """Take bytes from the relay, b"" for the end of the connection; return what they mean. Never raises."""
        if not data or self.closed:
            return self.lost("the relay closed the connection")
        if self.state is State.HANDSHAKING:
            return self._cut(RelayBrokeProtocol("the relay spoke in the clear after STARTTLS"))
        self._replies.feed(data)
        events: list[Event] = []
        try:
            while not self.closed and (reply := self._replies.next()):
                events += self._hear(reply)
        except RelayBrokeProtocol as fault:
            events += self._cut(fault)
        return events

    def lost(self, reason: str) -> list[Event]:
        """The connection is gone, or patience is."""
        return self._cut(RelayUnavailable(reason))

    @property
    def closed(self) -> bool:
        """True when nothing more can be said or heard."""
        return self.state is State.CLOSED

    @property
    def waiting_for(self) -> Step | None:
        """The step whose answer comes next, None when none is owed."""
        return self._transaction.waiting_for if self._transaction else _OWED.get(self.state)

    # The law, applied

    def _turn(self, command: Step) -> None:
        try:
            self.state = _SAY[self.state][command]
        except KeyError:
            raise OutOfTurn(f"{command.value} is out of turn while {self.state.name}") from None

    def _say(self, line: bytes) -> None:
        self._outgoing.append(line + b"\r\n")

    def _envelope(self, sender: str, recipient: str, message: bytes) -> list[tuple[Step, bytes]]:
        offers = self.extensions
        if offers.max_size and len(message) > offers.max_size:
            raise MessageTooLarge(f"the message has {len(message)} bytes, the relay takes {offers.max_size}")
        mail_from = sender_path(sender, smtputf8=offers.smtputf8)
        rcpt_to = recipient_path(recipient, smtputf8=offers.smtputf8)
        parameters = b" SIZE=%d" % len(message) if offers.size else b""
        if offers.eight_bit and not message.isascii():
            parameters += b" BODY=8BITMIME"  # Not offered: sent as it is, as everyone does.
        if offers.smtputf8 and not (mail_from + rcpt_to).isascii():
            parameters += b" SMTPUTF8"
        commands = [
            (Step.MAIL, b"MAIL FROM:<" + mail_from + b">" + parameters),
            (Step.RCPT, b"RCPT TO:<" + rcpt_to + b">"),
            (Step.DATA, b"DATA"),
        ]
        return [(Step.RESET, b"RSET"), *commands] if self._half_made else commands

    def _hear(self, reply: Reply) -> list[Event]:
        if self._transaction:
            return self._hear_of_mail(self._transaction, reply)
        if self.state is State.INTRODUCING and reply.refusing and reply.code != 530 and self._name:
            return self._introduce_simply()
        if self.state is State.LOGGING_IN and reply.continuing and self._secrets:
            self._say(self._secrets.popleft())
            return []
        if reply.positive and self.state in _HEAR:
            return self._advance(reply)
        return self._cut(self._fault_of(reply))

    def _hear_of_mail(self, transaction: Transaction, reply: Reply) -> list[Event]:
        self._outgoing.extend(transaction.hear(reply, dot_left=not self._outgoing))
        if transaction.outcome is None:
            return []
        self._transaction = None
        self._half_made = not transaction.settled
        self.state = State.READY
        if transaction.broken:
            self._close()
        return [Finished(transaction.outcome)]

    def _introduce_simply(self) -> list[Event]:
        name, self._name = self._name, ""
        self._say(b"HELO " + name.encode())
        return []

    def _advance(self, reply: Reply) -> list[Event]:
        step = _OWED[self.state]
        if step is Step.HELLO:
            self.extensions = Extensions.parse(reply.text) if self._name else Extensions()
        self.state = _HEAR[self.state]
        if self.state is State.HANDSHAKING and not self._replies.idle:
            return self._cut(RelayBrokeProtocol("the relay spoke in the clear after STARTTLS"))
        return [Agreed(step)]

    def _fault_of(self, reply: Reply) -> RelayFault:
        owed = _OWED.get(self.state)
        kind = _FAULTS.get(self.state, RelayUnavailable)
        if reply.deferring and kind is RelayRefusedLogin:
            kind = RelayUnavailable
        elif not (reply.deferring or reply.refusing):
            kind = RelayBrokeProtocol
        return kind(f"{owed.value if owed else 'unasked'}: {reply.quoted()}", reply.code, reply.enhanced)

    def _cut(self, fault: RelayFault) -> list[Event]:
        if self.closed:
            return []
        transaction, dot_left = self._transaction, not self._outgoing
        self._close()
        if not transaction:
            return [Failed(fault)]
        owes_dot = transaction.waiting_for is Step.DOT
        return [Finished(transaction.cut(fault, dot_left=owes_dot and dot_left))]

    def _close(self) -> None:
        self.state = State.CLOSED
        self._transaction = None
        self._outgoing.clear()
        self._secrets.clear()
