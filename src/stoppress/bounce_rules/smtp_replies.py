"""Parser of one SMTP reply: its codes and the step it answers, from a diagnostic code or from plain text."""

import re
from dataclasses import dataclass
from enum import StrEnum

from stoppress.smtp.address_syntax import redact_addresses

MAX_PARSED_CHARACTERS = 4000
MAX_STORED_CHARACTERS = 300
"""Characters of a reply that are parsed, and that are stored."""


class SmtpStep(StrEnum):
    """The command that a reply answers (RFC 5321 4.1.1), or the connection itself."""

    CONNECT = "CONN"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"


#: Wordings for each step. The first row that matches decides.
STEP_PATTERNS: tuple[tuple[SmtpStep, str], ...] = (
    (
        SmtpStep.RCPT,
        r"in reply to (?:the )?rcpt to|after rcpt(?: to)?|for rcpt|\[rcpt_to\]|(?:our|"
        r"your) rcpt(?: to)?|following rcpt|rejected recipient|\(state 1[24]\)|"
        r"does not like recipient|smtp command-{0,10}\s{0,4}rcpt|response to rcpt to|"
        r"rcpt to:?<?[^\s<>]{1,200}>? (?:failed|was rejected)|"
        r"during rcpt|sent: ?rcpt to|rcpt-to validation|rcpt to generated|--> ?rcpt to",
    ),
    (
        SmtpStep.MAIL,
        r"in reply to (?:the )?mail from|after mail(?: from)?|for mail command|\[mail_from\]|(?:our|your) mail from|"
        r"sender was rejected|response to mail from|following mail|rejected sender|during mail from|"
        r"sent: ?mail from|after sending mail from|after pipelined mail from",
    ),
    (
        SmtpStep.DATA,
        r"in reply to (?:the )?(?:end of )?data|after (?:end of )?data|end of data|for (?:text|data) command|"
        r"\[(?:end_of_)?data\]|(?:our|your) (?:final )?data|failed after i sent the message|"
        r"smtp command-{0,10}\s{0,4}data|"
        r"response to (?:end of )?data|following data|\(state 18\)|(?:our|your) (?:dot|message body)|"
        r"after (?:sending )?bdat|content command|in reply to bdat",
    ),
    (
        SmtpStep.EHLO,
        r"in reply to (?:the )?(?:ehlo|helo|lhlo)|after (?:ehlo|helo|lhlo)|my name was rejected|"
        r"(?:our|your) (?:ehlo|helo)|"
        r"performing the (?:ehlo|helo)",
    ),
    (SmtpStep.STARTTLS, r"in reply to starttls|after starttls|(?:our|your) starttls|starttls command"),
    (SmtpStep.AUTH, r"in reply to auth|after auth|authentication failed; server"),
    (
        SmtpStep.CONNECT,
        r"refused to talk to me|after initial connection|(?:the )?initial server greeting|initial handshake|"
        r"did not like our (?:greeting|connection)|connected to \S{1,100} but greeting failed|after connect",
    ),
)
_COMPILED_STEP_PATTERNS = tuple((step, re.compile(pattern, re.IGNORECASE)) for step, pattern in STEP_PATTERNS)
_TRANSCRIPT_COMMAND = re.compile(
    r"^[ \t]{0,8}(?:Sent )?>{3,4} ?(RCPT|MAIL|DATA|EHLO|HELO|STARTTLS|AUTH|BDAT)\b", re.IGNORECASE | re.MULTILINE
)
_STEP_BY_VERB = {step.value: step for step in SmtpStep} | {"HELO": SmtpStep.EHLO, "BDAT": SmtpStep.DATA}

_CODE = re.compile(r"(?<![\d.#:/=-])([45]\d\d)(?=[ \-:;,.\n<]|$)(?![.:]\d\d)")
_CODE_AFTER_VERB = re.compile(
    r"(?:said|responded|reason|returned|was|error|failed with|code|because)[ :'\"(]{1,6}([245]\d\d)\b", re.IGNORECASE
)
_STATUS = re.compile(r"(?<![\d.])([45])\.(\d)\.(\d{1,3})(?![\d.]\d|\d)")
_QUOTED_STATUS = re.compile(r"#\s{0,2}([45]\.\d\.\d{1,3})\b")
_WRAPPED_REPLY = re.compile(r"[45]\.\d\.\d{1,3} - [\w /-]{3,60} \d{3}-?'(.{8,})'")
_DIAGNOSTIC_LINE = re.compile(
    r"^[ \t]{0,8}diagnostic[- ]code:[ \t]{0,8}smtp;[ \t]{0,8}([45]\d\d[^\n]{1,400})", re.IGNORECASE | re.MULTILINE
)
_SENDMAIL_REASON = re.compile(r"\(reason: ([^\n]{1,500})")
_DOVECOT_REJECTION = re.compile(r"was automatically rejected:\s{0,8}(\S[^\n]{0,400})")
_INTRODUCED_REPLY = re.compile(
    r"(?:other server returned was|remote server returned(?: was)?|"
    r"response (?:from the remote server )?was|remote host said|server message|"
    r"the reason (?:for|of)[^\n:]{0,60}|error message(?: below)?|the following error|server said|"
    r"failure reason|following reason|"
    r"(?:returned|responded|said|because|reason|error)(?: with)?)(?:\(s\)|s)?[ \t]{0,4}(?::|"
    r"\n)\s{0,8}-{0,20}\s{0,4}([^\n]{0,400}(?:\n[^\n]{1,300}){0,6})",
    re.IGNORECASE,
)
_TRANSCRIPT_REPLY = re.compile(r"^[ \t]{0,8}(?:Received )?(?:<{3}|Out:) ([45]\d\d[^\n]{0,400})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ServerReply:
    """A text about a delivery, usually the reply of a server.

    Attributes:
        text: the text on one line.
        code: SMTP reply code, or None.
        status: enhanced status code, or "".
        step: the step that it answers, or None.
    """

    text: str
    code: int | None = None
    status: str = ""
    step: SmtpStep | None = None

    @property
    def stored_text(self) -> str:
        """The text for storage: from the code on, shortened, without the local parts of addresses."""
        code = _CODE.search(self.text) if self.code else None
        return redact_addresses(self.text[code.start() if code else 0 :])[:MAX_STORED_CHARACTERS].strip()


def parse_reply(text: str) -> ServerReply:
    """Parse codes and step of a text about a delivery."""
    text = text[:MAX_PARSED_CHARACTERS]
    line = " ".join(text.split())
    if wrapped := _WRAPPED_REPLY.search(line):  # IronPort, Amazon SES: their own guess, then the server's reply
        status = find_status(wrapped[1]) or find_status(line)
        return ServerReply(wrapped[1], find_code(line), status, find_step(text))
    return ServerReply(line, find_code(line), find_status(line), find_step(text))


def find_code(line: str) -> int | None:
    """Return the SMTP reply code in a text, or None."""
    match = _CODE_AFTER_VERB.search(line) or _CODE.search(line)
    return int(match[1]) if match else None


def find_status(line: str) -> str:
    """Return the enhanced status code in a text, or "". A specific code is preferred to one like "5.0.0"."""
    if match := _QUOTED_STATUS.search(line):
        return match[1]
    statuses = [match[0] for match in _STATUS.finditer(line)]
    return next((status for status in statuses if not status.endswith(".0.0")), statuses[0] if statuses else "")


def find_step(text: str) -> SmtpStep | None:
    """Return the step that a reply answered, if the text names it."""
    line = " ".join(text.split())
    for step, pattern in _COMPILED_STEP_PATTERNS:
        if pattern.search(line):
            return step
    verbs = _TRANSCRIPT_COMMAND.findall(text)
    return _STEP_BY_VERB[verbs[-1].upper()] if verbs else None


def find_quoted_reply(section: str) -> str:
    """Return the quoted reply of a server, or "".

    Sun Messaging Server quotes it as "Diagnostic code: smtp;…", Sendmail as "(reason: …)" and "<<< …". Others introduce
    it by a phrase; then it needs a code.
    """
    if match := _DIAGNOSTIC_LINE.search(section):
        return match[1]
    if match := _SENDMAIL_REASON.search(section):
        return match[1].rstrip().removesuffix(")")
    if match := _TRANSCRIPT_REPLY.search(section):
        return match[1]
    return next((match[1] for match in _INTRODUCED_REPLY.finditer(section) if _CODE.search(match[1][:200])), "")


def find_dovecot_rejection(text: str) -> str:
    """Return the reason that Dovecot gives in the text, or "". It is more precise than its delivery status."""
    match = _DOVECOT_REJECTION.search(text)
    return match[1] if match else ""
