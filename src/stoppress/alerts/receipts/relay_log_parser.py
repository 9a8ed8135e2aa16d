"""Find the results of messages in the relay's own log by their stable Message-ID.

    search_relay_log(open("/var/log/mail.log"), ["<6b0e….15@lists.example>"])
    →  {"<6b0e….15@lists.example>": RelayLogResult(DELIVERED, …)}

Parses the logs of Postfix, Exim and OpenSMTPD, line by line, and stores only the queue ids of the messages searched.
Postfix and Exim log the Message-ID once, and then only the queue id. OpenSMTPD never logs it, but logs the envelope
sender each time, which belongs to one delivery. A message that is not found may still have been accepted: logs are
rotated.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from stoppress.smtp.address_syntax import redact_addresses

MAX_LINE_LENGTH = 8192
"""Characters of a line that are parsed; the lines that matter are shorter."""


class RelayLogState(IntEnum):
    """How far a message came. Of two states in the log, the greater one counts."""

    STARTED = 0
    """The relay received its header, but no line shows that it accepted the message: most likely it did not."""
    QUEUED = 1
    """The relay accepted it; it may still be in its queue."""
    DEFERRED = 2
    """The relay retries."""
    BOUNCED = 3
    """The relay gave up, and reports that to the envelope sender."""
    DELIVERED = 4
    """The next server, or the mailbox, accepted it."""


@dataclass(frozen=True, slots=True)
class RelayLogResult:
    """The last result of a message in the log.

    Args:
        state: the greatest state of all its copies.
        detail: reply of the last server, without local parts of addresses.
        copies: how often the relay accepted it; with more than one, the reader gets it twice.
    """

    state: RelayLogState
    detail: str = ""
    copies: int = 1


@dataclass(slots=True)
class _Copy:
    """One message in the relay's queue."""

    state: RelayLogState = RelayLogState.STARTED
    detail: str = ""
    is_local: bool = False  # sent to a filter on the same machine, which returns it under another queue id


@dataclass(slots=True)
class _Search:
    """State of one search: which messages are wanted, and the copies found so far."""

    wanted: dict[str, str]
    senders: dict[str, str]
    queued: dict[str, tuple[str, _Copy]] = field(default_factory=dict)
    copies: dict[str, list[_Copy]] = field(default_factory=dict)

    def add_copy(self, queue_id: str, message_id: str, state: RelayLogState) -> None:
        """Begin a copy if the message is wanted."""
        if name := self.wanted.get(message_id):
            copy = _Copy(state)
            self.queued[queue_id] = (name, copy)
            self.copies.setdefault(name, []).append(copy)

    def add_sender(self, queue_id: str, sender: str) -> None:
        """Begin a copy if the envelope sender belongs to a wanted message."""
        if queue_id not in self.queued and (name := self.senders.get(sender)):
            self.add_copy(queue_id, name.strip("<>"), RelayLogState.QUEUED)

    def update(self, queue_id: str, state: RelayLogState, detail: str, *, is_local: bool = False) -> None:
        """Store a new state of a copy, unless an earlier line shows a greater one."""
        if queue_id in self.queued:
            _, copy = self.queued[queue_id]
            if is_local:
                copy.is_local, copy.state = True, max(copy.state, RelayLogState.QUEUED)
            elif state >= copy.state:
                copy.state, copy.detail = state, redact_addresses(" ".join(detail.split()))[:300]

    def forget(self, queue_id: str) -> None:
        """End a copy: the relay may use its queue id again."""
        self.queued.pop(queue_id, None)


def search_relay_log(
    log_lines: Iterable[str], message_ids: Iterable[str], senders: Mapping[str, str] | None = None
) -> Mapping[str, RelayLogResult]:
    """Return the results of these messages in the log. Messages that are not in it are left out.

    Args:
        log_lines: of a Postfix, Exim or OpenSMTPD log, oldest first; other lines are ignored.
        message_ids: with or without angle brackets.
        senders: the Message-ID of each envelope sender, for OpenSMTPD.
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
    return {name: _summarise(copies) for name, copies in search.copies.items()}


def _summarise(copies: list[_Copy]) -> RelayLogResult:
    real = [copy for copy in copies if not copy.is_local] or copies[:1]
    best = max(real, key=lambda copy: copy.state)
    return RelayLogResult(best.state, best.detail, sum(copy.state > RelayLogState.STARTED for copy in real))


# Postfix: "… postfix/smtp[123]: 4F1A2B3C4D: to=<reader@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1,
#           delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 ok)"
# The line with the Message-ID comes before the end of the text. Only the queue manager's line shows acceptance.

_POSTFIX = re.compile(r"\bpostfix[-\w/]*\[\d+\]: ([0-9A-Za-z]{5,20}): (.+)")
_MESSAGE_ID = re.compile(r"^message-id=<([^>]*)>")
_ACTIVE = re.compile(r"^from=<[^>]*>, size=\d+")
_STATUS = re.compile(r"\bstatus=(sent|deferred|bounced|expired)\b,? ?(.*)")
_LOCAL = re.compile(r"\brelay=(?:127\.[\d.]+|localhost|::1|[^,\[]*\[(?:127\.[\d.]+|::1|private/[^\]]*|/[^\]]*)\])")
_STATES = {
    "sent": RelayLogState.DELIVERED,
    "deferred": RelayLogState.DEFERRED,
    "bounced": RelayLogState.BOUNCED,
    "expired": RelayLogState.BOUNCED,
}


def _read_postfix(search: _Search, queue_id: str, text: str) -> None:
    if match := _MESSAGE_ID.match(text):
        search.add_copy(queue_id, match[1], RelayLogState.STARTED)
    elif _ACTIVE.match(text):
        search.update(queue_id, RelayLogState.QUEUED, "")
    elif text.strip() == "removed":
        search.forget(queue_id)  # Postfix reuses short queue ids
    elif queue_id in search.queued and (match := _STATUS.search(text)):
        is_local = match[1] == "sent" and bool(_LOCAL.search(text))
        search.update(queue_id, _STATES[match[1]], match[2].strip("() \n"), is_local=is_local)


# Exim: "2026-03-08 20:04:01 1vXyZa-00000000001-AbCd <= bounce@… H=… P=esmtp S=6700 id=6b0e….15@lists.example"
#       "2026-03-08 20:04:02 1vXyZa-00000000001-AbCd => reader@example.org R=dnslookup T=remote_smtp … C="250 ok""

_EXIM = re.compile(r"\b([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}) (<=|=>|->|>>|\*\*|==|Completed)(.*)")
_EXIM_ID = re.compile(r" id=(\S+)")
_EXIM_DETAIL = re.compile(r'\bC="([^"]*)"|(?:\*\*|==|: )(.*)$')
_FLAGS = {
    **dict.fromkeys(("=>", "->", ">>"), RelayLogState.DELIVERED),
    "**": RelayLogState.BOUNCED,
    "==": RelayLogState.DEFERRED,
}


def _read_exim(search: _Search, queue_id: str, flag: str, text: str) -> None:
    if flag == "<=":
        if match := _EXIM_ID.search(text):
            search.add_copy(queue_id, match[1].strip("<>"), RelayLogState.QUEUED)
    elif flag == "Completed":
        search.forget(queue_id)
    elif queue_id in search.queued:
        match = _EXIM_DETAIL.search(text)
        detail = (match[1] or match[2] or "") if match else text
        search.update(queue_id, _FLAGS[flag], detail)


# OpenSMTPD: "… smtpd[123]: 5df87c9c42abeddb smtp envelope evpid=f6e94209918f7e7b from=<bounce+1@lists.example> to=<…>"
#            "… smtpd[123]: 5df87c9b982c840c mta delivery evpid=f6e94209918f7e7b from=<…> to=<…> rcpt=<-> source="…"
#             relay="192.0.2.1 (mx.example.org)" delay=1s result="Ok" stat="250 2.0.0 ok""
# The first line is logged when the message is committed. A filter returns a message as another envelope.

_OPENSMTPD = re.compile(
    r"\bsmtpd\[\d+\]: [0-9a-f]{16} (smtp envelope|mta delivery|mda delivery) evpid=([0-9a-f]{16}) from=<([^>]*)>(.*)"
)
_RESULT = re.compile(r'\bresult="?(Ok|TempFail|PermFail)\b"?(?: stat="?([^"]*))?')
_LOCAL_RELAY = re.compile(r'\brelay="(?:127\.[\d.]+|::1|\[::1\])[ "]')
_RESULTS = {"Ok": RelayLogState.DELIVERED, "TempFail": RelayLogState.DEFERRED, "PermFail": RelayLogState.BOUNCED}


def _read_opensmtpd(search: _Search, act: str, envelope: str, sender: str, text: str) -> None:
    search.add_sender(envelope, sender)
    if act != "smtp envelope" and (match := _RESULT.search(text)):
        is_local = match[1] == "Ok" and bool(_LOCAL_RELAY.search(text))
        search.update(envelope, _RESULTS[match[1]], match[2] or "", is_local=is_local)
