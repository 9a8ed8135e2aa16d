"""Meaning of enhanced status codes (RFC 3463 and its registry) and SMTP reply codes, for replies without known text.

Text is more reliable than codes: codes that end in 0 carry no information, and many servers use 5.1.1 for everything.
"""

from stoppress.bounce_rules.report import BounceReason

#: Codes without their first digit. X.1.1 and X.1.2 concern the address; most others do not, though they begin with 5.
REASONS_BY_STATUS: dict[str, BounceReason] = {
    "1.1": BounceReason.USER_UNKNOWN,
    "1.2": BounceReason.HOST_UNKNOWN,
    "1.3": BounceReason.USER_UNKNOWN,
    "1.4": BounceReason.FILTERED,
    "1.6": BounceReason.HAS_MOVED,
    "1.7": BounceReason.SENDER_REJECTED,
    "1.8": BounceReason.SENDER_REJECTED,
    "1.9": BounceReason.SYSTEM_ERROR,
    "1.10": BounceReason.NOT_ACCEPTED,
    "2.1": BounceReason.SUSPENDED,
    "2.2": BounceReason.MAILBOX_FULL,
    "2.3": BounceReason.TOO_BIG,
    "2.4": BounceReason.FILTERED,
    "3.1": BounceReason.SYSTEM_FULL,
    "3.2": BounceReason.SYSTEM_ERROR,
    "3.3": BounceReason.SYSTEM_ERROR,
    "3.4": BounceReason.TOO_BIG,
    "3.5": BounceReason.SYSTEM_ERROR,
    "4.1": BounceReason.EXPIRED,
    "4.2": BounceReason.NETWORK_ERROR,
    "4.3": BounceReason.SYSTEM_ERROR,
    "4.4": BounceReason.NETWORK_ERROR,
    "4.5": BounceReason.RATE_LIMITED,
    "4.6": BounceReason.NETWORK_ERROR,
    "4.7": BounceReason.EXPIRED,
    "5.1": BounceReason.SYNTAX_ERROR,
    "5.2": BounceReason.SYNTAX_ERROR,
    "5.3": BounceReason.RATE_LIMITED,
    "5.4": BounceReason.SYNTAX_ERROR,
    "5.5": BounceReason.SYNTAX_ERROR,
    "5.6": BounceReason.SYNTAX_ERROR,
    "6.1": BounceReason.CONTENT,
    "6.2": BounceReason.CONTENT,
    "6.3": BounceReason.CONTENT,
    "6.5": BounceReason.CONTENT,
    "6.6": BounceReason.CONTENT,
    "6.7": BounceReason.CONTENT,
    "6.9": BounceReason.CONTENT,
    "7.1": BounceReason.SECURITY,
    "7.2": BounceReason.FILTERED,
    "7.3": BounceReason.SECURITY,
    "7.4": BounceReason.SECURITY,
    "7.5": BounceReason.SECURITY,
    "7.6": BounceReason.SECURITY,
    "7.7": BounceReason.SECURITY,
    "7.8": BounceReason.SECURITY,
    "7.9": BounceReason.SECURITY,
    "7.10": BounceReason.SECURITY,
    "7.11": BounceReason.SECURITY,
    "7.12": BounceReason.SECURITY,
    "7.13": BounceReason.SUSPENDED,
    "7.14": BounceReason.SECURITY,
    "7.17": BounceReason.HAS_MOVED,
    "7.18": BounceReason.HAS_MOVED,
    "7.20": BounceReason.AUTH_FAILURE,
    "7.21": BounceReason.AUTH_FAILURE,
    "7.22": BounceReason.AUTH_FAILURE,
    "7.23": BounceReason.AUTH_FAILURE,
    "7.24": BounceReason.AUTH_FAILURE,
    "7.25": BounceReason.REQUIRES_PTR,
    "7.26": BounceReason.AUTH_FAILURE,
    "7.27": BounceReason.SENDER_REJECTED,
    "7.28": BounceReason.SPAM_DETECTED,
    "7.30": BounceReason.SECURITY,
    "7.509": BounceReason.AUTH_FAILURE,
    "7.511": BounceReason.BLOCKED,
    "7.515": BounceReason.AUTH_FAILURE,
    "7.606": BounceReason.BLOCKED,
}

#: SMTP reply codes with a single meaning (RFC 5321 4.2.3, RFC 7504).
REASONS_BY_REPLY_CODE: dict[int, BounceReason] = {
    452: BounceReason.SYSTEM_FULL,
    500: BounceReason.SYNTAX_ERROR,
    501: BounceReason.SYNTAX_ERROR,
    502: BounceReason.SYNTAX_ERROR,
    503: BounceReason.SYNTAX_ERROR,
    504: BounceReason.SYNTAX_ERROR,
    521: BounceReason.NOT_ACCEPTED,
    523: BounceReason.TOO_BIG,
    530: BounceReason.SECURITY,
    535: BounceReason.SECURITY,
    538: BounceReason.SECURITY,
    551: BounceReason.HAS_MOVED,
    552: BounceReason.MAILBOX_FULL,
    556: BounceReason.NOT_ACCEPTED,
}


def reason_for_status(status: str) -> BounceReason | None:
    """Return the reason for an enhanced status code alone, or None."""
    return REASONS_BY_STATUS.get(status[2:])


def reason_for_reply_code(code: int | None) -> BounceReason | None:
    """Return the reason for an SMTP reply code alone, or None."""
    return REASONS_BY_REPLY_CODE.get(code or 0)
