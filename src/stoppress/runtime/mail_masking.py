"""Mask mail addresses, for output whose readers need not know them."""

import re

_PART = r"[^\s<>()\[\],;:\"\\@|]"
"""A character that may precede the @, of any script (RFC 6531)."""
_HOST = rf"(?:(?!%40){_PART})"
"""The same after the @, but not beyond the next %40: otherwise a line full of %40 would take quadratic time."""
_ADDRESS = re.compile(rf"(?<!{_PART})({_PART}){_PART}*?(?:@|%40)({_HOST}+\.{_HOST}+)")


def mask_mail_address(email: str) -> str:
    """Return `m…@example.com` for `mari@example.com`, and `(erased)` for an address that has been erased."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}" if at and domain else "(erased)"


def mask_mail_addresses_in(text: str) -> str:
    """Return `text` with every address in it masked, including those that write the @ as %40."""
    return _ADDRESS.sub(r"\1…@\2", text)
