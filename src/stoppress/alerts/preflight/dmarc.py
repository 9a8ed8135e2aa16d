"""DMARC (RFC 9989): records, the DNS tree walk, the organisational domain, the policy, and alignment.

The lookup is a function of a name. It returns the TXT records, empty if there are none, and raises DnsFaultError if no
name server answered: a fault is never taken for a missing record.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

MAX_LABELS = 8
"""A domain with this many labels or more is shortened to one label fewer after the first query (section 4.10)."""
POLICIES = ("none", "quarantine", "reject")
TxtRecords = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class DmarcRecord:
    """The DMARC record of one domain."""

    domain: str
    tags: Mapping[str, str]

    @property
    def psd(self) -> str:
        """Return `y` for the record of a public suffix, `n` for an organisation that is none, else `u`."""
        value = self.tags.get("psd", "u").lower()
        return value if value in ("y", "n") else "u"

    @property
    def is_test(self) -> bool:
        """Return True if the owner requests a milder policy than the one published."""
        return self.tags.get("t", "n").lower() == "y"

    def is_strict(self, tag: str) -> bool:
        """Return True if `aspf` or `adkim` requires equal domains."""
        return self.tags.get(tag, "r").lower() == "s"


@dataclass(frozen=True)
class DmarcPolicy:
    """The policy that receivers apply to a From domain.

    Args:
        record: the record that holds it.
        value: none, quarantine or reject; empty if receivers ignore the record, because its policy is not valid.
        tag: p, sp or np.
    """

    record: DmarcRecord
    value: str
    tag: str


def parse_record(domain: str, texts: Sequence[str]) -> DmarcRecord | None:
    """Return the DMARC record among a domain's TXT records; None if there is none or more than one (section 4.10)."""
    records = [parse_tags(text) for text in texts if _is_dmarc(text)]
    return DmarcRecord(domain, records[0]) if len(records) == 1 else None


def parse_tags(record: str) -> dict[str, str]:
    """Return the tags of a record such as `a=1; b=2`; of a repeated tag, the first."""
    tags: dict[str, str] = {}
    for part in record.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags


def walk(domain: str, lookup: TxtRecords) -> list[DmarcRecord]:
    """Return the records that a tree walk from `domain` finds, the longest domain first (section 4.10).

    Raises:
        DnsFaultError: a name server did not answer.
    """
    found = []
    for position, name in enumerate(_walked_names(domain)):
        record = parse_record(name, lookup(f"_dmarc.{name}"))
        if record is None:
            continue
        found.append(record)
        if record.psd == "n" or (position > 0 and record.psd == "y"):
            break
    return found


def organisational_domain(domain: str, records: Sequence[DmarcRecord]) -> str:
    """Return the organisational domain of the domain from which the walk started (section 4.10.2)."""
    for record in records:
        if record.psd == "n":
            return record.domain
        if record.psd == "y" and record.domain != domain:
            return ".".join(domain.split(".")[-(record.domain.count(".") + 2) :])
    return records[-1].domain if records else domain


def find_policy(domain: str, records: Sequence[DmarcRecord], *, exists: bool) -> DmarcPolicy | None:
    """Return the policy for mail from `domain`, or None if it has no record (section 4.10.1).

    Args:
        domain: the domain of From.
        records: what a tree walk from it found.
        exists: False if the DNS has no such name.
    """
    organisation = organisational_domain(domain, records)
    by_domain = {record.domain: record for record in records}
    suffix = next((record for record in records if record.psd == "y"), None)
    record = by_domain.get(domain) or by_domain.get(organisation) or suffix
    if record is None:
        return None
    if not _is_valid(record):
        return DmarcPolicy(record, "none" if "mailto:" in record.tags.get("rua", "").lower() else "", "p")
    if record.domain == domain:
        return DmarcPolicy(record, record.tags.get("p", "none").lower(), "p")
    tag = next((tag for tag in (("sp",) if exists else ("np", "sp")) if tag in record.tags), "p")
    return DmarcPolicy(record, record.tags.get(tag, "none").lower(), tag)


def is_aligned(domain: str, author: str, policy: DmarcPolicy | None, tag: str, lookup: TxtRecords) -> bool:
    """Return True if `domain` is aligned with the From domain (section 4.4).

    Args:
        domain: the domain of the envelope sender, or that of a DKIM signature.
        author: the domain of From.
        policy: the policy of the From domain; without one, relaxed alignment counts.
        tag: `aspf` or `adkim`.
        lookup: returns TXT records.

    Raises:
        DnsFaultError: a name server did not answer.
    """
    if domain == author:
        return True
    if policy and policy.record.is_strict(tag):
        return False
    return organisational_domain(domain, walk(domain, lookup)) == organisational_domain(author, walk(author, lookup))


def _walked_names(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    rest = labels[-(MAX_LABELS - 1) :] if len(labels) >= MAX_LABELS else labels[1:]
    while rest:
        yield ".".join(rest)
        rest = rest[1:]


def _is_dmarc(text: str) -> bool:
    name, equals, value = text.partition(";")[0].partition("=")
    return bool(equals) and name.strip().lower() == "v" and value.strip() == "DMARC1"


def _is_valid(record: DmarcRecord) -> bool:
    return all(record.tags[tag].lower() in POLICIES for tag in ("p", "sp", "np") if tag in record.tags)
