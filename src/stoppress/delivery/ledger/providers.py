"""The mail provider of a receiving domain: large providers judge a sender by all of their domains together. Pure.

Providers are recognised by domain, not by MX record: a claim must not wait for the DNS, and a fault of it must not move
a reader to another provider (docs/decisions/038-warm-up.md).
"""

import re

PROVIDERS: tuple[tuple[str, str], ...] = (
    ("Gmail", r"gmail\.com|googlemail\.com"),
    ("Microsoft", r"(?:outlook|hotmail|live|msn|passport)\.(?:com?\.)?[a-z]{2,4}"),
    ("Yahoo", r"(?:yahoo|ymail|rocketmail)\.(?:com?\.)?[a-z]{2,4}|(?:aol|aim|verizon|netscape)\.(?:com?\.)?[a-z]{2,4}"),
    ("Apple", r"icloud\.com|me\.com|mac\.com"),
    ("GMX and WEB.DE", r"gmx\.(?:net|de|at|ch|com|org|fr|es)|web\.de|mail\.com"),
    ("T-Online", r"t-online\.de|magenta\.de"),
    ("Orange", r"orange\.fr|wanadoo\.fr"),
    ("Proton", r"proton(?:mail)?\.(?:com|me|ch)|pm\.me"),
    ("Ukr.net", r"ukr\.net"),
)
"""Name and pattern of the domains of each large provider."""
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in PROVIDERS)
MAX_NAME_LENGTH = 254


def find_provider(domain: str) -> str:
    """Return the name of the provider of a domain in small letters, else the domain itself."""
    return next((name for name, pattern in _COMPILED if pattern.fullmatch(domain)), domain[:MAX_NAME_LENGTH])
