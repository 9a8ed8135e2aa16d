"""What a reader has already, as RFC 9110 §13 has it: entity tags before dates, tags compared weakly."""

import re
from functools import lru_cache
from typing import NamedTuple

from django.utils.http import parse_http_date_safe

ENTITY_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,|$)')
"""Looked for anywhere in a header, which may be 32 KiB of anything: nothing in it may try the same bytes again."""
WEAK_ENTITY_TAG = re.compile(r'W/"[^"]*"')
MAX_MEMOISED_CHARACTERS = 200
"""Characters of a header whose meaning is kept: a thousand long ones would be many megabytes."""


class ClientCopy(NamedTuple):
    """The conditional headers of a request, as they came; empty where there was none."""

    if_none_match: str = ""
    if_modified_since: str = ""

    def is_current(self, etag: str, last_modified: str) -> bool:
        """Whether who sent this has what is told by `etag` (without `W/`) or, asking by date alone, `last_modified`."""
        if self.if_none_match:
            return bool(etag) and matches_entity_tag(self.if_none_match, etag)
        if self.if_modified_since and last_modified:
            since, modified = parse_http_date(self.if_modified_since), parse_http_date(last_modified)
            return since is not None and modified is not None and since >= modified
        return False


NO_CLIENT_COPY = ClientCopy()


class Precondition(NamedTuple):
    """What must still be so for a request to be answered (RFC 9110 §13.1.1, §13.1.4); empty where nothing must."""

    if_match: str = ""
    if_unmodified_since: str = ""

    def holds(self, etag: str, last_modified: str) -> bool:
        """Tags are compared strongly, so that weak ones never match; a date counts only where there is no tag."""
        if self.if_match:
            strong = WEAK_ENTITY_TAG.sub("", self.if_match)
            return self.if_match.strip() == "*" or etag in parse_entity_tags(strong)
        since, modified = parse_http_date(self.if_unmodified_since), parse_http_date(last_modified)
        return since is None or modified is None or modified <= since


def parse_entity_tags(header: str) -> frozenset[str]:
    """The opaque tags of an If-None-Match, `*` for any; what cannot be read is no tag."""
    return _tags(header) if len(header) <= MAX_MEMOISED_CHARACTERS else _tags.__wrapped__(header)


@lru_cache(maxsize=1024)
def _tags(header: str) -> frozenset[str]:
    if header.strip() == "*":
        return frozenset("*")
    return frozenset(match[1] for match in ENTITY_TAG.finditer(header))


def matches_entity_tag(header: str, etag: str) -> bool:
    """Whether who sent `header` has what `etag` (without `W/`) names."""
    known = parse_entity_tags(header) if header else ()
    return etag in known or "*" in known


def parse_http_date(date: str) -> int | None:
    """An HTTP date (RFC 9110 §5.6.7) as seconds since the epoch; None if it is none."""
    return _seconds(date) if len(date) <= MAX_MEMOISED_CHARACTERS else None


@lru_cache(maxsize=1024)
def _seconds(date: str) -> int | None:
    return parse_http_date_safe(date)
