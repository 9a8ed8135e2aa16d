"""Separation of a plain-text bounce from the original message that it returns."""

import re

#: Each row: the mail servers, and the pattern of the line with which they begin the original message.
ORIGINAL_MESSAGE_MARKERS: tuple[tuple[str, str], ...] = (
    ("qmail, Yahoo", r"--- Below this line is (?:a copy of the message|the original bounce)"),
    ("Exim", r"-{4,} This is a copy of (?:the|your) (?:message|body)"),
    ("1&1, GMX", r"--- The header of the original message is following"),
    ("Gmail", r"-{3,} ?(?:original|forwarded) message ?-{3,}"),
    ("IMail, DragonFly", r"(?:original message|message headers) follows?\.?$"),
    (
        "Sendmail 5 and 8",
        r"-{3,} ?(?:unsent message|original message|message header|returned message|original header|"
        r"message body)[ \w]{0,20}-{3,}|-{3,} ?(?:unsent message|original message|"
        r"message header)[ \w]{0,20}follows",
    ),
    ("Exchange", r"original message headers:"),
    ("OpenSMTPD", r"below is a copy of the original message"),
    ("MXLogic", r"included is a copy of the message header"),
    ("m-FILTER", r"-{3,} ?original message"),
    ("Notes", r"-{3,} ?returned message ?-{3,}"),
    (
        "Exim, KDDI, Interscan",
        r"(?:the )?(?:following is|here is|attached is|original) (?:a copy of )?(?:the |"
        r"your )?(?:original |returned |undelivered )?(?:message|mail|e-?mail)(?: headers?|"
        r" text)?(?: follows)?[:.]?$",
    ),
    ("X4, Biglobe", r"-{3,} ?(?:original|returned|non-?delivered|undelivered) (?:mail|message|e-?mail|header)"),
    ("mbox", r"From \S{1,200} {1,4}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "),
    ("Any: a delivery status inside the text", r"(?:reporting-mta|received-from-mta|final-recipient): "),
    (
        "Any: the header fields themselves",
        r"(?:return-path:|received: (?:from|by|\()|dkim-signature:|x-received: by|arc-seal:)",
    ),
)
_MARKERS = "|".join(pattern for _, pattern in ORIGINAL_MESSAGE_MARKERS)
_LINE = re.compile(rf"^[ \t*=>|]{{0,8}}(?:{_MARKERS})", re.IGNORECASE | re.MULTILINE)


def split_returned_message(text: str) -> tuple[str, str]:
    """Return the server's own text and the original message that follows it, "" if there is none."""
    marker = _LINE.search(text)
    return (text[: marker.start()], text[marker.start() :]) if marker else (text, "")
