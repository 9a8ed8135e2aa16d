"""The shell around the conversation: a connection, TLS, and patience that ends.

While messages are on their way no task runs: what comes from the relay goes to the conversation, and its answer to the
relay, in the moment it comes. Who sends a window waits once for all of it.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from stoppress.smtp.conversation import Conversation, Event, Failed, State
from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import RelayBrokeProtocol, RelayFault, RelayInsecure, RelayUnavailable
from stoppress.smtp.outcome import NotSent, Outcome, Step
from stoppress.smtp.pipelining import Finished
from stoppress.smtp.relay_url import RelayAddress, Security
from stoppress.smtp.timeouts import Patience, Watch
from stoppress.smtp.transport import Wire

log = logging.getLogger(__name__)

_T = TypeVar("_T")

Heard = Callable[[int, Outcome], None]
"""Told the outcome of the envelope at an index of its window."""


class HeldBack(Protocol):
    """Something for whose sake a sender waits a moment."""

    @property
    def on(self) -> bool:
        """Whether to wait now."""

    def later(self, go_on: Callable[[], None]) -> None:
        """Call this when it is over."""


class RelayConnection:
    """One connection to the relay, for one window of messages at a time.

    After a relay broke the protocol, or fell silent amid pipelined commands, the next connections made by `connect()`
    go without PIPELINING and CHUNKING.

    Args:
        relay: where, and how securely.
        patience: seconds to wait.
        tls: in place of the context made from the system's trusted authorities and `relay.verify`.
        hold: while it is on, nothing is said.
    """

    def __init__(
        self,
        relay: RelayAddress,
        *,
        patience: Patience | None = None,
        tls: ssl.SSLContext | None = None,
        hold: HeldBack | None = None,
    ) -> None:
        self._relay, self._hold = relay, hold
        self._patience = patience or Patience()
        self._tls = tls
        self._plain = False
        self._watch = Watch(self._late)
        self._heard: Heard | None = None
        self._failure: Exception | None = None
        self._fault: RelayFault | None = None
        self._over: asyncio.Future[None] | None = None
        self._wire = Wire(self._hear, self._speak)
        self._conversation = Conversation()

    def __repr__(self) -> str:
        return f"<RelayConnection {self._relay} {'ready' if self.ready else 'not ready'}>"

    @property
    def ready(self) -> bool:
        """True when the next window may be sent."""
        return self._conversation.state is State.READY

    async def connect(self) -> None:
        """Connect, introduce ourselves, secure the connection, log in. A second call makes a new connection.

        Raises:
            RelayFault: the relay cannot be used, and why.
        """
        self._forget()
        try:
            await self._open()
            await self._hello()
            await self._starttls()
            await self._login()
        except BaseException:
            self._forget()
            raise

    async def send_window(
        self, window: Sequence[Envelope], heard: Heard, begin: Callable[[int], None] | None = None
    ) -> None:
        """Send all, in order.

        Args:
            window: what to send.
            heard: called once for each, in the moment it is known, with its index and outcome. On a connection that
                breaks, or if this call is cancelled, that is `Uncertain` for a message whose last byte was said, and
                `NotSent` for the others, as it is without a connection. What it raises is raised here in the end.
            begin: called with the index of each envelope before the first byte of its MAIL command is written.

        Raises:
            OutOfTurn: another window is on its way.
        """
        if self._conversation.state in (State.CONNECTED, State.CLOSED):
            fault = self._fault or RelayUnavailable("there is no connection to the relay")
            for index in range(len(window)):
                heard(index, NotSent(str(fault), fault))
            return
        events = self._conversation.mail(window, begin)
        self._heard, self._failure = heard, None
        try:
            self._take(events)
            await self._quiet()
        except BaseException:
            self._take(self._conversation.lost("the sending was broken off"))
            raise
        finally:
            self._heard = None
            if not self.ready:
                self._wire.close()
        if self._failure:
            raise self._failure

    async def send(self, envelope_from: str, to: str, message: bytes) -> Outcome:
        """Send one message, with line ends of any kind, and say what became of it; otherwise as `send_window`."""
        outcomes: list[Outcome] = []
        await self.send_window(
            [Envelope(envelope_from, to, message, clean=False)], lambda _, outcome: outcomes.append(outcome)
        )
        return outcomes[0]

    def recall(self, reason: str) -> None:
        """Report the messages of the window that have not begun as not sent, so that others can send them."""
        self._take(self._conversation.recall(reason))

    async def close(self) -> None:
        """Take leave politely if nothing is on its way, and drop the connection. Never raises for the relay's sake."""
        try:
            if self.ready:
                await self._agreed(self._conversation.quit)
        except RelayFault:
            pass  # Whether it heard us does not matter any more.
        finally:
            self._forget()

    # Steps

    async def _open(self) -> None:
        tls = self._context() if self._relay.security is Security.IMPLICIT else None
        await self._guarded(self._wire.open(self._relay.host, self._relay.port, tls))
        await self._agreed()

    async def _hello(self) -> None:
        name = self._relay.name or own_name(self._wire.local_address)
        await self._agreed(lambda: self._conversation.hello(name))

    async def _starttls(self) -> None:
        wanted, offered = self._relay.security, self._conversation.extensions.starttls
        if wanted is Security.REQUIRED and not offered:
            raise RelayInsecure(f"{self._relay} does not offer STARTTLS")
        if wanted not in (Security.REQUIRED, Security.AUTO) or not offered:
            return
        await self._agreed(self._conversation.starttls)
        await self._guarded(self._wire.secure(self._context(), self._relay.host))
        await self._agreed(self._conversation.secured)
        await self._hello()

    async def _login(self) -> None:
        user, password = self._relay.user, self._relay.password
        if user:
            await self._agreed(lambda: self._conversation.login(user, password))

    async def _agreed(self, command: Callable[[], None] | None = None) -> None:
        """Say something that is not a message, and wait for the yes."""
        if self._fault:
            raise self._fault
        if command:
            command()
        await self._quiet()
        if self._fault:  # What came last says how it ended, even after a yes.
            raise self._fault

    async def _quiet(self) -> None:
        """Speak, and return when the conversation wants nothing more of the relay."""
        self._speak()
        if not self._conversation.idle:
            self._over = asyncio.get_running_loop().create_future()
            try:
                await self._over
            finally:
                self._over = None

    # What comes and goes

    def _speak(self) -> None:
        conversation, wire = self._conversation, self._wire
        if self._hold and self._hold.on and not conversation.idle:
            self._hold.later(self._speak)
            return
        while not wire.stuck and not wire.gone and (piece := conversation.outgoing()):
            wire.send(piece)
        if conversation.idle:
            self._watch.off()
        else:
            self._watch.set(self._patience.text if wire.stuck else self._patience.until(conversation.waiting_for))

    def _hear(self, data: bytes) -> None:
        self._take(self._conversation.receive(data))
        if not self._conversation.closed:
            self._speak()

    def _late(self) -> None:
        step = self._conversation.waiting_for
        if step in (Step.RCPT, Step.DATA) and self._conversation.extensions.pipelining:
            self._go_plainly()
        self._take(self._conversation.lost(f"no answer to {step.value if step else 'what we said'} in time"))
        self._wire.close()

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            if type(event) is Finished:
                self._tell(event)
            elif isinstance(event, Failed):
                self._fault = event.fault
        if self._over and self._conversation.idle and not self._over.done():
            self._over.set_result(None)

    def _tell(self, event: Finished) -> None:
        outcome = event.outcome
        if type(outcome) is NotSent:
            self._fault = outcome.fault if self._conversation.closed else None
            if isinstance(outcome.fault, RelayBrokeProtocol):
                self._go_plainly()
        try:
            if self._heard:
                self._heard(event.at, outcome)
        except Exception as error:  # The others' outcomes are not lost for one that could not be told.
            self._failure = self._failure or error

    def _go_plainly(self) -> None:
        if not self._plain:
            self._plain = True
            log.warning("%s broke the protocol: from now on one command at a time", self._relay)

    async def _guarded(self, step: Awaitable[_T]) -> _T:
        try:
            async with asyncio.timeout(self._patience.connect):
                return await step
        except ssl.SSLError as error:
            raise RelayInsecure(f"{self._relay}: TLS failed: {_why(error)}") from error
        except TimeoutError as error:
            raise RelayUnavailable(f"{self._relay}: no connection in {self._patience.connect:g} s") from error
        except OSError as error:
            raise RelayUnavailable(f"{self._relay}: {error.strerror or error}") from error

    def _context(self) -> ssl.SSLContext:
        if self._tls:
            return self._tls
        context = ssl.create_default_context()
        if not self._relay.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _forget(self) -> None:
        self._wire.close()
        self._watch.stop()
        self._fault = None
        self._wire = Wire(self._hear, self._speak)
        self._conversation = Conversation(plain=self._plain)


def own_name(local_address: str) -> str:
    """What this host calls itself in EHLO: its full name, or its address where it has none (RFC 5321 4.1.4)."""
    name = socket.gethostname()
    if "." in name.strip(".") and name.isascii():
        return name
    return f"[IPv6:{local_address}]" if ":" in local_address else f"[{local_address or '127.0.0.1'}]"


def _why(error: ssl.SSLError) -> str:
    return getattr(error, "verify_message", "") or error.reason or "the handshake failed"
