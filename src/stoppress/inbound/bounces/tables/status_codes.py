"""What enhanced status codes (RFC 3463 and its registry) and bare SMTP codes mean, where words do not tell.

Codes whose last number is 0 say nothing, and 5.1.1 is what many servers say of everything: words go before codes.
"""

from stoppress.inbound.bounces.report import Reason

#: Without their first digit. X.1.1 and X.1.2 are the address; most others are not, though they begin with 5.
STATUS: dict[str, Reason] = {
    "1.1": Reason.USER_UNKNOWN,
    "1.2": Reason.HOST_UNKNOWN,
    "1.3": Reason.USER_UNKNOWN,
    "1.4": Reason.FILTERED,
    "1.6": Reason.HAS_MOVED,
    "1.7": Reason.SENDER_REJECTED,
    "1.8": Reason.SENDER_REJECTED,
    "1.9": Reason.SYSTEM_ERROR,
    "1.10": Reason.NOT_ACCEPTED,
    "2.1": Reason.SUSPENDED,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.TOO_BIG,
    "2.4": Reason.FILTERED,
    "3.1": Reason.SYSTEM_FULL,
    "3.2": Reason.NOT_ACCEPTED,
    "3.3": Reason.SYSTEM_ERROR,
    "3.4": Reason.TOO_BIG,
    "3.5": Reason.SYSTEM_ERROR,
    "4.1": Reason.EXPIRED,
    "4.2": Reason.NETWORK_ERROR,
    "4.3": Reason.SYSTEM_ERROR,
    "4.4": Reason.NETWORK_ERROR,
    "4.5": Reason.RATE_LIMITED,
    "4.6": Reason.NETWORK_ERROR,
    "4.7": Reason.EXPIRED,
    "5.1": Reason.SYNTAX_ERROR,
    "5.2": Reason.SYNTAX_ERROR,
    "5.3": Reason.RATE_LIMITED,
    "5.4": Reason.SYNTAX_ERROR,
    "5.5": Reason.SYNTAX_ERROR,
    "5.6": Reason.SYNTAX_ERROR,
    "6.1": Reason.CONTENT,
    "6.2": Reason.CONTENT,
    "6.3": Reason.CONTENT,
    "6.5": Reason.CONTENT,
    "6.6": Reason.CONTENT,
    "6.7": Reason.CONTENT,
    "6.9": Reason.CONTENT,
    "7.1": Reason.SECURITY,
    "7.2": Reason.FILTERED,
    "7.3": Reason.SECURITY,
    "7.4": Reason.SECURITY,
    "7.5": Reason.SECURITY,
    "7.6": Reason.SECURITY,
    "7.7": Reason.SECURITY,
    "7.8": Reason.SECURITY,
    "7.9": Reason.SECURITY,
    "7.10": Reason.SECURITY,
    "7.11": Reason.SECURITY,
    "7.12": Reason.SECURITY,
    "7.13": Reason.SUSPENDED,
    "7.14": Reason.SECURITY,
    "7.17": Reason.HAS_MOVED,
    "7.18": Reason.HAS_MOVED,
    "7.20": Reason.AUTH_FAILURE,
    "7.21": Reason.AUTH_FAILURE,
    "7.22": Reason.AUTH_FAILURE,
    "7.23": Reason.AUTH_FAILURE,
    "7.24": Reason.AUTH_FAILURE,
    "7.25": Reason.REQUIRES_PTR,
    "7.26": Reason.AUTH_FAILURE,
    "7.27": Reason.SENDER_REJECTED,
    "7.28": Reason.SPAM_DETECTED,
    "7.30": Reason.SECURITY,
    "7.509": Reason.AUTH_FAILURE,
    "7.511": Reason.BLOCKED,
    "7.515": Reason.AUTH_FAILURE,
    "7.606": Reason.BLOCKED,
}

#: RFC 5321 4.2.3, RFC 7504: bare codes that mean one thing.
CODES: dict[int, Reason] = {
    452: Reason.SYSTEM_FULL,
    500: Reason.SYNTAX_ERROR,
    501: Reason.SYNTAX_ERROR,
    502: Reason.SYNTAX_ERROR,
    503: Reason.SYNTAX_ERROR,
    504: Reason.SYNTAX_ERROR,
    521: Reason.NOT_ACCEPTED,
    523: Reason.TOO_BIG,
    530: Reason.SECURITY,
    535: Reason.SECURITY,
    538: Reason.SECURITY,
    551: Reason.HAS_MOVED,
    552: Reason.MAILBOX_FULL,
    556: Reason.NOT_ACCEPTED,
}


def reason_of_status(status: str) -> Reason | None:
    """What a status code says by itself."""
    return STATUS.get(status[2:])


def reason_of_code(code: int | None) -> Reason | None:
    """What an SMTP reply code says by itself."""
    return CODES.get(code or 0)
