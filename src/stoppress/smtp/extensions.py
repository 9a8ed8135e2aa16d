"""What the relay offered in its answer to EHLO (RFC 5321 4.1.1.1)."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Extensions:
    """The offer. Before EHLO, and after a HELO, it is empty."""

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
        """From the lines of the reply; the first one is the relay's name and a greeting."""
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
            max_size=_limit(offers.get("SIZE", [])),
            auth_mechanisms=frozenset(offers.get("AUTH", [])),
        )

    def without_pipelining(self) -> "Extensions":
        """The same, without what saves time: for a relay that offers more than it keeps."""
        return replace(self, pipelining=False, chunking=False)


def _limit(values: list[str]) -> int | None:
    """Bytes; 0 and nothing both mean that no limit is named (RFC 1870 4)."""
    first = values[0] if values else ""
    return int(first) or None if first.isascii() and first.isdigit() and len(first) <= 20 else None
