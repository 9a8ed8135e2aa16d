"""From what was said to a reason, and to the question that counts: is the address itself dead?

When in doubt it is not. "User unknown" kills only where the server says it of the address and not after reading the
message: in reply to RCPT, or with a status code that says so, or in words that a server uses for its own mailboxes.
"""

import re
from collections.abc import Sequence

from stoppress.inbound.bounces.report import DEAD_ADDRESS_REASONS, RecipientReport, ReportKind, BounceReason
from stoppress.inbound.bounces.smtp_replies import ServerReply, SmtpStep
from stoppress.inbound.bounces.tables.reason_patterns import normalise_text, find_reason
from stoppress.inbound.bounces.tables.status_codes import reason_for_reply_code, reason_for_status

#: Words that servers use when they have looked in their own books, without SMTP in between.
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
    r"address\(es\) failed: <@>:? \W?(?:unknown user|user unknown|no such user)|no longer accepts mail"
)
#: Codes with which a server speaks of the address even where the step is not known.
ADDRESS_STATUS_CODES = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.1"})
#: A reply that repeats the recipient answers RCPT. One with its name left out is what some filters say after DATA.
_REPLY_NAMING_RECIPIENT = re.compile(r"\d{3}[ -]<@>")
_QUOTED_UNKNOWN_USER = re.compile(r"user unknown|unknown user(?!:)", re.IGNORECASE)
_UNKNOWN_RECIPIENT_FIRST = re.compile(r"\d{3}:? <@>: user unknown")
_REJECTED_WITHOUT_REASON = re.compile(r"(?:recipient|address) (?:address )?rejected\W*(?:<@>\W*)?(?:$|\(in reply|giving up on)")

#: Before MAIL, a server knows neither recipient nor message.
_REASONS_AFTER_MAIL = frozenset(
    {BounceReason.USER_UNKNOWN, BounceReason.HOST_UNKNOWN, BounceReason.HAS_MOVED, BounceReason.SPAM_DETECTED, BounceReason.CONTENT}
)


def classify_recipient(address: str, kind: ReportKind, heard: Sequence[ServerReply], *, status: str = "", by: str = "") -> RecipientReport:
    """One recipient's finding.

    `heard`: what was said about it, best witness first; `status`: what its delivery status states; `by`: who speaks
    there.
    """
    step = next((said.step for said in heard if said.step), None)
    code = next((said.code for said in heard if said.code), None)
    stated, status = status, _choose_status([said.status for said in heard], status)
    reason = _find_reason(heard, status, code, kind)
    reason = _adjust_for_step(step, reason, status, heard, stated=bool(stated))
    if by == "x-unix" and reason is not BounceReason.MAILBOX_FULL:
        reason = BounceReason.MAILER_ERROR
    lasting = kind is ReportKind.BOUNCE and not status.startswith("4") and not (code and code // 100 == 4)
    if reason is BounceReason.HOST_UNKNOWN and not lasting:
        reason = BounceReason.NETWORK_ERROR
    best = next((said for said in heard if said.code), heard[0] if heard else ServerReply(""))
    return RecipientReport(kind, address, reason, lasting and reason in DEAD_ADDRESS_REASONS, status, code, best.kept)


def _find_reason(heard: Sequence[ServerReply], status: str, code: int | None, kind: ReportKind) -> BounceReason:
    for at, said in enumerate(heard):
        if reason := find_reason(said.text):
            return reason
        if at == 0 and (reason := reason_for_status(status)):
            return reason
    if reason := reason_for_status(status) or (reason_for_reply_code(code) if status[1:] in ("", ".0.0", ".5.0") else None):
        return reason
    if kind is ReportKind.DELAYED:
        return BounceReason.EXPIRED
    return BounceReason.ON_HOLD if any(said.text for said in heard) else BounceReason.UNDEFINED


def _adjust_for_step(step: SmtpStep | None, reason: BounceReason, status: str, heard: Sequence[ServerReply], *, stated: bool) -> BounceReason:
    """The reason in the light of the step it was said at."""
    if reason is BounceReason.FILTERED and status == "5.1.1" and step is not SmtpStep.MESSAGE:
        return BounceReason.USER_UNKNOWN
    if reason is BounceReason.FILTERED and (step is SmtpStep.RECIPIENT or status == "5.1.0") and _is_rejected_without_reason(heard):
        return BounceReason.USER_UNKNOWN
    vague = reason in (BounceReason.ON_HOLD, BounceReason.UNDEFINED, BounceReason.FILTERED)
    if step in (SmtpStep.CONNECT, SmtpStep.HELLO) and (vague or reason in _REASONS_AFTER_MAIL):
        return BounceReason.BLOCKED
    if step is SmtpStep.SENDER and (vague or reason in (BounceReason.USER_UNKNOWN, BounceReason.HOST_UNKNOWN)):
        return BounceReason.SENDER_REJECTED
    if reason is BounceReason.USER_UNKNOWN and not _concerns_address(step, status, heard, stated):
        return BounceReason.FILTERED
    return reason


def _concerns_address(step: SmtpStep | None, status: str, heard: Sequence[ServerReply], stated: bool) -> bool:
    if step is SmtpStep.RECIPIENT or status in ADDRESS_STATUS_CODES:
        return True
    if stated and step is None and heard and not heard[0].status and _REPLY_NAMING_RECIPIENT.match(normalise_text(heard[0].text)):
        return True
    words = [normalise_text(said.text) for said in heard]
    if any(OWN_DIRECTORY_WORDING.search(one) or _UNKNOWN_RECIPIENT_FIRST.search(one) for one in words):
        return True
    if stated or step or any(said.code or said.status for said in heard):
        return False
    # A server's own words. "User unknown" alone is not: so they pass on what another one replied.
    return any(find_reason(_QUOTED_UNKNOWN_USER.sub("", one)) is BounceReason.USER_UNKNOWN for one in words)


def _is_rejected_without_reason(heard: Sequence[ServerReply]) -> bool:
    """Whether the address is rejected without a reason."""
    return any(_REJECTED_WITHOUT_REASON.search(normalise_text(said.text)) for said in heard)


def _choose_status(heard: Sequence[str], stated: str) -> str:
    """The refusing server's own code before the reporter's; where none says more than "5.0.0", what comes first."""
    if heard and heard[0]:
        return heard[0]
    told = [code for code in (*heard[:2], stated, *heard[2:]) if code]
    return next((code for code in told if not code.endswith(".0.0")), told[0] if told else "")
