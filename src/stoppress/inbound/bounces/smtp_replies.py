"""What a mail server said, at which step, with which codes: out of a diagnostic, or of words around an address."""

import re
from dataclasses import dataclass
from enum import StrEnum

from stoppress.smtp.address_syntax import redacted

LONGEST = 4000
KEPT = 300
"""Characters of a reply that are looked at, and that are kept."""


class Step(StrEnum):
    """The command that a reply answers (RFC 5321 4.1.1)."""

    CONNECT = "CONN"
    HELLO = "EHLO"
    TLS = "STARTTLS"
    LOGIN = "AUTH"
    SENDER = "MAIL"
    RECIPIENT = "RCPT"
    MESSAGE = "DATA"


#: Words for each step. The first row that matches tells.
STEPS: tuple[tuple[Step, str], ...] = (
    (
        Step.RECIPIENT,
        r"in reply to (?:the )?rcpt to|after rcpt(?: to)?|for rcpt|\[rcpt_to\]|(?:our|"
        r"your) rcpt(?: to)?|following rcpt|rejected recipient|\(state 1[24]\)|"
        r"does not like recipient|smtp command-{0,10}\s{0,4}rcpt|response to rcpt to|"
        r"rcpt to:?<?[^\s<>]{1,200}>? (?:failed|was rejected)|"
        r"during rcpt|sent: ?rcpt to|rcpt-to validation|rcpt to generated|--> ?rcpt to",
    ),
    (
        Step.SENDER,
        r"in reply to (?:the )?mail from|after mail(?: from)?|for mail command|\[mail_from\]|(?:our|your) mail from|"
        r"sender was rejected|response to mail from|following mail|rejected sender|during mail from|"
        r"sent: ?mail from|after sending mail from|after pipelined mail from",
    ),
    (
        Step.MESSAGE,
        r"in reply to (?:the )?(?:end of )?data|after (?:end of )?data|end of data|for (?:text|data) command|"
        r"\[(?:end_of_)?data\]|(?:our|your) (?:final )?data|failed after i sent the message|"
        r"smtp command-{0,10}\s{0,4}data|"
        r"response to (?:end of )?data|following data|\(state 18\)|(?:our|your) (?:dot|message body)|"
        r"after (?:sending )?bdat|content command|in reply to bdat",
    ),
    (
        Step.HELLO,
        r"in reply to (?:the )?(?:ehlo|helo|lhlo)|after (?:ehlo|helo|lhlo)|my name was rejected|"
        r"(?:our|your) (?:ehlo|helo)|"
        r"performing the (?:ehlo|helo)",
    ),
    (Step.TLS, r"in reply to starttls|after starttls|(?:our|your) starttls|starttls command"),
    (Step.LOGIN, r"in reply to auth|after auth|authentication failed; server"),
    (
        Step.CONNECT,
        r"refused to talk to me|after initial connection|(?:the )?initial server greeting|initial handshake|"
        r"did not like our (?:greeting|connection)|connected to \S{1,100} but greeting failed|after connect",
    ),
)
_STEPS = tuple((step, re.compile(pattern, re.IGNORECASE)) for step, pattern in STEPS)
_TRANSCRIPT = re.compile(
    r"^[ \t]{0,8}(?:Sent )?>{3,4} ?(RCPT|MAIL|DATA|EHLO|HELO|STARTTLS|AUTH|BDAT)\b", re.IGNORECASE | re.MULTILINE
)
_OF_TRANSCRIPT = {
    "RCPT": Step.RECIPIENT, "MAIL": Step.SENDER, "DATA": Step.MESSAGE, "BDAT": Step.MESSAGE,
    "EHLO": Step.HELLO, "HELO": Step.HELLO, "STARTTLS": Step.TLS, "AUTH": Step.LOGIN,
}  # fmt: skip

_CODE = re.compile(r"(?<![\d.#:/=-])([45]\d\d)(?=[ \-:;,.\n<]|$)(?![.:]\d\d)")
_AFTER_SAID = re.compile(
    r"(?:said|responded|reason|returned|was|error|failed with|code|because)[ :'\"(]{1,6}([245]\d\d)\b", re.IGNORECASE
)
_STATUS = re.compile(r"(?<![\d.])([45])\.(\d)\.(\d{1,3})(?![\d.]\d|\d)")
_QUOTED_STATUS = re.compile(r"#\s{0,2}([45]\.\d\.\d{1,3})\b")
_WRAPPED = re.compile(r"[45]\.\d\.\d{1,3} - [\w /-]{3,60} \d{3}-?'(.{8,})'")
_REASON = re.compile(r"\(reason: ([^\n]{1,500})")
_REJECTED = re.compile(r"was automatically rejected:\s{0,8}(\S[^\n]{0,400})")
_INTRODUCED = re.compile(
    r"(?:other server returned was|remote server returned(?: was)?|"
    r"response (?:from the remote server )?was|remote host said|server message|"
    r"the reason (?:for|of)[^\n:]{0,60}|error message(?: below)?|the following error|server said|"
    r"failure reason|following reason|"
    r"(?:returned|responded|said|because|reason|error)(?: with)?)(?:\(s\)|s)?[ \t]{0,4}(?::|"
    r"\n)\s{0,8}-{0,20}\s{0,4}([^\n]{0,400}(?:\n[^\n]{1,300}){0,6})",
    re.IGNORECASE,
)
_SAID_LINE = re.compile(r"^[ \t]{0,8}(?:Received )?(?:<{3}|Out:) ([45]\d\d[^\n]{0,400})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said. `text` is on one line."""

    text: str
    code: int | None = None
    status: str = ""
    step: Step | None = None

    @property
    def kept(self) -> str:
        """Fit for storing: from the code on, cut, without the local parts of addresses."""
        found = _CODE.search(self.text) if self.code else None
        return redacted(self.text[found.start() if found else 0 :])[:KEPT].strip()


def said(text: str) -> Said:
    """Codes and step of what was said."""
    text = text[:LONGEST]
    line = " ".join(text.split())
    if wrapped := _WRAPPED.search(line):  # IronPort, Amazon SES: its own guess, and then what the server said
        return Said(wrapped[1], code_in(line), status_in(wrapped[1]) or status_in(line), step_in(text))
    return Said(line, code_in(line), status_in(line), step_in(text))


def code_in(line: str) -> int | None:
    """The SMTP reply code in a text, or None."""
    found = _AFTER_SAID.search(line) or _CODE.search(line)
    return int(found[1]) if found else None


def status_in(line: str) -> str:
    """The enhanced status code in a text; one that says more than "5.0.0" goes first."""
    if found := _QUOTED_STATUS.search(line):
        return found[1]
    codes = [match[0] for match in _STATUS.finditer(line)]
    return next((code for code in codes if not code.endswith(".0.0")), codes[0] if codes else "")


def step_in(text: str) -> Step | None:
    """The command a reply answered, if the text tells."""
    line = " ".join(text.split())
    for step, pattern in _STEPS:
        if pattern.search(line):
            return step
    named = _TRANSCRIPT.findall(text)
    return _OF_TRANSCRIPT[named[-1].upper()] if named else None


def quoted_reply(section: str) -> str:
    """What quotes the server: Sendmail's "(reason: …)" and "<<< …", or what is announced and has a code."""
    if found := _REASON.search(section):
        return found[1].rstrip().removesuffix(")")
    if found := _SAID_LINE.search(section):
        return found[1]
    return next((found[1] for found in _INTRODUCED.finditer(section) if _CODE.search(found[1][:200])), "")


def rejection(words: str) -> str:
    """What Dovecot says, which is nearer to the mailbox than the delivery status that it comes with; or ""."""
    found = _REJECTED.search(words)
    return found[1] if found else ""
