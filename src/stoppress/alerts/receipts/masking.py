"""Addresses for people who need not know whose they are."""


def masked(email: str) -> str:
    """`r…@example.com`; `(erased)` for one that is no longer kept."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else "(erased)"
