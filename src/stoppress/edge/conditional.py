"""If-None-Match, as RFC 9110 §13.1.2 has it: a list of entity tags or `*`, compared weakly."""

import re
from functools import lru_cache

TAG = re.compile(r'\s*(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')


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
