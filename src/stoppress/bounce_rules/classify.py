"""Classification of one recipient's replies: the reason, and whether the address itself is dead.

An address is dead only on clear evidence. SMTP class, status code and text must agree:

1. The failure is permanent: no 4yz reply and no 4.y.z status code, not even one that is quoted.
2. Text or status code report an unknown user or host. "User unknown" counts if the server reports it about the address
   and not after it has read the message: in reply to RCPT, with a status code about the address, or with a wording that
   servers use for their own mailboxes.
3. The text names nothing that protects the address: policy, preferences, filters, quota, a fault of the name service.
"""

import re
from collections.abc import Sequence

from stoppress.bounce_rules.report import DEAD_ADDRESS_REASONS, BounceReason, RecipientReport, ReportKind
from stoppress.bounce_rules.smtp_replies import ServerReply, SmtpStep
from stoppress.bounce_rules.tables.protective_wordings import find_protective_reason
from stoppress.bounce_rules.tables.reason_patterns import find_reason, normalise_text, text_around_wording
from stoppress.bounce_rules.tables.status_codes import reason_for_reply_code, reason_for_status

#: Wordings of servers that searched their own directory, without SMTP in between.
OWN_DIRECTORY_WORDING = re.compile(
    r"does not exist at the organi[sz]ation|invalid final delivery userid|mail\.local: unknown user|"
    r"couldn.t be found\. check for typos|"
    r"error: invalid user address|not listed in (?:public|domino|the)|no such user in|"
    r"not found in (?:the )?directory|resolver\.adr|"
    r"requested action not taken: (?:mailbox unavailable|no such user)|(?<!\d )unknown user: <@>|"
    r"illegal user|destinataire invalide\. invalid recipient|msexch:ims|"
    r"recipient cannot be found|e-?mail address you entered could|not a valid mailbox|addressee unknown|"
    r"no mailbox here by that name|this user doesn.t have an? \S{1,30} account|vdelivermail: no such|"
    r"couldn.t find any host|unrouteable address|user unknown: recipient|unknown local[- ]part|"
    r"address\(es\) failed: <@>:? \W?(?:unknown user|user unknown|no such user)|no longer accepts mail|"
    r"mailbox (?:was )?not found"
)
#: Status codes that concern the address even if the SMTP step is not known.
ADDRESS_STATUS_CODES = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.1"})
#: A reply that repeats the recipient answers RCPT. Some filters reply without it after DATA.
_REPLY_NAMING_RECIPIENT = re.compile(r"\d{3}[ -]<@>")
_QUOTED_UNKNOWN_USER = re.compile(r"user unknown|unknown user(?!:)", re.IGNORECASE)
_UNKNOWN_RECIPIENT_FIRST = re.compile(r"\d{3}:? <@>: user unknown")
_REJECTED_WITHOUT_REASON = re.compile(
    r"(?:recipient|address) (?:address )?rejected\W*(?:<@>\W*)?"
    r"(?:$|\(in reply|giving up on|[\w.-]+\.[a-z]{2,20}\W{0,3}(?:$|giving up on))"
)

#: Reply codes about a mailbox name, which answer RCPT or MAIL and never the message itself (RFC 5321 4.3.2); 511 is
#: that of qmail's chkuser. 550 also answers DATA.
RCPT_REPLY_CODES = frozenset({511, 551, 553})
#: Reply codes of hosts that never accept mail (RFC 7504). X.3.2 with another code is a shutdown or maintenance.
HOST_ACCEPTS_NO_MAIL = frozenset({521, 556})
#: A temporary reply quoted in another: "550 5.4.300 Message expired -> 450 4.1.1 User unknown".
_QUOTED_TEMPORARY_REPLY = re.compile(
    r"(?<![\d.])4\.\d\.\d{1,3}(?![\d.]\d|\d)|(?:->|said:|was:|returned:?|'|\") ?4[25]\d[ -]"
)
_FIRST_REPLY_CODE = re.compile(r"(?<![\d.#:/=-])[45]\d\d[ \-]")
#: Parts of a text that name no cause: links, names of hosts, identifiers, and words around any reply.
_WITHOUT_CAUSE = re.compile(
    r"<@>|https?://\S+|\[[^\]]{0,80}\]|\S{0,80}[\d.]\S{1,80}|"
    r"\b(?:e?smtp|gsmtp|error|host|said|in|reply|to|the|of|rcpt|command|giving|up|on|code|status|permanent|fatal|failed|"
    r"failure|delivery|message|recipient|address|rejected|remote|server|returned|your|mail|was|not|delivered)\b"
)
_WORD = re.compile(r"[^\W\d_]{2}")
MAX_DECIDING_CHARACTERS = 400
"""Characters of a reply, from its code on, that are searched for a wording that protects the address."""

#: Before MAIL, a server can know neither the recipient nor the message.
_REASONS_AFTER_MAIL = frozenset(
    {
        BounceReason.USER_UNKNOWN,
        BounceReason.HOST_UNKNOWN,
        BounceReason.HAS_MOVED,
        BounceReason.SPAM_DETECTED,
        BounceReason.CONTENT,
    }
)


def classify_recipient(
    address: str, kind: ReportKind, replies: Sequence[ServerReply], *, status: str = "", diagnostic_type: str = ""
) -> RecipientReport:
    """Classify what was reported about one recipient.

    Args:
        address: the recipient.
        kind: BOUNCE or DELAYED.
        replies: texts about the recipient, the most reliable first.
        status: the status code that the delivery status states, or "".
        diagnostic_type: the type of its diagnostic code: smtp, x-unix, …
    """
    step = next((reply.step for reply in replies if reply.step), None)
    code = next((reply.code for reply in replies if reply.code), None)
    is_stated, status = bool(status), _choose_status([reply.status for reply in replies], status)
    reason = _find_reason(replies, status, code, kind)
    reason = _adjust_for_step(step, reason, status, replies, is_stated=is_stated)
    if reason is BounceReason.NOT_ACCEPTED and status.endswith(".3.2") and code not in HOST_ACCEPTS_NO_MAIL:
        reason = BounceReason.SYSTEM_ERROR
    if diagnostic_type == "x-unix" and reason is not BounceReason.MAILBOX_FULL:
        reason = BounceReason.MAILER_ERROR
    if reason in DEAD_ADDRESS_REASONS:
        reason = _find_protective_reason(replies, has_diagnostic=bool(diagnostic_type)) or reason
    is_permanent = (
        kind is ReportKind.BOUNCE
        and not status.startswith("4")
        and not (code and code // 100 == 4)
        and not _QUOTED_TEMPORARY_REPLY.search(_deciding_text(replies))
    )
    if reason is BounceReason.HOST_UNKNOWN and not is_permanent:
        reason = BounceReason.NETWORK_ERROR
    best = next((reply for reply in replies if reply.code), replies[0] if replies else ServerReply(""))
    dead = is_permanent and reason in DEAD_ADDRESS_REASONS
    return RecipientReport(kind, address, reason, dead, status, code, best.stored_text)


def _find_reason(replies: Sequence[ServerReply], status: str, code: int | None, kind: ReportKind) -> BounceReason:
    """Return the reason by the first reply, the status code, the other replies and the reply code, in this order."""
    for index, reply in enumerate(replies):
        if reason := find_reason(reply.text):
            return reason
        if index == 0 and (reason := reason_for_status(status)):
            return reason
    if reason := reason_for_status(status):
        return reason
    if status[1:] in ("", ".0.0", ".5.0") and (reason := reason_for_reply_code(code)):
        return reason
    if kind is ReportKind.DELAYED:
        return BounceReason.EXPIRED
    return BounceReason.ON_HOLD if any(reply.text for reply in replies) else BounceReason.UNDEFINED


def _find_protective_reason(replies: Sequence[ServerReply], *, has_diagnostic: bool) -> BounceReason | None:
    """Return what protects the address, by the deciding reply.

    A status code alone makes an address dead only beside a text that names no cause: with words that match no pattern,
    it may be about anything. Without any reply, the stated code is the server's own result. Then the other texts about
    the recipient must not protect the address either.
    """
    deciding = _deciding_text(replies)
    if (reason := find_protective_reason(deciding)) or find_reason(deciding):
        return reason
    is_reply = has_diagnostic or any(reply.code or reply.status for reply in replies)
    if is_reply and _names_a_cause(deciding):
        return BounceReason.ON_HOLD
    others = (find_reason(reply.text) for reply in replies[1:])
    return next((reason for reason in others if reason and reason not in DEAD_ADDRESS_REASONS), None)


def _names_a_cause(text: str) -> bool:
    return bool(_WORD.search(_WITHOUT_CAUSE.sub(" ", normalise_text(text))))


def _deciding_text(replies: Sequence[ServerReply]) -> str:
    """Return the first text with a code, from the code on; else the first text around its wording."""
    reply = next((reply for reply in replies if reply.code or reply.status), replies[0] if replies else ServerReply(""))
    if code := _FIRST_REPLY_CODE.search(reply.text):
        return reply.text[code.start() : code.start() + MAX_DECIDING_CHARACTERS]
    return text_around_wording(reply.text)


def _adjust_for_step(
    step: SmtpStep | None, reason: BounceReason, status: str, replies: Sequence[ServerReply], *, is_stated: bool
) -> BounceReason:
    """Return the reason, corrected by the SMTP step at which the server refused."""
    concerns_recipient = step is SmtpStep.RCPT or status in ("5.1.0", "5.1.1")
    if reason is BounceReason.FILTERED and concerns_recipient and _is_rejected_without_reason(replies):
        return BounceReason.USER_UNKNOWN
    is_vague = reason in (BounceReason.ON_HOLD, BounceReason.UNDEFINED, BounceReason.FILTERED)
    if step in (SmtpStep.CONNECT, SmtpStep.EHLO) and (is_vague or reason in _REASONS_AFTER_MAIL):
        return BounceReason.BLOCKED
    if step is SmtpStep.MAIL and (is_vague or reason in (BounceReason.USER_UNKNOWN, BounceReason.HOST_UNKNOWN)):
        return BounceReason.SENDER_REJECTED
    if reason is BounceReason.USER_UNKNOWN and not _concerns_address(step, status, replies, is_stated):
        return BounceReason.FILTERED
    return reason


def _concerns_address(step: SmtpStep | None, status: str, replies: Sequence[ServerReply], is_stated: bool) -> bool:
    """Return True if "user unknown" is about the address, and not the verdict of a filter on the message."""
    if step is SmtpStep.RCPT or status in ADDRESS_STATUS_CODES:
        return True
    if step is None and replies and replies[0].code in RCPT_REPLY_CODES:
        return True
    texts = [normalise_text(reply.text) for reply in replies]
    if is_stated and step is None and replies and not replies[0].status and _REPLY_NAMING_RECIPIENT.match(texts[0]):
        return True
    if any(OWN_DIRECTORY_WORDING.search(text) or _UNKNOWN_RECIPIENT_FIRST.search(text) for text in texts):
        return True
    if is_stated or step or any(reply.code or reply.status for reply in replies):
        return False
    # The rest is the server's own wording. "User unknown" alone is not: servers quote it from another server's reply.
    return any(find_reason(_QUOTED_UNKNOWN_USER.sub("", text)) is BounceReason.USER_UNKNOWN for text in texts)


def _is_rejected_without_reason(replies: Sequence[ServerReply]) -> bool:
    return any(_REJECTED_WITHOUT_REASON.search(normalise_text(reply.text)) for reply in replies)


def _choose_status(reply_statuses: Sequence[str], stated: str) -> str:
    """Return the refusing server's own status code, else a specific one, else the first.

    Codes such as "5.0.0" are not specific. The stated code ranks after those of the first two replies.
    """
    if reply_statuses and reply_statuses[0]:
        return reply_statuses[0]
    candidates = [status for status in (*reply_statuses[:2], stated, *reply_statuses[2:]) if status]
    return next((status for status in candidates if not status.endswith(".0.0")), candidates[0] if candidates else "")
