"""A window of messages on its way over one connection: what may be said now, and what each answer means.

    plain         MAIL │ RCPT │ DATA │ text . │ MAIL │ …            │ an answer is awaited
    PIPELINING    MAIL RCPT DATA │ text . MAIL RCPT DATA │ text . …  (RFC 2920)
    CHUNKING      MAIL RCPT BDAT text RSET MAIL RCPT BDAT text …     (RFC 3030; singly where nothing may be pipelined)

The laws: every command is owed one answer, and answers come in the order of what was said. **The outcome of a message
is the first no, or the answer to its last byte.** Without that answer it is uncertain if its last byte was said, and
not sent if it was not. Whoever breaks these laws is left, with what is known by then.

Behind a BDAT nothing is known of the transaction before, so RSET comes first: after a refused recipient a relay would
take the next one's text for the last one's sender. And only who has taken one BDAT is told the next ones in advance: to
a relay that offers CHUNKING and does not know it, a text is commands.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from stoppress.smtp.dot_stuffing import FINAL_DOT
from stoppress.smtp.envelope import Envelope, EncodedEnvelope, encode_envelope
from stoppress.smtp.errors import RelayProtocolError, RelayError, RelayUnavailableError, MalformedSenderError, UnsendableError
from stoppress.smtp.extensions import Extensions
from stoppress.smtp.outcome import Accepted, Deferred, NotSent, Outcome, Refused, SmtpStep, Uncertain, classify_reply
from stoppress.smtp.reply import Reply

#: Bytes handed out at a time, about: what is left unsaid when a connection breaks is known to that grain.
MAX_PIECE_BYTES = 65536
#: Bytes of texts that may be under way without an answer, beyond the first text: about as much may become uncertain.
MAX_UNANSWERED_BYTES = 131072
#: Replies of a relay that does not know a command. What follows its BDAT it takes for commands.
UNKNOWN_COMMAND_CODES = (500, 502)
#: What is owed amid a pipelined send, when a text and the commands of the next message have gone together.
PIPELINED_ROUND = deque((SmtpStep.DOT, SmtpStep.MAIL, SmtpStep.RCPT, SmtpStep.DATA))


class MessageFinished(NamedTuple):
    """What became of one message of the window: the one at `at`."""

    index: int
    outcome: Outcome


class _Message:
    """One message of the window."""

    __slots__ = ("denied", "index", "said", "sayable", "verdict")

    def __init__(self, index: int, words: EncodedEnvelope) -> None:
        self.index = index
        self.sayable = words
        self.denied: list[SmtpStep] = []
        self.verdict: Outcome | None = None
        #: Whether its last byte, the final dot's line end or the last one of its chunk, is said.
        self.said = False


class PipelinedWindow:
    """Envelopes, sent in order.

    Args:
        offers: what the relay offered.
        transaction_open: the relay may hold a transaction that was not ended.
        bdat_accepted: the relay has taken a BDAT before.
        begin: called with the index of an envelope before the first byte of its MAIL command is handed out.
    """

    def __init__(
        self,
        envelopes: Sequence[Envelope],
        offers: Extensions,
        *,
        transaction_open: bool,
        bdat_accepted: bool,
        begin: Callable[[int], None] | None = None,
    ) -> None:
        self.transaction_open, self.bdat_accepted = transaction_open, bdat_accepted
        self._begins = begin
        #: True when relay and program no longer agree on where they are: the connection must be closed.
        self.must_close = False
        #: For the conversation to take away.
        self.finished: list[MessageFinished] = []
        self._pipelining, self._chunking = offers.pipelining, offers.chunking
        self._steps: tuple[SmtpStep, ...] = (SmtpStep.MAIL, SmtpStep.RCPT, SmtpStep.BDAT if offers.chunking else SmtpStep.DATA)
        self._unbegun: deque[_Message] = deque()
        self._begun: deque[_Message] = deque()
        self._unsaid: deque[tuple[SmtpStep, bytes]] = deque()
        self._text: bytes | None = None
        self._at = 0
        self._in_flight = 0
        self._owed: deque[SmtpStep] = deque()
        for index, envelope in enumerate(envelopes):
            self._prepare(index, envelope, offers)

    @property
    def is_finished(self) -> bool:
        """True when every envelope has its outcome."""
        return not self._unbegun and not self._begun

    @property
    def waiting_for(self) -> SmtpStep | None:
        """The step whose answer comes next, None when none is owed."""
        return self._owed[0] if self._owed else None

    def data_to_send(self) -> bytes:
        """What is to be said now, or a part of it; b"" when an answer must come first. What is handed out is said."""
        if self._text is not None and len(self._text) <= MAX_PIECE_BYTES and self._pipelining and not self._chunking:
            return self._text_and_next(self._text)
        if self._owed and self._owed[-1] is SmtpStep.DATA:
            return b""
        parts: list[bytes] = []
        size = 0
        while size < MAX_PIECE_BYTES:
            if self._text is not None:
                size += self._say_text(self._text, parts)
                continue
            if not self._may_speak():
                break
            if self._unsaid:
                part = self._next_command()
            elif self._unbegun:
                part = self._begin()
            else:
                break
            parts.append(part)
            size += len(part)
        return b"".join(parts)

    def receive_round(self, replies: Sequence[Reply]) -> bool:
        """Take the four answers that come together amid a pipelined send, if these are they and all say yes, as they do
        nearly always. Otherwise False, and nothing is heard: they are for `hear`, one by one."""
        if len(replies) != len(PIPELINED_ROUND) or self._owed != PIPELINED_ROUND:
            return False
        done, following = self._begun
        verdict, mail, rcpt, data = replies
        if verdict.code // 100 != 2 or mail.code // 100 != 2 or rcpt.code // 100 != 2 or data.code // 100 != 3:
            return False
        if done.denied or not done.said:
            return False
        self._begun.popleft()
        self.finished.append(MessageFinished(done.index, Accepted(verdict.code, verdict.text)))
        self._text = following.sayable.text
        self._owed.clear()
        self._owed.append(SmtpStep.DOT)
        return True

    def receive_reply(self, reply: Reply) -> None:
        """Take one answer."""
        if not self._owed:
            self._leave(reply, "unasked")
            return
        step, message = self._owed.popleft(), self._begun[0]
        if step is SmtpStep.DOT or step is SmtpStep.BDAT:
            self._hear_verdict(message, step, reply)
        elif reply.code // 100 != (3 if step is SmtpStep.DATA else 2):
            self._deny(message, step, reply)
        elif step is SmtpStep.DATA:
            self._go_ahead(message)

    def abort(self, fault: RelayError) -> None:
        """The connection is gone, or what came is unreadable: this is what is known now."""
        reason = str(fault)
        for message in self._begun:
            outcome = message.verdict or (Uncertain(reason) if message.said else NotSent(reason, fault))
            self.finished.append(MessageFinished(message.index, outcome))
        self._begun.clear()
        self._give_up(fault)
        self._unsaid.clear()
        self._owed.clear()
        self._text = None
        self.must_close = True

    def recall(self, reason: str) -> None:
        """Take back the messages that have not begun: each ends as not sent, through no fault of the relay's."""
        self.finished += [MessageFinished(message.index, NotSent(reason)) for message in self._unbegun]
        self._unbegun.clear()

    # What is said

    def _prepare(self, index: int, envelope: Envelope, offers: Extensions) -> None:
        try:
            self._unbegun.append(_Message(index, encode_envelope(envelope, offers, chunked=self._chunking)))
        except MalformedSenderError as error:  # Our own fault, so no reader is told off for it.
            self.finished.append(MessageFinished(index, Deferred(451, "4.3.5", str(error), SmtpStep.MAIL)))
        except UnsendableError as error:
            self.finished.append(MessageFinished(index, Refused(error.code, error.enhanced, str(error))))

    def _may_speak(self) -> bool:
        if not self._owed:
            return True
        last = self._owed[-1]
        if last is SmtpStep.BDAT:
            return self._pipelining and self.bdat_accepted and self._in_flight < MAX_UNANSWERED_BYTES
        return self._pipelining and last is not SmtpStep.DATA

    def _begin(self) -> bytes:
        """The first command of the next message, or all of them."""
        message = self._unbegun[0]
        if self._begins:
            self._begins(message.index)
        self._begun.append(self._unbegun.popleft())
        words = message.sayable
        last = b"BDAT %d LAST\r\n" % len(words.text) if self._chunking else b"DATA\r\n"
        steps = self._steps
        lines: tuple[bytes, ...] = (words.mail, words.rcpt, last)
        if self.transaction_open:
            steps, lines = (SmtpStep.RESET, *steps), (b"RSET\r\n", *lines)
        self.transaction_open = True
        if self._pipelining:
            self._owe(*steps)
            return b"".join(lines)
        self._unsaid.extend(zip(steps, lines, strict=True))
        return self._next_command()

    def _next_command(self) -> bytes:
        step, line = self._unsaid.popleft()
        self._owe(step)
        return line

    def _owe(self, *steps: SmtpStep) -> None:
        self._owed.extend(steps)
        if self._chunking and steps[-1] is SmtpStep.BDAT:
            self._text = self._begun[-1].sayable.text
            self._in_flight += len(self._text)

    def _text_and_next(self, text: bytes) -> bytes:
        """A whole text, and the commands of the message after it: what is said most by far."""
        self._text = None
        self._begun[-1].said, self.transaction_open = True, False
        return b"".join((text, FINAL_DOT, self._begin())) if self._unbegun else text + FINAL_DOT

    def _say_text(self, text: bytes, parts: list[bytes]) -> int:
        """The next piece of a text, added to the parts; how many bytes that was."""
        at = self._at
        if len(text) - at > MAX_PIECE_BYTES:
            self._at += MAX_PIECE_BYTES
            parts.append(text[at : self._at])
            return MAX_PIECE_BYTES
        self._text, self._at = None, 0
        self._begun[-1].said = True
        parts.append(text[at:])
        if not self._chunking:
            parts.append(FINAL_DOT)
            self.transaction_open = False  # Whatever the answer to the final dot is, the transaction ends with it.
        return len(text) - at

    # What is heard

    def _deny(self, message: _Message, step: SmtpStep, reply: Reply) -> None:
        message.denied.append(step)
        verdict = message.verdict or classify_reply(step, reply)
        clear = step is not SmtpStep.RESET and (reply.is_transient_failure or reply.is_permanent_failure)
        if clear or not message.said:  # What is no clear no to a text that the relay has says nothing about that text.
            message.verdict = verdict
        if not clear or reply.code == 421:
            self._leave(reply, step.value)
        elif step is SmtpStep.DATA or not self._pipelining:
            self._unsaid.clear()
            self._end(message, verdict)

    def _go_ahead(self, message: _Message) -> None:
        if message.denied and message.denied != [SmtpStep.RCPT]:
            self.abort(RelayProtocolError("the relay wants a text after it refused the sender"))
            return
        # RFC 2920 3.1: a relay may want a text for nobody; it gets an empty one.
        self._text = b"" if message.denied else message.sayable.text
        self._owed.append(SmtpStep.DOT)

    def _hear_verdict(self, message: _Message, step: SmtpStep, reply: Reply) -> None:
        outcome = message.verdict or _after_text(message, step, reply)
        if step is SmtpStep.BDAT:
            self._in_flight -= len(message.sayable.text)
            self.bdat_accepted = self.bdat_accepted or isinstance(outcome, Accepted)
        mad = reply.is_positive and message.denied not in ([], [SmtpStep.RCPT])
        if mad:
            outcome = Uncertain("the relay took a message after it had refused the sender")
        self._end(message, outcome)
        if mad or not message.said or _leaving(reply) or (step is SmtpStep.BDAT and reply.code in UNKNOWN_COMMAND_CODES):
            self._leave(reply, step.value)
        elif step is SmtpStep.BDAT and reply.is_positive:
            self.transaction_open = bool(self._begun)

    def _end(self, message: _Message, outcome: Outcome) -> None:
        self._begun.popleft()
        self.finished.append(MessageFinished(message.index, outcome))
        if isinstance(outcome, NotSent) and outcome.error:
            self._give_up(outcome.error)

    def _give_up(self, fault: RelayError) -> None:
        """What is wrong with the relay will be wrong with it for the rest of the window."""
        self.finished += [MessageFinished(message.index, NotSent(str(fault), fault)) for message in self._unbegun]
        self._unbegun.clear()

    def _leave(self, reply: Reply, when: str) -> None:
        kind = RelayUnavailableError if reply.is_transient_failure or reply.is_permanent_failure else RelayProtocolError
        self.abort(kind(f"{when}: {reply.for_log()}", reply.code, reply.enhanced))


def _leaving(reply: Reply) -> bool:
    """In answer to a text: the relay closes the connection, or wants more."""
    return reply.code == 421 or reply.is_intermediate


def _after_text(message: _Message, step: SmtpStep, reply: Reply) -> Outcome:
    if message.said and reply.is_positive:
        return Accepted(reply.code, reply.text)
    if message.said or reply.is_transient_failure or reply.is_permanent_failure:
        return classify_reply(step, reply)
    fault = RelayProtocolError("the relay answered a message before it was said")
    return NotSent(str(fault), fault)
