"""A connection to a relay: the asyncio shell around the conversation, with TLS and timeouts.

No task runs while messages are in transmission. Received bytes go to the conversation at once, and its answer goes to
the relay in the same call. The sender of a window waits once for all of its outcomes.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from stoppress.smtp.conversation import Conversation, ConversationEvent, ConversationFailed, ConversationState
from stoppress.smtp.envelope import Envelope
from stoppress.smtp.errors import RelayError, RelayInsecureError, RelayProtocolError, RelayUnavailableError
from stoppress.smtp.outcome import NotSent, Outcome, Step
from stoppress.smtp.pipelining import MessageFinished
from stoppress.smtp.relay_url import RelayAddress, Security
from stoppress.smtp.timeouts import Deadline, Timeouts
from stoppress.smtp.transport import RelayTransport

log = logging.getLogger(__name__)

T = TypeVar("T")

OutcomeCallback = Callable[[int, Outcome], None]
"""Receives the index of an envelope in its window, and its outcome."""


class SendPause(Protocol):
    """A reason to send nothing for a moment."""

    @property
    def is_active(self) -> bool:
        """True while nothing should be sent."""

    def call_when_over(self, callback: Callable[[], None]) -> None:
        """Call `callback` when the pause is over."""


class RelayConnection:
    """One connection to the relay, for one window of messages at a time.

    After the relay breaks the protocol, or does not reply to pipelined commands, further connections made by
    `connect()` use neither PIPELINING nor CHUNKING.

    Args:
        relay: host, port, security and login.
        timeouts: seconds to wait for the relay.
        tls: replaces the context that is made from the system's trusted authorities and `relay.verify`.
        pause: while it is active, nothing is sent.
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
        self._allow_pipelining = True
        self._deadline = Deadline(self._on_timeout)
        self._on_outcome: OutcomeCallback | None = None
        self._callback_error: Exception | None = None
        self._relay_error: RelayError | None = None
        self._became_idle: asyncio.Future[None] | None = None
        self._transport = RelayTransport(self._receive, self._flush)
        self._conversation = Conversation()

    def __repr__(self) -> str:
        return f"<RelayConnection {self._relay} {'ready' if self.is_ready else 'not ready'}>"

    @property
    def is_ready(self) -> bool:
        """True when the next window may be sent."""
        return self._conversation.state is ConversationState.READY

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS layer of the open connection, or None if it is not encrypted."""
        return self._transport.tls

    async def connect(self) -> None:
        """Connect, send EHLO, start TLS and log in. A second call makes a new connection.

        Raises:
            RelayError: the relay cannot be used.
        """
        self._reset()
        try:
            await self._open()
            await self._ehlo()
            await self._starttls()
            await self._login()
        except BaseException:
            self._reset()
            raise

    async def send_window(
        self,
        window: Sequence[Envelope],
        on_outcome: OutcomeCallback,
        on_start: Callable[[int], None] | None = None,
    ) -> None:
        """Send messages in order.

        Args:
            window: what to send.
            on_outcome: called once for each envelope, as soon as its outcome is known, with its index and outcome. If
                the connection breaks or this call is cancelled, the outcome is `Uncertain` for a message whose last
                byte was sent and `NotSent` for the others. Without a connection all are `NotSent`. An exception that
                it raises is raised here after the window.
            on_start: called with the index of each envelope before the first byte of its MAIL command is written.

        Raises:
            CommandSequenceError: another window is in transmission.
        """
        if self._conversation.state in (ConversationState.CONNECTED, ConversationState.CLOSED):
            error = self._relay_error or RelayUnavailableError("there is no connection to the relay")
            for index in range(len(window)):
                on_outcome(index, NotSent(str(error), error))
            return
        events = self._conversation.start_window(window, on_start)
        self._on_outcome, self._callback_error = on_outcome, None
        try:
            self._process(events)
            await self._wait_until_idle()
        except BaseException:
            self._process(self._conversation.connection_lost("sending was cancelled"))
            raise
        finally:
            self._on_outcome = None
            if not self.is_ready:
                self._transport.close()
        if self._callback_error:
            raise self._callback_error

    async def send(self, envelope_from: str, to: str, message: bytes) -> Outcome:
        """Send one message, with line ends of any kind, and return its outcome; otherwise as `send_window`."""
        outcomes: list[Outcome] = []
        await self.send_window(
            [Envelope(envelope_from, to, message, is_smtp_ready=False)], lambda _, outcome: outcomes.append(outcome)
        )
        return outcomes[0]

    def cancel_unstarted(self, reason: str) -> None:
        """Report the messages of the window that have not started as not sent, so that others can send them."""
        self._process(self._conversation.cancel_unstarted(reason))

    async def close(self) -> None:
        """Send QUIT if no message is in transmission, and drop the connection. Never raises `RelayError`."""
        try:
            if self.is_ready:
                await self._request(self._conversation.quit)
        except RelayError:
            pass  # A failed QUIT changes nothing.
        finally:
            self._reset()

    # Steps of connect

    async def _open(self) -> None:
        tls = self._tls_context() if self._relay.security is Security.IMPLICIT else None
        await self._with_timeout(self._transport.connect(self._relay.host, self._relay.port, tls))
        await self._request()

    async def _ehlo(self) -> None:
        name = self._relay.name or local_host_name(self._transport.local_address)
        await self._request(lambda: self._conversation.ehlo(name))

    async def _starttls(self) -> None:
        security, is_offered = self._relay.security, self._conversation.extensions.starttls
        if security is Security.REQUIRED and not is_offered:
            raise RelayInsecureError(f"{self._relay} does not offer STARTTLS")
        if security not in (Security.REQUIRED, Security.AUTO) or not is_offered:
            return
        await self._request(self._conversation.starttls)
        await self._with_timeout(self._transport.start_tls(self._tls_context(), self._relay.host))
        await self._request(self._conversation.tls_established)
        await self._ehlo()

    async def _login(self) -> None:
        user, password = self._relay.user, self._relay.password
        if user:
            await self._request(lambda: self._conversation.login(user, password))

    async def _request(self, command: Callable[[], None] | None = None) -> None:
        """Send a command that is not a message, and wait for success; without a command, wait for the greeting."""
        if self._relay_error:
            raise self._relay_error
        if command:
            command()
        await self._wait_until_idle()
        if self._relay_error:  # An error may follow a positive reply.
            raise self._relay_error

    async def _wait_until_idle(self) -> None:
        """Send what is due, and return when no further reply is due."""
        self._flush()
        if not self._conversation.is_idle:
            self._became_idle = asyncio.get_running_loop().create_future()
            try:
                await self._became_idle
            finally:
                self._became_idle = None

    # Bytes in and out

    def _flush(self) -> None:
        """Send what the conversation returns, and set the deadline for the next reply."""
        conversation, transport = self._conversation, self._transport
        if self._pause and self._pause.is_active and not conversation.is_idle:
            self._pause.call_when_over(self._flush)
            return
        while not transport.is_blocked and not transport.is_closed and (piece := conversation.data_to_send()):
            transport.write(piece)
        if conversation.is_idle:
            self._deadline.clear()
        else:
            step = conversation.awaited_step
            self._deadline.set(self._timeouts.text if transport.is_blocked else self._timeouts.for_step(step))

    def _receive(self, data: bytes) -> None:
        self._process(self._conversation.receive_data(data))
        if not self._conversation.is_closed:
            self._flush()

    def _on_timeout(self) -> None:
        step = self._conversation.awaited_step
        if step in (Step.RCPT, Step.DATA) and self._conversation.extensions.pipelining:
            self._disable_pipelining()
        self._process(self._conversation.connection_lost(f"no reply to {step.value if step else 'sent data'} in time"))
        self._transport.close()

    def _process(self, events: Iterable[ConversationEvent]) -> None:
        for event in events:
            if type(event) is MessageFinished:
                self._report(event)
            elif isinstance(event, ConversationFailed):
                self._relay_error = event.error
        if self._became_idle and self._conversation.is_idle and not self._became_idle.done():
            self._became_idle.set_result(None)

    def _report(self, event: MessageFinished) -> None:
        outcome = event.outcome
        if type(outcome) is NotSent:
            self._relay_error = outcome.error if self._conversation.is_closed else None
            if isinstance(outcome.error, RelayProtocolError):
                self._disable_pipelining()
        try:
            if self._on_outcome:
                self._on_outcome(event.position, outcome)
        except Exception as error:  # noqa: BLE001 - raised after the window, so that every outcome is reported
            self._callback_error = self._callback_error or error

    def _disable_pipelining(self) -> None:
        if self._allow_pipelining:
            self._allow_pipelining = False
            log.warning("%s broke the protocol: further connections use neither PIPELINING nor CHUNKING", self._relay)

    async def _with_timeout(self, step: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._timeouts.connect):
                return await step
        except ssl.SSLError as error:
            raise RelayInsecureError(f"{self._relay}: TLS failed: {_describe(error)}") from error
        except TimeoutError as error:
            raise RelayUnavailableError(f"{self._relay}: no connection in {self._timeouts.connect:g} s") from error
        except OSError as error:
            raise RelayUnavailableError(f"{self._relay}: {error.strerror or error}") from error

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls:
            return self._tls
        context = ssl.create_default_context()
        if not self._relay.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _reset(self) -> None:
        self._transport.close()
        self._deadline.cancel()
        self._relay_error = None
        self._transport = RelayTransport(self._receive, self._flush)
        self._conversation = Conversation(allow_pipelining=self._allow_pipelining)


def local_host_name(local_address: str) -> str:
    """Return this host's name for EHLO: its full name, or its address if it has none (RFC 5321 section 4.1.4)."""
    name = socket.gethostname()
    if "." in name.strip(".") and name.isascii():
        return name
    return f"[IPv6:{local_address}]" if ":" in local_address else f"[{local_address or '127.0.0.1'}]"


def _describe(error: ssl.SSLError) -> str:
    return getattr(error, "verify_message", "") or error.reason or "the handshake failed"
