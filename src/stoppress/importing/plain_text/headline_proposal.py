"""Propose a headline for a page without one, and make a slug from a headline."""

import re
import unicodedata

MAX_PROPOSAL_CHARACTERS = 100
MAX_SLUG_CHARACTERS = 60
_MIN_CLAUSE_CHARACTERS = 30

_SENTENCE = re.compile(r".{12,}?[^\W\d_]{3,}[’”\"')]?[.!?…][’”\"')]?(?=\s+[“‘\"'(]?[^\W\d_]|$)")
_CLAUSE_END = re.compile(r"[,;:]\s|\s[\u2013\u2014-]\s")
_HANGING = re.compile(
    r"(?:[\s,;:\u2013\u2014-]+(?:a|an|the|of|and|or|but|in|on|at|to|for|with|by|from|as|that|who|which))+$", re.I
)
_ASCII = str.maketrans(
    {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}
    | {"ß": "ss", "þ": "th", "Þ": "Th", "ð": "d", "ı": "i"}
)
_PAIRS = (("“", "”"), ("‘", "’"), ("(", ")"))


def propose_headline(paragraph: str) -> str:
    """Return a headline from the first sentence of a paragraph, if necessary cut at the end of a clause or word."""
    sentence = _first_sentence(" ".join(paragraph[: 10 * MAX_PROPOSAL_CHARACTERS].split()))
    bare = sentence.rstrip(" .…")
    if len(bare) <= MAX_PROPOSAL_CHARACTERS:
        return _remove_unpaired(bare)
    clauses = [
        m.start() for m in _CLAUSE_END.finditer(bare) if _MIN_CLAUSE_CHARACTERS <= m.start() <= MAX_PROPOSAL_CHARACTERS
    ]
    if clauses:
        return _remove_unpaired(bare[: clauses[-1]])
    return _remove_unpaired(_cut_at_word(bare, MAX_PROPOSAL_CHARACTERS - 2)) + " …"


def make_slug(headline: str) -> str:
    """Return a headline as lower-case ASCII words joined by hyphens, cut between words; "" if no word remains."""
    plain = unicodedata.normalize("NFKD", headline.translate(_ASCII)).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", "").lower())
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word
        if len(longer) > MAX_SLUG_CHARACTERS:
            break
        slug = longer
    return slug or "".join(words)[:MAX_SLUG_CHARACTERS]


def _first_sentence(text: str) -> str:
    match = _SENTENCE.match(text)
    return match[0] if match else text


def _cut_at_word(text: str, longest: int) -> str:
    cut = text[: longest + 1]
    at_word = cut[: cut.rfind(" ")] if " " in cut else text[:longest]
    return _HANGING.sub("", at_word).rstrip(" ,;:")


def _remove_unpaired(text: str) -> str:
    """Remove a quotation mark or bracket whose counterpart was cut off."""
    for opening, closing in _PAIRS:
        if text.count(opening) > text.count(closing):
            text = "".join(text.rsplit(opening, 1))
        if opening != "‘" and text.count(closing) > text.count(opening):
            text = "".join(text.split(closing, 1))
    return text.strip()
