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

from stoppress.smtp.conversation import Conversation, ConversationEvent, ConversationFailed, ConversationState
from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import RelayProtocolError, RelayError, RelayInsecureError, RelayUnavailableError
from stoppress.smtp.outcome import NotSent, Outcome, SmtpStep
from stoppress.smtp.pipelining import MessageFinished
from stoppress.smtp.relay_url import RelayAddress, Security
from stoppress.smtp.timeouts import Timeouts, Deadline
from stoppress.smtp.transport import RelayTransport

log = logging.getLogger(__name__)

_T = TypeVar("_T")

OutcomeCallback = Callable[[int, Outcome], None]
"""Told the outcome of the envelope at an index of its window."""


class SendPause(Protocol):
    """Something for whose sake a sender waits a moment."""

    @property
    def is_active(self) -> bool:
        """Whether to wait now."""

    def call_when_over(self, go_on: Callable[[], None]) -> None:
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
        timeouts: Timeouts | None = None,
        tls: ssl.SSLContext | None = None,
        pause: SendPause | None = None,
    ) -> None:
        self._relay, self._pause = relay, pause
        self._timeouts = timeouts or Timeouts()
        self._tls = tls
        self._one_command_at_a_time = False
        self._deadline = Deadline(self._late)
        self._heard: OutcomeCallback | None = None
        self._failure: Exception | None = None
        self._fault: RelayError | None = None
        self._over: asyncio.Future[None] | None = None
        self._transport = RelayTransport(self._hear, self._speak)
        self._conversation = Conversation()

    def __repr__(self) -> str:
        return f"<RelayConnection {self._relay} {'ready' if self.is_ready else 'not ready'}>"

    @property
    def is_ready(self) -> bool:
        """True when the next window may be sent."""
        return self._conversation.state is ConversationState.READY

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
        self, window: Sequence[Envelope], heard: OutcomeCallback, begin: Callable[[int], None] | None = None
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
        if self._conversation.state in (ConversationState.CONNECTED, ConversationState.CLOSED):
            fault = self._fault or RelayUnavailableError("there is no connection to the relay")
            for index in range(len(window)):
                heard(index, NotSent(str(fault), fault))
            return
        events = self._conversation.start_window(window, begin)
        self._heard, self._failure = heard, None
        try:
            self._take(events)
            await self._quiet()
        except BaseException:
            self._take(self._conversation.connection_lost("the sending was broken off"))
            raise
        finally:
            self._heard = None
            if not self.is_ready:
                self._transport.close()
        if self._failure:
            raise self._failure

    async def send(self, envelope_from: str, to: str, message: bytes) -> Outcome:
        """Send one message, with line ends of any kind, and say what became of it; otherwise as `send_window`."""
        outcomes: list[Outcome] = []
        await self.send_window(
            [Envelope(envelope_from, to, message, is_smtp_ready=False)], lambda _, outcome: outcomes.append(outcome)
        )
        return outcomes[0]

    def cancel_unstarted(self, reason: str) -> None:
        """Report the messages of the window that have not begun as not sent, so that others can send them."""
        self._take(self._conversation.recall(reason))

    async def close(self) -> None:
        """Take leave politely if nothing is on its way, and drop the connection. Never raises for the relay's sake."""
        try:
            if self.is_ready:
                await self._agreed(self._conversation.quit)
        except RelayError:
            pass  # Whether it heard us does not matter any more.
        finally:
            self._forget()

    # Steps

    async def _open(self) -> None:
        tls = self._context() if self._relay.security is Security.IMPLICIT else None
        await self._guarded(self._transport.connect(self._relay.host, self._relay.port, tls))
        await self._agreed()

    async def _hello(self) -> None:
        name = self._relay.name or local_host_name(self._transport.local_address)
        await self._agreed(lambda: self._conversation.ehlo(name))

    async def _starttls(self) -> None:
        wanted, offered = self._relay.security, self._conversation.extensions.starttls
        if wanted is Security.REQUIRED and not offered:
            raise RelayInsecureError(f"{self._relay} does not offer STARTTLS")
        if wanted not in (Security.REQUIRED, Security.AUTO) or not offered:
            return
        await self._agreed(self._conversation.starttls)
        await self._guarded(self._transport.start_tls(self._context(), self._relay.host))
        await self._agreed(self._conversation.tls_established)
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
        if not self._conversation.is_idle:
            self._over = asyncio.get_running_loop().create_future()
            try:
                await self._over
            finally:
                self._over = None

    # What comes and goes

    def _speak(self) -> None:
        conversation, transport = self._conversation, self._transport
        if self._pause and self._pause.is_active and not conversation.is_idle:
            self._pause.call_when_over(self._speak)
            return
        while not transport.is_blocked and not transport.is_closed and (piece := conversation.data_to_send()):
            transport.write(piece)
        if conversation.is_idle:
            self._deadline.clear()
        else:
            self._deadline.set(self._timeouts.text if transport.is_blocked else self._timeouts.for_step(conversation.waiting_for))

    def _hear(self, data: bytes) -> None:
        self._take(self._conversation.receive_data(data))
        if not self._conversation.is_closed:
            self._speak()

    def _late(self) -> None:
        step = self._conversation.waiting_for
        if step in (SmtpStep.RCPT, SmtpStep.DATA) and self._conversation.extensions.pipelining:
            self._go_plainly()
        self._take(self._conversation.connection_lost(f"no answer to {step.value if step else 'what we said'} in time"))
        self._transport.close()

    def _take(self, events: Iterable[ConversationEvent]) -> None:
        for event in events:
            if type(event) is MessageFinished:
                self._tell(event)
            elif isinstance(event, ConversationFailed):
                self._fault = event.error
        if self._over and self._conversation.is_idle and not self._over.done():
            self._over.set_result(None)

    def _tell(self, event: MessageFinished) -> None:
        outcome = event.outcome
        if type(outcome) is NotSent:
            self._fault = outcome.error if self._conversation.is_closed else None
            if isinstance(outcome.error, RelayProtocolError):
                self._go_plainly()
        try:
            if self._heard:
                self._heard(event.index, outcome)
        except Exception as error:  # The others' outcomes are not lost for one that could not be told.
            self._failure = self._failure or error

    def _go_plainly(self) -> None:
        if not self._one_command_at_a_time:
            self._one_command_at_a_time = True
            log.warning("%s broke the protocol: from now on one command at a time", self._relay)

    async def _guarded(self, step: Awaitable[_T]) -> _T:
        try:
            async with asyncio.timeout(self._timeouts.connect):
                return await step
        except ssl.SSLError as error:
            raise RelayInsecureError(f"{self._relay}: TLS failed: {_why(error)}") from error
        except TimeoutError as error:
            raise RelayUnavailableError(f"{self._relay}: no connection in {self._timeouts.connect:g} s") from error
        except OSError as error:
            raise RelayUnavailableError(f"{self._relay}: {error.strerror or error}") from error

    def _context(self) -> ssl.SSLContext:
        if self._tls:
            return self._tls
        context = ssl.create_default_context()
        if not self._relay.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _forget(self) -> None:
        self._transport.close()
        self._deadline.cancel()
        self._fault = None
        self._transport = RelayTransport(self._hear, self._speak)
        self._conversation = Conversation(plain=self._one_command_at_a_time)


def local_host_name(local_address: str) -> str:
    """What this host calls itself in EHLO: its full name, or its address where it has none (RFC 5321 4.1.4)."""
    name = socket.gethostname()
    if "." in name.strip(".") and name.isascii():
        return name
    return f"[IPv6:{local_address}]" if ":" in local_address else f"[{local_address or '127.0.0.1'}]"


def _why(error: ssl.SSLError) -> str:
    return getattr(error, "verify_message", "") or error.reason or "the handshake failed"
