"""One message on its way: MAIL, RCPT, DATA, the text, the final dot, and what each answer means.

The law: **the outcome is the first no, or the answer to the final dot.** Later answers to commands that were already
said are awaited, because they belong to this message, and change nothing.
"""

from collections import deque
from collections.abc import Iterable

from stoppress.alerts.smtp.errors import RelayBrokeProtocol, RelayFault
from stoppress.alerts.smtp.message import FINAL_DOT
from stoppress.alerts.smtp.outcome import Accepted, NotSent, Outcome, Step, Uncertain, judged
from stoppress.alerts.smtp.reply import Reply

#: Bytes handed out at a time: what is left unsaid when a connection breaks is known to that grain.
PIECE = 65536


class Transaction:
    """One envelope and its text.

    Args:
        commands: the steps and their lines, in order; DATA is the last (RFC 2920 3.1 asks for that, too).
        text: the message, dot-stuffed, each line ended by CRLF.
        pipelining: say all commands in one piece, where the relay offers it.
    """

    def __init__(self, commands: Iterable[tuple[Step, bytes]], text: bytes, *, pipelining: bool) -> None:
        self._unsaid = deque(commands)
        self._text = text
        self._pipelining = pipelining
        self._owed: deque[Step] = deque()
        self._denied: set[Step] = set()
        self._verdict: Outcome | None = None
        #: Set when nothing more is owed.
        self.outcome: Outcome | None = None
        #: True when relay and program no longer agree on where they are: the connection must be closed.
        self.broken = False
        #: True when the relay answered a final dot, and so holds no half-made transaction.
        self.settled = False

    @property
    def waiting_for(self) -> Step:
        """The step whose answer comes next."""
        return self._owed[0]

    def say(self) -> bytes:
        """The next command, or all of them."""
        count = len(self._unsaid) if self._pipelining else 1
        said = [self._unsaid.popleft() for _ in range(count)]
        self._owed.extend(step for step, _ in said)
        return b"".join(line + b"\r\n" for _, line in said)

    def hear(self, reply: Reply, *, dot_left: bool) -> list[bytes]:
        """Take one answer, return what is to be said to it, in pieces.

        Args:
            dot_left: whether the final dot may already be with the relay.
        """
        step = self._owed.popleft()
        if step is Step.DOT:
            return self._hear_verdict(reply, dot_left)
        if not _welcome(step, reply):
            self._denied.add(step)
            self._verdict = self._verdict or judged(step, reply)
            if reply.code == 421 or not (reply.deferring or reply.refusing):
                return self._break()
        if step is Step.DATA and reply.continuing:
            return self._say_text()
        if self._owed:
            return []
        return [self.say()] if self._unsaid and not self._verdict else self._end()

    def cut(self, fault: RelayFault, *, dot_left: bool) -> Outcome:
        """The connection is gone, or what came is unreadable: what is known of the message now."""
        self._owed.clear()
        self._verdict = self._verdict or (Uncertain(str(fault)) if dot_left else NotSent(str(fault), fault))
        self._break()
        return self._verdict

    def _say_text(self) -> list[bytes]:
        if not self._denied:
            whole = self._text + FINAL_DOT
        elif self._denied == {Step.RCPT}:
            whole = FINAL_DOT  # RFC 2920 3.1: the relay wants a text for nobody; it gets an empty one.
        else:
            return self._break()  # Who would get the text is anyone's guess.
        self._owed.append(Step.DOT)
        return [whole[start : start + PIECE] for start in range(0, len(whole), PIECE)]

    def _hear_verdict(self, reply: Reply, dot_left: bool) -> list[bytes]:
        self._verdict = self._verdict or _after_text(reply, dot_left)
        if not dot_left or reply.code == 421 or reply.continuing:
            return self._break()
        self.settled = True
        return self._end()

    def _break(self) -> list[bytes]:
        self.broken = True
        return self._end()

    def _end(self) -> list[bytes]:
        self._owed.clear()
        self.outcome = self._verdict
        return []


def _welcome(step: Step, reply: Reply) -> bool:
    return reply.continuing if step is Step.DATA else reply.positive


def _after_text(reply: Reply, dot_left: bool) -> Outcome:
    if reply.deferring or reply.refusing or (dot_left and reply.continuing):
        return judged(Step.DOT, reply)
    if dot_left:
        return Accepted(reply.code, reply.text)
    fault = RelayBrokeProtocol("the relay answered a message before it was said")
    return NotSent(str(fault), fault)
