"""Data classes for the result of parsing one message that came back."""

from dataclasses import dataclass, field
from enum import StrEnum


class ReportKind(StrEnum):
    """What a message reports about one recipient."""

    BOUNCE = "bounce"
    """The message will not be delivered."""
    DELAYED = "delayed"
    """The message is not delivered yet; the server goes on trying."""
    COMPLAINT = "complaint"
    """The recipient reported the message as spam, or as worse (RFC 5965)."""
    UNSUBSCRIBE = "unsubscribe"
    """The recipient requests no more mail, through a feedback loop or the unsubscribe mailbox."""
    AUTHENTICATION = "authentication"
    """A receiver reports that mail from our domain, ours or forged, failed SPF, DKIM or DMARC (RFC 6591)."""
    AUTO_REPLY = "auto_reply"
    """A machine answered: out of office, ticket opened (RFC 3834)."""
    NOTHING = "nothing"
    """Anything else: personal mail, advertising, garbage, "this is not spam", "delivered"."""


class BounceReason(StrEnum):
    """Why a message did not arrive.

    The first four concern the address itself. All others concern the state of the mailbox, our own mail, or the route.
    """

    USER_UNKNOWN = "user_unknown"
    HOST_UNKNOWN = "host_unknown"
    HAS_MOVED = "has_moved"
    NOT_ACCEPTED = "not_accepted"
    """The host takes no mail at all (null MX, 521)."""

    MAILBOX_FULL = "mailbox_full"
    SUSPENDED = "suspended"
    """The mailbox exists but is disabled, locked or long unused."""
    FILTERED = "filtered"
    """Refused for this mailbox. Some filters reply "user unknown" after they have read the message."""

    SENDER_REJECTED = "sender_rejected"
    BLOCKED = "blocked"
    """Our network address or host name is refused."""
    BAD_REPUTATION = "bad_reputation"
    REQUIRES_PTR = "requires_ptr"
    AUTH_FAILURE = "auth_failure"
    """SPF, DKIM or DMARC failed."""
    STARTTLS_FAILED = "starttls_failed"
    RELAYING_DENIED = "relaying_denied"
    POLICY_VIOLATION = "policy_violation"
    SECURITY = "security"
    """The message required a log-in, a permission or encryption."""
    SPAM_DETECTED = "spam_detected"
    VIRUS_DETECTED = "virus_detected"
    CONTENT = "content"
    NOT_COMPLIANT = "not_compliant"
    """The receiver considers the message a breach of RFC 5322."""
    TOO_BIG = "too_big"

    RATE_LIMITED = "rate_limited"
    EXPIRED = "expired"
    NETWORK_ERROR = "network_error"
    SYSTEM_ERROR = "system_error"
    SYSTEM_FULL = "system_full"
    MAILER_ERROR = "mailer_error"
    """A program behind the mail server failed."""
    SYNTAX_ERROR = "syntax_error"
    """The servers misunderstood each other's commands."""
    SUPPRESSED = "suppressed"
    """Our own relay has the address on its suppression list."""
    ON_HOLD = "on_hold"
    """Delivery failed with a wording that matches no pattern."""
    UNDEFINED = "undefined"
    """Delivery failed without any text."""


#: Reasons that make the address dead if the failure is permanent.
DEAD_ADDRESS_REASONS = frozenset(
    {BounceReason.USER_UNKNOWN, BounceReason.HOST_UNKNOWN, BounceReason.HAS_MOVED, BounceReason.NOT_ACCEPTED}
)
#: Reasons that concern our own mail or network, which an operator should look at.
OPERATOR_REASONS = frozenset(
    {
        BounceReason.SENDER_REJECTED,
        BounceReason.BLOCKED,
        BounceReason.BAD_REPUTATION,
        BounceReason.REQUIRES_PTR,
        BounceReason.AUTH_FAILURE,
        BounceReason.STARTTLS_FAILED,
        BounceReason.RELAYING_DENIED,
        BounceReason.POLICY_VIOLATION,
        BounceReason.SECURITY,
        BounceReason.SPAM_DETECTED,
        BounceReason.VIRUS_DETECTED,
        BounceReason.CONTENT,
        BounceReason.NOT_COMPLIANT,
        BounceReason.RATE_LIMITED,
        BounceReason.SYNTAX_ERROR,
        BounceReason.SUPPRESSED,
    }
)


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a message reports about one recipient.

    Attributes:
        kind: bounce, complaint, …
        address: the recipient; "" if only the delivery is known, or no recipient is named.
        reason: why a message did not arrive; None where that does not apply.
        dead: True if the address itself is permanently invalid.
        status: enhanced status code (RFC 3463), or "".
        code: SMTP reply code (RFC 5321), or None.
        reply: the server's reply, shortened, without the local parts of addresses.
    """

    kind: ReportKind
    address: str = field(default="", repr=False)
    reason: BounceReason | None = None
    dead: bool = False
    status: str = ""
    code: int | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """Everything that one message reports.

    Attributes:
        kind: the kind of the first recipient's report.
        recipients: one report per recipient. These can be forged.
        delivery_id: the delivery that a signed address names; None if there is none, or not a single one.
        unsubscribe_ids: subscriber and topic that a signed unsubscribe address names, or ().
    """

    kind: ReportKind
    recipients: tuple[RecipientReport, ...] = ()
    delivery_id: int | None = None
    unsubscribe_ids: tuple[int, ...] = ()

    @property
    def overall(self) -> RecipientReport:
        """The report that counts for the delivery: a complaint or request before a bounce, the mildest bounce.

        An alias may have several recipients. As long as one of their mailboxes works, the address is not dead.
        """
        return min(self.recipients, key=_severity, default=RecipientReport(self.kind))


_KIND_ORDER = {
    ReportKind.COMPLAINT: 0,
    ReportKind.UNSUBSCRIBE: 1,
    ReportKind.AUTHENTICATION: 2,
    ReportKind.AUTO_REPLY: 3,
    ReportKind.DELAYED: 4,
}


def _severity(report: RecipientReport) -> tuple[int, bool]:
    return _KIND_ORDER.get(report.kind, 5), report.dead
