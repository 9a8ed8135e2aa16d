"""Conditional requests (RFC 9110 §13): entity tags take precedence over dates; If-None-Match compares tags weakly."""

import re
from typing import NamedTuple

from django.utils.http import parse_http_date_safe

from stoppress.edge.http.memoise_short import memoise_short

ENTITY_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,|$)')
"""Searched in headers of up to 32 KiB from any client, so the pattern must not backtrack over the same bytes."""
WEAK_ENTITY_TAG = re.compile(r'W/"[^"]*"')


class ClientCopy(NamedTuple):
    """The copy that a client has, as its conditional headers describe it; "" for a header that is absent."""

    if_none_match: str = ""
    if_modified_since: str = ""

    def is_current(self, etag: str, last_modified: str) -> bool:
        """Return True if the client's cached copy is current.

        That is so if its entity tag matches or, if it sent none, its date is not older than `last_modified`.

        Args:
            etag: entity tag of the response without `W/`; "" if it has none.
            last_modified: Last-Modified of the response; "" if it has none.
        """
        if self.if_none_match:
            return bool(etag) and matches_entity_tag(self.if_none_match, etag)
        if self.if_modified_since and last_modified:
            since, modified = parse_http_date(self.if_modified_since), parse_http_date(last_modified)
            return since is not None and modified is not None and since >= modified
        return False


NO_CLIENT_COPY = ClientCopy()


class Precondition(NamedTuple):
    """The precondition of a request (RFC 9110 §13.1.1, §13.1.4), by header; "" for a header that is absent."""

    if_match: str = ""
    if_unmodified_since: str = ""

    def holds(self, etag: str, last_modified: str) -> bool:
        """Return True if a response with these validators meets the precondition.

        Tags are compared strongly, so that a weak tag never matches. A date counts only if there is no If-Match.
        """
        if self.if_match:
            strong = WEAK_ENTITY_TAG.sub("", self.if_match)
            return self.if_match.strip() == "*" or etag in parse_entity_tags(strong)
        since, modified = parse_http_date(self.if_unmodified_since), parse_http_date(last_modified)
        return since is None or modified is None or modified <= since


@memoise_short
def parse_entity_tags(header: str) -> frozenset[str]:
    """Return the opaque tags of an If-Match or If-None-Match; `*` matches any tag; malformed ones are left out."""
    if header.strip() == "*":
        return frozenset("*")
    return frozenset(match[1] for match in ENTITY_TAG.finditer(header))


def matches_entity_tag(header: str, etag: str) -> bool:
    """Return True if an If-None-Match of `header` matches `etag` (without `W/`)."""
    tags = parse_entity_tags(header) if header else ()
    return etag in tags or "*" in tags


@memoise_short
def parse_http_date(date: str) -> int | None:
    """Return an HTTP date (RFC 9110 §5.6.7) in seconds since the epoch, or None if it is malformed."""
    return parse_http_date_safe(date)
