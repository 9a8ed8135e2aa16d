"""What the relay's own log says about messages that are uncertain here, found by their stable Message-ID.

    found(open("/var/log/mail.log"), ["<6b0e….15@lists.example>"])  →  {"<6b0e….15@lists.example>": Fate(DELIVERED, …)}

Reads the logs of Postfix, Exim and OpenSMTPD, line by line, and remembers only the queue ids of the messages that it
was asked for. The first two write the Message-ID once, and then only the queue id; OpenSMTPD never writes it, but each
time the envelope sender, which is one delivery's alone. What is not found may still have been taken: logs are rotated.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from stoppress.smtp.address_syntax import redact_addresses

MAX_LINE_LENGTH = 8192
"""Characters of a line that are looked at; no log line that matters has as many."""


class RelayLogState(IntEnum):
    """What became of a message; of two things that are known the greater one counts."""

    STARTED = 0
    """The relay heard its header; nothing says that it took the message, so most likely it did not."""
    QUEUED = 1
    """The relay took it; it may still lie in its queue."""
    DEFERRED = 2
    """The relay keeps trying."""
    BOUNCED = 3
    """The relay gave up, and says so to the envelope sender."""
    DELIVERED = 4
    """The next server, or the mailbox, took it."""


@dataclass(frozen=True, slots=True)
class RelayLogResult:
    """The end of the story, as far as the log goes.

    Args:
        known: the most that any copy came to.
        detail: the words of the last server, without local parts of addresses.
        copies: how often the relay took it; more than one is a reader who gets it twice.
    """

    state: RelayLogState
    detail: str = ""
    copies: int = 1


@dataclass(slots=True)
class _Copy:
    """One message in the relay's queue."""

    known: RelayLogState = RelayLogState.STARTED
    detail: str = ""
    inward: bool = False  # handed to a filter on the same machine, which gives it back under another queue id


@dataclass(slots=True)
class _Search:
    wanted: dict[str, str]
    senders: dict[str, str]
    queued: dict[str, tuple[str, _Copy]] = field(default_factory=dict)
    copies: dict[str, list[_Copy]] = field(default_factory=dict)

    def begins(self, queue_id: str, message_id: str, known: RelayLogState) -> None:
        if name := self.wanted.get(message_id):
            copy = _Copy(known)
            self.queued[queue_id] = (name, copy)
            self.copies.setdefault(name, []).append(copy)

    def carries(self, queue_id: str, sender: str) -> None:
        if queue_id not in self.queued and (name := self.senders.get(sender)):
            self.begins(queue_id, name.strip("<>"), RelayLogState.QUEUED)

    def comes_to(self, queue_id: str, known: RelayLogState, detail: str, *, inward: bool = False) -> None:
        if queue_id in self.queued:
            _, copy = self.queued[queue_id]
            if inward:
                copy.inward, copy.state = True, max(copy.state, RelayLogState.QUEUED)
            elif known >= copy.state:
                copy.state, copy.detail = known, redact_addresses(" ".join(detail.split()))[:300]

    def forgets(self, queue_id: str) -> None:
        self.queued.pop(queue_id, None)


def search_relay_log(
    log_lines: Iterable[str], message_ids: Iterable[str], senders: Mapping[str, str] | None = None
) -> Mapping[str, RelayLogResult]:
    """What the log knows of these messages; those that it does not name are left out.

    Args:
        log_lines: of a Postfix, Exim or OpenSMTPD log, oldest first; anything else in between does no harm.
        message_ids: with or without their angle brackets.
        senders: envelope senders, and which of these messages each is of.
    """
    search = _Search({each.strip().strip("<>"): each for each in message_ids}, dict(senders or {}))
    for line in log_lines:
        line = line[:MAX_LINE_LENGTH]
        if match := _POSTFIX.search(line):
            _read_postfix(search, match[1], match[2])
        elif match := _EXIM.search(line):
            _read_exim(search, match[1], match[2], match[3])
        elif match := _OPENSMTPD.search(line):
            _read_opensmtpd(search, match[1], match[2], match[3], match[4])
    return {name: _fate(copies) for name, copies in search.copies.items()}


def _fate(copies: list[_Copy]) -> RelayLogResult:
    real = [copy for copy in copies if not copy.inward] or copies[:1]
    best = max(real, key=lambda copy: copy.state)
    return RelayLogResult(best.state, best.detail, sum(copy.state > RelayLogState.STARTED for copy in real))


# Postfix: "… postfix/smtp[123]: 4F1A2B3C4D: to=<reader@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1,
#           delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 ok)"
# The line with the Message-ID comes before the end of the text; only the queue manager's says that it was taken.

_POSTFIX = re.compile(r"\bpostfix[-\w/]*\[\d+\]: ([0-9A-Za-z]{5,20}): (.+)")
_MESSAGE_ID = re.compile(r"^message-id=<([^>]*)>")
_ACTIVE = re.compile(r"^from=<[^>]*>, size=\d+")
_STATUS = re.compile(r"\bstatus=(sent|deferred|bounced|expired)\b,? ?(.*)")
_INWARD = re.compile(r"\brelay=(?:127\.[\d.]+|localhost|::1|[^,\[]*\[(?:127\.[\d.]+|::1|private/[^\]]*|/[^\]]*)\])")
_STATES = {"sent": RelayLogState.DELIVERED, "deferred": RelayLogState.DEFERRED, "bounced": RelayLogState.BOUNCED, "expired": RelayLogState.BOUNCED}


def _read_postfix(search: _Search, queue_id: str, text: str) -> None:
    if match := _MESSAGE_ID.match(text):
        search.begins(queue_id, match[1], RelayLogState.STARTED)
    elif _ACTIVE.match(text):
        search.comes_to(queue_id, RelayLogState.QUEUED, "")
    elif text.strip() == "removed":
        search.forgets(queue_id)  # Postfix gives short queue ids to others later.
    elif queue_id in search.queued and (match := _STATUS.search(text)):
        inward = match[1] == "sent" and bool(_INWARD.search(text))
        search.comes_to(queue_id, _STATES[match[1]], match[2].strip("() \n"), inward=inward)


# Exim: "2026-03-08 20:04:01 1vXyZa-00000000001-AbCd <= bounce@… H=… P=esmtp S=6700 id=6b0e….15@lists.example"
#       "2026-03-08 20:04:02 1vXyZa-00000000001-AbCd => reader@example.org R=dnslookup T=remote_smtp … C="250 ok""

_EXIM = re.compile(r"\b([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}) (<=|=>|->|>>|\*\*|==|Completed)(.*)")
_EXIM_ID = re.compile(r" id=(\S+)")
_EXIM_WORDS = re.compile(r'\bC="([^"]*)"|(?:\*\*|==|: )(.*)$')
_FLAGS = {
    **dict.fromkeys(("=>", "->", ">>"), RelayLogState.DELIVERED),
    "**": RelayLogState.BOUNCED,
    "==": RelayLogState.DEFERRED,
}


def _read_exim(search: _Search, queue_id: str, flag: str, text: str) -> None:
    if flag == "<=":
        if match := _EXIM_ID.search(text):
            search.begins(queue_id, match[1].strip("<>"), RelayLogState.QUEUED)
    elif flag == "Completed":
        search.forgets(queue_id)
    elif queue_id in search.queued:
        words = _EXIM_WORDS.search(text)
        detail = (words[1] or words[2] or "") if words else text
        search.comes_to(queue_id, _FLAGS[flag], detail)


# OpenSMTPD: "… smtpd[123]: 5df87c9c42abeddb smtp envelope evpid=f6e94209918f7e7b from=<bounce+1@lists.example> to=<…>"
#            "… smtpd[123]: 5df87c9b982c840c mta delivery evpid=f6e94209918f7e7b from=<…> to=<…> rcpt=<-> source="…"
#             relay="192.0.2.1 (mx.example.org)" delay=1s result="Ok" stat="250 2.0.0 ok""
# The first line comes when the message is committed. A message handed to a filter comes back as another envelope.

_OPENSMTPD = re.compile(
    r"\bsmtpd\[\d+\]: [0-9a-f]{16} (smtp envelope|mta delivery|mda delivery) evpid=([0-9a-f]{16}) from=<([^>]*)>(.*)"
)
_RESULT = re.compile(r'\bresult="?(Ok|TempFail|PermFail)\b"?(?: stat="?([^"]*))?')
_TO_SELF = re.compile(r'\brelay="(?:127\.[\d.]+|::1|\[::1\])[ "]')
_RESULTS = {"Ok": RelayLogState.DELIVERED, "TempFail": RelayLogState.DEFERRED, "PermFail": RelayLogState.BOUNCED}


def _read_opensmtpd(search: _Search, act: str, envelope: str, sender: str, text: str) -> None:
    search.carries(envelope, sender)
    if act != "smtp envelope" and (match := _RESULT.search(text)):
        inward = match[1] == "Ok" and bool(_TO_SELF.search(text))
        search.comes_to(envelope, _RESULTS[match[1]], match[2] or "", inward=inward)
