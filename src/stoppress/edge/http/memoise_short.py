"""Memory for parsed header values, without room for long ones."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")

MAX_MEMOISED_CHARACTERS = 200
"""Maximum length of a value whose result is stored: a thousand long values would take many megabytes."""


def memoise_short(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Decorate a pure function of a header value: the results of the last 1024 short values are stored."""
    memoised = lru_cache(maxsize=1024)(parse)

    @wraps(parse)
    def wrapper(value: str) -> T:
        return memoised(value) if len(value) <= MAX_MEMOISED_CHARACTERS else parse(value)

    return wrapper
