"""The form in which names of people and tokens are compared, stored as keys and counted by rate limits."""

import unicodedata


def name_key(typed: str) -> str:
    """Return the same text for all spellings of one name: compatibility-composed, case-folded, without outer spaces.

    This is NFKC_Casefold of Unicode without its removal of invisible characters, which names may not hold.
    """
    text = unicodedata.normalize("NFKC", typed).strip()
    while (folded := unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())) != text:
        text = folded
    return text
