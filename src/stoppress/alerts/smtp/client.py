"""The shell around the conversation: a connection, TLS, and patience that ends."""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from stoppress.alerts.smtp.conversation import Conversation, Event, Failed, Finished, State
from stoppress.alerts.smtp.errors import RelayFault, RelayInsecure, RelayUnavailable, Unsendable
from stoppress.alerts.smtp.outcome import NotSent, Outcome, Refused, Step
from stoppress.alerts.smtp.relay import RelayAddress, Security
from stoppress.alerts.smtp.wire import Wire

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait, from RFC 5321 4.5.3.2 where it names them.

    The one after the final dot is long for a reason: whoever gives up earlier does not know what became of the message.
    """

    connect: float = 30
    greeting: float = 300
    command: float = 300
    data: float = 120
    text: float = 180
    verdict: float = 600
    leave: float = 5

    def until(self, step: Step | None) -> float:
        """Seconds for the answer to one step."""
        known = {Step.GREETING: self.greeting, Step.DATA: self.data, Step.DOT: self.verdict, Step.QUIT: self.leave}
        return known.get(step, self.command) if step else self.command


class RelayConnection:
    """One connection to the relay, for one message at a time.

    Args:
        relay: where, and how securely.
        patience: seconds to wait.
        tls: in place of the context made from the system's trusted authorities and `relay.verify`.
    """

    def __init__(self, relay: RelayAddress, *, patience: Patience | None = None, tls: ssl.SSLContext | None = None):
        self._relay = relay
        self._patience = patience or Patience()
        self._tls = tls
        self._wire = Wire()
        self._conversation = Conversation()
        self._events: deque[Event] = deque()

    def __repr__(self) -> str:
        return f"<RelayConnection {self._relay} {'ready' if self.ready else 'not ready'}>"

    @property
    def ready(self) -> bool:
        """True when the next message may be sent."""
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

    async def send(self, envelope_from: str, to: str, message: bytes) -> Outcome:
        """Send one message to one recipient and say what became of it.

        Without a connection, or after it broke, that is `NotSent` until `connect()` is called again.

        Args:
            envelope_from: where bounces go, "" for nowhere.
            to: the recipient's address.
            message: header and body; line ends may be of any kind.

        Raises:
            SenderMalformed: `envelope_from` is no address.
            OutOfTurn: another message is on its way.
        """
        if self._conversation.state in (State.CONNECTED, State.CLOSED):
            return NotSent("there is no connection to the relay", RelayUnavailable("not connected"))
        try:
            self._conversation.mail(envelope_from, to, message)
        except Unsendable as error:
            return Refused(error.code, error.enhanced, str(error))
        try:
            return await self._outcome()
        finally:
            if not self.ready:
                self._wire.close()

    async def close(self) -> None:
        """Take leave politely if nothing is on its way, and drop the connection. Never raises for the relay's sake."""
        try:
            if self.ready:
                self._conversation.quit()
                await self._agreed()
        except RelayFault:
            pass  # Whether it heard us does not matter any more.
        finally:
            self._forget()

    # Steps

    async def _open(self) -> None:
        tls = self._context() if self._relay.security is Security.IMPLICIT else None
        self._wire = await self._guarded(Wire.open(self._relay.host, self._relay.port, tls))
        await self._agreed()

    async def _hello(self) -> None:
        self._conversation.hello(self._relay.name or own_name(self._wire.local_address))
        await self._agreed()

    async def _starttls(self) -> None:
        wanted, offered = self._relay.security, self._conversation.extensions.starttls
        if wanted is Security.REQUIRED and not offered:
            raise RelayInsecure(f"{self._relay} does not offer STARTTLS")
        if wanted not in (Security.REQUIRED, Security.AUTO) or not offered:
            return
        self._conversation.starttls()
        await self._agreed()
        await self._guarded(self._wire.secure(self._context(), self._relay.host))
        self._conversation.secured()
        await self._hello()

    async def _login(self) -> None:
        if self._relay.user:
            self._conversation.login(self._relay.user, self._relay.password)
            await self._agreed()

    # Bytes

    async def _agreed(self) -> None:
        event = await self._next()
        while self._events:  # More than was asked for: the last one says how it ended.
            event = self._events.popleft()
        if isinstance(event, Failed):
            raise event.fault

    async def _outcome(self) -> Outcome:
        try:
            event = await self._next()
        except BaseException:
            self._conversation.lost("the sending was broken off")
            raise
        self._events.clear()
        assert isinstance(event, Finished)
        return event.outcome

    async def _next(self) -> Event:
        while not self._events:
            await self._exchange()
        return self._events.popleft()

    async def _exchange(self) -> None:
        conversation, wire = self._conversation, self._wire
        seconds = self._patience.until(conversation.waiting_for)
        try:
            while not wire.gone and (piece := conversation.outgoing()):
                if not wire.send(piece):
                    async with asyncio.timeout(self._patience.text):
                        await wire.sent()
            async with asyncio.timeout(seconds):
                heard = await wire.receive()
        except TimeoutError:
            step = conversation.waiting_for
            self._events += conversation.lost(f"no answer to {step.value if step else 'nothing'} in time")
        else:
            self._events += conversation.receive(heard)

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
        self._conversation = Conversation()
        self._events.clear()


def own_name(local_address: str) -> str:
    """What this host calls itself in EHLO: its full name, or its address where it has none (RFC 5321 4.1.4)."""
    name = socket.gethostname()
    if "." in name.strip(".") and name.isascii():
        return name
    return f"[IPv6:{local_address}]" if ":" in local_address else f"[{local_address or '127.0.0.1'}]"


def _why(error: ssl.SSLError) -> str:
    return getattr(error, "verify_message", "") or error.reason or "the handshake failed"
