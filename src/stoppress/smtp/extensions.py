"""The extensions that a relay offers in its reply to EHLO (RFC 5321 section 4.1.1.1)."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Extensions:
    """The relay's offer; empty before EHLO and after HELO.

    Args:
        max_size: the largest message in bytes that the relay takes; None if it names no limit.
        auth_mechanisms: names of the AUTH mechanisms, in upper case.
    """

    pipelining: bool = False
    chunking: bool = False
    starttls: bool = False
    eight_bit_mime: bool = False
    smtputf8: bool = False
    size: bool = False
    max_size: int | None = None
    auth_mechanisms: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "Extensions":
        """Parse the lines of an EHLO reply. The first line is skipped: it contains the relay's name and a greeting."""
        offers: dict[str, list[str]] = {}
        for line in text.upper().split("\n")[1:]:
            keyword, *values = line.replace("AUTH=", "AUTH ").split() or [""]
            offers.setdefault(keyword, []).extend(values)
        return cls(
            pipelining="PIPELINING" in offers,
            chunking="CHUNKING" in offers,
            starttls="STARTTLS" in offers,
            eight_bit_mime="8BITMIME" in offers,
            smtputf8="SMTPUTF8" in offers,
            size="SIZE" in offers,
            max_size=_size_limit(offers.get("SIZE", [])),
            auth_mechanisms=frozenset(offers.get("AUTH", [])),
        )

    def without_pipelining(self) -> "Extensions":
        """Return the offer without PIPELINING and CHUNKING, for a relay that does not implement what it offers."""
        return replace(self, pipelining=False, chunking=False)


def _size_limit(values: list[str]) -> int | None:
    """Return the limit in bytes; 0 and a missing value both mean that there is none (RFC 1870 section 4)."""
    first = values[0] if values else ""
    return int(first) or None if first.isascii() and first.isdigit() and len(first) <= 20 else None
