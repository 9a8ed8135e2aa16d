"""From what was said to a reason, and to the question that counts: is the address itself dead?

When in doubt it is not. "User unknown" kills only where the server says it of the address and not after reading the
message: in reply to RCPT, or with a status code that says so, or in words that a server uses for its own mailboxes.
"""

import re
from collections.abc import Sequence

from stoppress.inbound.bounces.report import DEAD_REASONS, Finding, Kind, Reason
from stoppress.inbound.bounces.smtp_replies import Said, Step
from stoppress.inbound.bounces.tables.reason_patterns import plain, reason_in
from stoppress.inbound.bounces.tables.status_codes import reason_of_code, reason_of_status

#: Words that servers use when they have looked in their own books, without SMTP in between.
OWN_BOOKS = re.compile(
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
ABOUT_THE_ADDRESS = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.1"})
#: A reply that repeats the recipient answers RCPT. One with its name left out is what some filters say after DATA.
_NAMES_IT = re.compile(r"\d{3}[ -]<@>")
_ECHO = re.compile(r"user unknown|unknown user(?!:)", re.IGNORECASE)
_NAMES_IT_FIRST = re.compile(r"\d{3}:? <@>: user unknown")
_REJECTED_ALONE = re.compile(r"(?:recipient|address) (?:address )?rejected\W*(?:<@>\W*)?(?:$|\(in reply|giving up on)")

#: Before MAIL, a server knows neither recipient nor message.
_NOT_YET_SAID = frozenset(
    {Reason.USER_UNKNOWN, Reason.HOST_UNKNOWN, Reason.HAS_MOVED, Reason.SPAM_DETECTED, Reason.CONTENT}
)


def judged(address: str, kind: Kind, heard: Sequence[Said], *, status: str = "", by: str = "") -> Finding:
    """One recipient's finding.

    `heard`: what was said about it, best witness first; `status`: what its delivery status states; `by`: who speaks
    there.
    """
    step = next((said.step for said in heard if said.step), None)
    code = next((said.code for said in heard if said.code), None)
    stated, status = status, _status([said.status for said in heard], status)
    reason = _reason(heard, status, code, kind)
    reason = _at(step, reason, status, heard, stated=bool(stated))
    if by == "x-unix" and reason is not Reason.MAILBOX_FULL:
        reason = Reason.MAILER_ERROR
    lasting = kind is Kind.BOUNCE and not status.startswith("4") and not (code and code // 100 == 4)
    if reason is Reason.HOST_UNKNOWN and not lasting:
        reason = Reason.NETWORK_ERROR
    best = next((said for said in heard if said.code), heard[0] if heard else Said(""))
    return Finding(kind, address, reason, lasting and reason in DEAD_REASONS, status, code, best.kept)


def _reason(heard: Sequence[Said], status: str, code: int | None, kind: Kind) -> Reason:
    for at, said in enumerate(heard):
        if reason := reason_in(said.text):
            return reason
        if at == 0 and (reason := reason_of_status(status)):
            return reason
    if reason := reason_of_status(status) or (reason_of_code(code) if status[1:] in ("", ".0.0", ".5.0") else None):
        return reason
    if kind is Kind.DELAYED:
        return Reason.EXPIRED
    return Reason.ON_HOLD if any(said.text for said in heard) else Reason.UNDEFINED


def _at(step: Step | None, reason: Reason, status: str, heard: Sequence[Said], *, stated: bool) -> Reason:
    """The reason in the light of the step it was said at."""
    if reason is Reason.FILTERED and status == "5.1.1" and step is not Step.MESSAGE:
        return Reason.USER_UNKNOWN
    if reason is Reason.FILTERED and (step is Step.RECIPIENT or status == "5.1.0") and _no_more_is_said(heard):
        return Reason.USER_UNKNOWN
    vague = reason in (Reason.ON_HOLD, Reason.UNDEFINED, Reason.FILTERED)
    if step in (Step.CONNECT, Step.HELLO) and (vague or reason in _NOT_YET_SAID):
        return Reason.BLOCKED
    if step is Step.SENDER and (vague or reason in (Reason.USER_UNKNOWN, Reason.HOST_UNKNOWN)):
        return Reason.SENDER_REJECTED
    if reason is Reason.USER_UNKNOWN and not _about_the_address(step, status, heard, stated):
        return Reason.FILTERED
    return reason


def _about_the_address(step: Step | None, status: str, heard: Sequence[Said], stated: bool) -> bool:
    if step is Step.RECIPIENT or status in ABOUT_THE_ADDRESS:
        return True
    if stated and step is None and heard and not heard[0].status and _NAMES_IT.match(plain(heard[0].text)):
        return True
    words = [plain(said.text) for said in heard]
    if any(OWN_BOOKS.search(one) or _NAMES_IT_FIRST.search(one) for one in words):
        return True
    if stated or step or any(said.code or said.status for said in heard):
        return False
    # A server's own words. "User unknown" alone is not: so they pass on what another one replied.
    return any(reason_in(_ECHO.sub("", one)) is Reason.USER_UNKNOWN for one in words)


def _no_more_is_said(heard: Sequence[Said]) -> bool:
    """Whether the address is rejected without a reason."""
    return any(_REJECTED_ALONE.search(plain(said.text)) for said in heard)


def _status(heard: Sequence[str], stated: str) -> str:
    """The refusing server's own code before the reporter's; where none says more than "5.0.0", what comes first."""
    if heard and heard[0]:
        return heard[0]
    told = [code for code in (*heard[:2], stated, *heard[2:]) if code]
    return next((code for code in told if not code.endswith(".0.0")), told[0] if told else "")
