"""What a reader has already, as RFC 9110 §13 has it: entity tags before dates, tags compared weakly."""

import re
from functools import lru_cache
from typing import NamedTuple

from django.utils.http import parse_http_date_safe

TAG = re.compile(r'\s*(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')


class Condition(NamedTuple):
    """The conditional headers of a request, as they came; empty where there was none."""

    if_none_match: str = ""
    if_modified_since: str = ""

    def met_by(self, etag: str, last_modified: str) -> bool:
        """Whether who sent this has what is told by `etag` (without `W/`) or, asking by date alone, `last_modified`."""
        if self.if_none_match:
            return bool(etag) and knows(self.if_none_match, etag)
        if self.if_modified_since and last_modified:
            since, modified = seconds(self.if_modified_since), seconds(last_modified)
            return since is not None and modified is not None and since >= modified
        return False


NO_CONDITION = Condition()


@lru_cache(maxsize=1024)
def tags(header: str) -> frozenset[str]:
    """The opaque tags of an If-None-Match, `*` for any; what cannot be read is no tag."""
    if header.strip() == "*":
        return frozenset("*")
    return frozenset(match[1] for match in TAG.finditer(header))


def knows(header: str, etag: str) -> bool:
    """Whether who sent `header` has what `etag` (without `W/`) names."""
    known = tags(header) if header else ()
    return etag in known or "*" in known


@lru_cache(maxsize=1024)
def seconds(date: str) -> int | None:
    """An HTTP date (RFC 9110 §5.6.7) as seconds since the epoch; None if it is none."""
    return parse_http_date_safe(date)
