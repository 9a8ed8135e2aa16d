"""A window of messages in transmission over one connection: which bytes may be sent, and what each reply means.

    plain         MAIL │ RCPT │ DATA │ text . │ MAIL │ …            │ marks the wait for a reply
    PIPELINING    MAIL RCPT DATA │ text . MAIL RCPT DATA │ text . …  (RFC 2920)
    CHUNKING      MAIL RCPT BDAT text RSET MAIL RCPT BDAT text …     (RFC 3030; one by one without PIPELINING)

The laws: every command gets one reply, and replies come in the order of the commands. **The outcome of a message is its
first negative reply, or the reply to its last byte.** Without that reply the message is uncertain if its last byte was
sent, and not sent otherwise. If the relay breaks these laws, the connection is closed with the outcomes that are known.

After BDAT the state of the previous transaction is unknown, so RSET comes first. Without it, after a refused recipient,
a relay would take the next message's text for the previous sender. Further BDAT commands are pipelined only after the
relay has accepted one: a relay that offers CHUNKING without implementing it reads a text as commands.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from stoppress.smtp.dot_stuffing import FINAL_DOT
from stoppress.smtp.envelope import EncodedEnvelope, Envelope, encode_envelope
from stoppress.smtp.errors import (
    MalformedSenderError,
    RelayError,
    RelayProtocolError,
    RelayUnavailableError,
    UnsendableError,
)
from stoppress.smtp.extensions import Extensions
from stoppress.smtp.outcome import (
    Accepted,
    Deferred,
    NotSent,
    Outcome,
    Refused,
    Step,
    Uncertain,
    classify_reply,
)
from stoppress.smtp.reply import Reply

MAX_PIECE_BYTES = 65536
"""Approximate size of one piece to send. When a connection breaks, what was sent is determined to this precision."""
MAX_UNANSWERED_BYTES = 131072
"""Bytes of texts, beyond the first, that may wait for their replies; about as much may become uncertain."""
UNKNOWN_COMMAND_CODES = (500, 502)
"""Replies of a relay that does not implement a command. Such a relay reads what follows BDAT as commands."""
PIPELINED_ROUND = deque((Step.FINAL_DOT, Step.MAIL, Step.RCPT, Step.DATA))
"""Replies due during a pipelined send, after a text and the commands of the next message were sent together."""


class MessageFinished(NamedTuple):
    """The outcome of the message at a position of the window."""

    position: int
    outcome: Outcome


class _Message:
    """One message of the window.

    Attributes:
        refused_steps: steps that got a negative reply.
        first_failure: the outcome by the first negative reply.
        fully_sent: True if its last byte was sent: the final dot's line end, or the last byte of its chunk.
    """

    __slots__ = ("encoded", "first_failure", "fully_sent", "index", "refused_steps")

    def __init__(self, index: int, encoded: EncodedEnvelope) -> None:
        self.index = index
        self.encoded = encoded
        self.refused_steps: list[Step] = []
        self.first_failure: Outcome | None = None
        self.fully_sent = False


class PipelinedWindow:
    """Messages that are sent in order.

    Args:
        extensions: the relay's offer.
        transaction_open: True if the relay may have a mail transaction that was not ended.
        bdat_accepted: True if the relay has accepted a BDAT before.
        on_start: called with the index of an envelope before the first byte of its MAIL command is returned.
    """

    def __init__(
        self,
        envelopes: Sequence[Envelope],
        extensions: Extensions,
        *,
        transaction_open: bool,
        bdat_accepted: bool,
        on_start: Callable[[int], None] | None = None,
    ) -> None:
        self.transaction_open, self.bdat_accepted = transaction_open, bdat_accepted
        self._on_start = on_start
        self.must_close = False
        """True when relay and client disagree about the state: the connection must be closed."""
        self.finished: list[MessageFinished] = []
        """Outcomes that the conversation has not taken yet."""
        self._pipelining, self._chunking = extensions.pipelining, extensions.chunking
        text_step = Step.BDAT if extensions.chunking else Step.DATA
        self._steps: tuple[Step, ...] = (Step.MAIL, Step.RCPT, text_step)
        self._unstarted: deque[_Message] = deque()
        self._started: deque[_Message] = deque()
        self._unsent_commands: deque[tuple[Step, bytes]] = deque()
        self._text: bytes | None = None
        self._text_position = 0
        self._unanswered_bytes = 0
        self._awaited: deque[Step] = deque()
        for index, envelope in enumerate(envelopes):
            self._add(index, envelope, extensions)

    @property
    def is_finished(self) -> bool:
        """True when every envelope has its outcome."""
        return not self._unstarted and not self._started

    @property
    def awaited_step(self) -> Step | None:
        """The step whose reply comes next, None if no reply is due."""
        return self._awaited[0] if self._awaited else None

    def data_to_send(self) -> bytes:
        """Return the next piece to send; b"" if a reply must come first. A returned piece counts as sent."""
        if self._text is not None and len(self._text) <= MAX_PIECE_BYTES and self._pipelining and not self._chunking:
            return self._text_and_next_commands(self._text)
        if self._awaited and self._awaited[-1] is Step.DATA:
            return b""
        parts: list[bytes] = []
        size = 0
        while size < MAX_PIECE_BYTES:
            if self._text is not None:
                size += self._append_text(self._text, parts)
                continue
            if not self._may_send_command():
                break
            if self._unsent_commands:
                part = self._next_command()
            elif self._unstarted:
                part = self._start_message()
            else:
                break
            parts.append(part)
            size += len(part)
        return b"".join(parts)

    def receive_round(self, replies: Sequence[Reply]) -> bool:
        """Process the four replies of `PIPELINED_ROUND` at once if all are positive, as nearly always.

        Returns:
            False, without any effect, in every other case; then pass the replies to `receive_reply` one by one.
        """
        if len(replies) != len(PIPELINED_ROUND) or self._awaited != PIPELINED_ROUND:
            return False
        done, following = self._started
        final, mail, rcpt, data = replies
        if final.code // 100 != 2 or mail.code // 100 != 2 or rcpt.code // 100 != 2 or data.code // 100 != 3:
            return False
        if done.refused_steps or not done.fully_sent:
            return False
        self._started.popleft()
        self.finished.append(MessageFinished(done.index, Accepted(final.code, final.text)))
        self._text = following.encoded.text
        self._awaited.clear()
        self._awaited.append(Step.FINAL_DOT)
        return True

    def receive_reply(self, reply: Reply) -> None:
        """Process one reply."""
        if not self._awaited:
            self._leave(reply, "unexpected reply")
            return
        step, message = self._awaited.popleft(), self._started[0]
        if step is Step.FINAL_DOT or step is Step.BDAT:
            self._process_final_reply(message, step, reply)
        elif reply.code // 100 != (3 if step is Step.DATA else 2):
            self._process_failure(message, step, reply)
        elif step is Step.DATA:
            self._start_text(message)

    def abort(self, error: RelayError) -> None:
        """End every message with what is known now: the connection has ended, or a reply is unreadable."""
        reason = str(error)
        for message in self._started:
            outcome = message.first_failure or (Uncertain(reason) if message.fully_sent else NotSent(reason, error))
            self.finished.append(MessageFinished(message.index, outcome))
        self._started.clear()
        self._end_unstarted(error)
        self._unsent_commands.clear()
        self._awaited.clear()
        self._text = None
        self.must_close = True

    def cancel_unstarted(self, reason: str) -> None:
        """End the messages that have not started as not sent; the relay is not the cause."""
        self.finished += [MessageFinished(message.index, NotSent(reason)) for message in self._unstarted]
        self._unstarted.clear()

    # Sending

    def _add(self, index: int, envelope: Envelope, extensions: Extensions) -> None:
        try:
            self._unstarted.append(_Message(index, encode_envelope(envelope, extensions, uses_bdat=self._chunking)))
        except MalformedSenderError as error:  # An error of this installation: it must not count against a reader.
            self.finished.append(MessageFinished(index, Deferred(451, "4.3.5", str(error), Step.MAIL)))
        except UnsendableError as error:
            self.finished.append(MessageFinished(index, Refused(error.code, error.enhanced, str(error))))

    def _may_send_command(self) -> bool:
        if not self._awaited:
            return True
        last = self._awaited[-1]
        if last is Step.BDAT:
            return self._pipelining and self.bdat_accepted and self._unanswered_bytes < MAX_UNANSWERED_BYTES
        return self._pipelining and last is not Step.DATA

    def _start_message(self) -> bytes:
        """Return the first command of the next message, or all of its commands with PIPELINING."""
        message = self._unstarted[0]
        if self._on_start:
            self._on_start(message.index)
        self._started.append(self._unstarted.popleft())
        encoded = message.encoded
        text_command = b"BDAT %d LAST\r\n" % len(encoded.text) if self._chunking else b"DATA\r\n"
        steps = self._steps
        lines: tuple[bytes, ...] = (encoded.mail_command, encoded.rcpt_command, text_command)
        if self.transaction_open:
            steps, lines = (Step.RSET, *steps), (b"RSET\r\n", *lines)
        self.transaction_open = True
        if self._pipelining:
            self._await_replies(*steps)
            return b"".join(lines)
        self._unsent_commands.extend(zip(steps, lines, strict=True))
        return self._next_command()

    def _next_command(self) -> bytes:
        step, line = self._unsent_commands.popleft()
        self._await_replies(step)
        return line

    def _await_replies(self, *steps: Step) -> None:
        self._awaited.extend(steps)
        if self._chunking and steps[-1] is Step.BDAT:
            self._text = self._started[-1].encoded.text
            self._unanswered_bytes += len(self._text)

    def _text_and_next_commands(self, text: bytes) -> bytes:
        """Return a whole text and the commands of the message after it: by far the most frequent piece."""
        self._text = None
        self._started[-1].fully_sent, self.transaction_open = True, False
        return b"".join((text, FINAL_DOT, self._start_message())) if self._unstarted else text + FINAL_DOT

    def _append_text(self, text: bytes, parts: list[bytes]) -> int:
        """Append the next piece of a text to `parts` and return its length in bytes."""
        start = self._text_position
        if len(text) - start > MAX_PIECE_BYTES:
            self._text_position += MAX_PIECE_BYTES
            parts.append(text[start : self._text_position])
            return MAX_PIECE_BYTES
        self._text, self._text_position = None, 0
        self._started[-1].fully_sent = True
        parts.append(text[start:])
        if not self._chunking:
            parts.append(FINAL_DOT)
            self.transaction_open = False  # Any reply to the final dot ends the transaction.
        return len(text) - start

    # Replies

    def _process_failure(self, message: _Message, step: Step, reply: Reply) -> None:
        """Process a reply to a command that is not the expected success."""
        message.refused_steps.append(step)
        failure = message.first_failure or classify_reply(step, reply)
        is_clear = step is not Step.RSET and (reply.is_transient_failure or reply.is_permanent_failure)
        if is_clear or not message.fully_sent:  # An unclear reply proves nothing about a text that the relay has.
            message.first_failure = failure
        if not is_clear or reply.code == 421:
            self._leave(reply, step.value)
        elif step is Step.DATA or not self._pipelining:
            self._unsent_commands.clear()
            self._finish(message, failure)

    def _start_text(self, message: _Message) -> None:
        if message.refused_steps and message.refused_steps != [Step.RCPT]:
            self.abort(RelayProtocolError("the relay accepted DATA after it refused the sender"))
            return
        # RFC 2920 section 3.1: a relay may accept DATA without recipients; it gets an empty text.
        self._text = b"" if message.refused_steps else message.encoded.text
        self._awaited.append(Step.FINAL_DOT)

    def _process_final_reply(self, message: _Message, step: Step, reply: Reply) -> None:
        """Process the reply to a message's last byte."""
        outcome = message.first_failure or _classify_final_reply(message, step, reply)
        if step is Step.BDAT:
            self._unanswered_bytes -= len(message.encoded.text)
            self.bdat_accepted = self.bdat_accepted or isinstance(outcome, Accepted)
        contradicts = reply.is_positive and message.refused_steps not in ([], [Step.RCPT])
        if contradicts:
            outcome = Uncertain("the relay accepted a message after it refused the sender")
        self._finish(message, outcome)
        bdat_unknown = step is Step.BDAT and reply.code in UNKNOWN_COMMAND_CODES
        if contradicts or not message.fully_sent or reply.code == 421 or reply.is_intermediate or bdat_unknown:
            self._leave(reply, step.value)
        elif step is Step.BDAT and reply.is_positive:
            self.transaction_open = bool(self._started)

    def _finish(self, message: _Message, outcome: Outcome) -> None:
        self._started.popleft()
        self.finished.append(MessageFinished(message.index, outcome))
        if isinstance(outcome, NotSent) and outcome.error:
            self._end_unstarted(outcome.error)

    def _end_unstarted(self, error: RelayError) -> None:
        """End the messages that have not started: the relay's error would affect each of them."""
        self.finished += [MessageFinished(message.index, NotSent(str(error), error)) for message in self._unstarted]
        self._unstarted.clear()

    def _leave(self, reply: Reply, context: str) -> None:
        is_failure = reply.is_transient_failure or reply.is_permanent_failure
        kind = RelayUnavailableError if is_failure else RelayProtocolError
        self.abort(kind(f"{context}: {reply.for_log()}", reply.code, reply.enhanced))


def _classify_final_reply(message: _Message, step: Step, reply: Reply) -> Outcome:
    if message.fully_sent and reply.is_positive:
        return Accepted(reply.code, reply.text)
    if message.fully_sent or reply.is_transient_failure or reply.is_permanent_failure:
        return classify_reply(step, reply)
    error = RelayProtocolError("the relay replied to a message before its last byte was sent")
    return NotSent(str(error), error)
