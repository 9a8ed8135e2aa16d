"""What a message that came back says, in the words of the trade."""

from dataclasses import dataclass, field
from enum import StrEnum


class ReportKind(StrEnum):
    """What kind of news this is about one recipient."""

    BOUNCE = "bounce"
    """Will not be delivered."""
    DELAYED = "delayed"
    """Not delivered yet; the server will go on trying."""
    COMPLAINT = "complaint"
    """Somebody called it spam, or worse (RFC 5965)."""
    UNSUBSCRIBE = "unsubscribe"
    """Somebody asks for no more mail, through a feedback loop or the leave mailbox."""
    AUTHENTICATION = "authentication"
    """A receiver tells us that our mail, or somebody's in our name, failed SPF, DKIM or DMARC (RFC 6591)."""
    AUTO_REPLY = "auto_reply"
    """A machine answered: out of office, ticket opened (RFC 3834)."""
    NOTHING = "nothing"
    """Anything else: a person's letter, advertising, garbage, "this is not spam", "delivered"."""


class BounceReason(StrEnum):
    """Why it did not arrive. The first four speak of the address; all others of its state, of us, or of the way."""

    USER_UNKNOWN = "user_unknown"
    HOST_UNKNOWN = "host_unknown"
    HAS_MOVED = "has_moved"
    NOT_ACCEPTED = "not_accepted"
    """The host takes no mail at all (null MX, 521)."""

    MAILBOX_FULL = "mailbox_full"
    SUSPENDED = "suspended"
    """The mailbox is there but disabled, locked or long unused."""
    FILTERED = "filtered"
    """Refused at the mailbox's door. Some filters say "user unknown" after they have read the message."""

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
    """The message needed a log-in, a permission, encryption."""
    SPAM_DETECTED = "spam_detected"
    VIRUS_DETECTED = "virus_detected"
    CONTENT = "content"
    NOT_COMPLIANT = "not_compliant"
    """Breaks RFC 5322, in the receiver's eyes."""
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
    """Our own relay holds the address on its suppression list."""
    ON_HOLD = "on_hold"
    """Failed, with words that no rule knows."""
    UNDEFINED = "undefined"
    """Failed, and nothing is said."""


#: Says that the address itself is no good, if said for good.
DEAD_ADDRESS_REASONS = frozenset({BounceReason.USER_UNKNOWN, BounceReason.HOST_UNKNOWN, BounceReason.HAS_MOVED, BounceReason.NOT_ACCEPTED})
#: Says something about us that an operator should look at.
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
    """What is said of one recipient. `address` is "" where only the delivery is known, or nobody is named."""

    kind: ReportKind
    address: str = field(default="", repr=False)
    reason: BounceReason | None = None
    dead: bool = False
    status: str = ""
    """Enhanced status code (RFC 3463), or ""."""
    code: int | None = None
    """SMTP reply code (RFC 5321)."""
    reply: str = ""
    """What the server said, cut, with the local parts of addresses left out."""


@dataclass(frozen=True, slots=True)
class ParsedReport:
    """All that one message says. `delivery` and `leaving` come from signed addresses; the rest anybody can forge."""

    kind: ReportKind
    findings: tuple[RecipientReport, ...] = ()
    delivery: int | None = None
    """The delivery it is about."""
    leaving: tuple[int, ...] = ()
    """Subscriber and topic, as a signed leave address names them."""

    @property
    def verdict(self) -> RecipientReport:
        """All findings as one: where an alias fans out, the mildest, for one mailbox still lives."""
        return min(self.findings, key=_severity, default=RecipientReport(self.kind))


_KIND_ORDER = {ReportKind.COMPLAINT: 0, ReportKind.UNSUBSCRIBE: 1, ReportKind.AUTHENTICATION: 2, ReportKind.AUTO_REPLY: 3, ReportKind.DELAYED: 4}


def _severity(finding: RecipientReport) -> tuple[int, bool]:
    return _KIND_ORDER.get(finding.kind, 5), finding.dead
