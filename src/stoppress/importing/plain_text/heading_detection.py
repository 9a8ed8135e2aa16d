"""Classify a line as heading, sentence or label. Plain text has no markup, so only the end of a line decides."""

import re

MAX_HEADING_CHARACTERS = 180
MAX_QUESTION_CHARACTERS = 140
MAX_ELLIPSIS_HEADING_CHARACTERS = 60

_CLOSERS = "’'”\"»)]"
_STOPS = ".…,;:。।،؛۔"
# A full stop inside a line, after a word too long to be an abbreviation, and a new sentence after it.
# A question may be followed by a short answer ("Is the port shut? Mayor says yes").
_SECOND_SENTENCE = re.compile(
    r"[^\W\d_]{4,}(?:[.!…]['”’\"]?\s+[“‘\"'(]?[A-Z]|\?['”’\"]?\s+[“‘\"'(]?[A-Z](?:\S*\s+){7,}\S)"
)
_NO_HEADING = re.compile(r"(?:\([^()]*\)|\[[^\[\]]*\])\Z|\d{1,2}[:.h]\d{2}\s")
_NUMBER = re.compile(r"\d{1,3}[.)]\s+")
_BULLET = re.compile(r"[•‣◦▪●·*]\s+")

_LABELS = {
    "breaking": "breaking",
    "breaking news": "breaking",
    "key event": "key-event",
    "pinned": "pinned",
    "pinned post": "pinned",
}
_NAMES = r"breaking news|breaking|key event|pinned post|pinned"
_MARKED = re.compile(rf"(?P<label>{_NAMES})\s?[:|\u2013\u2014-]\s*(?=\S)", re.IGNORECASE)
_SHOUTED = re.compile(r"(?P<label>BREAKING NEWS|BREAKING|KEY EVENT|PINNED)\s+(?=[“‘\"']?[A-Z][^\n]{0,200}[a-z])")
_GLUED = re.compile(
    r"(?P<label>Breaking(?: news| News)?|BREAKING(?: NEWS)?|Key [eE]vent|KEY EVENT|Pinned)(?=[“‘\"']?[A-ZÀ-Þ\d])"
)


def looks_like_heading(text: str) -> bool:
    """Return True if a line can be a heading: short, without a full stop or similar mark at its end."""
    if len(text) > MAX_HEADING_CHARACTERS or _BULLET.match(text) or _NO_HEADING.match(text):
        return False
    end = text.rstrip(_CLOSERS)
    if len(text) <= MAX_ELLIPSIS_HEADING_CHARACTERS:
        end = _without_ellipsis(end)
    if not end or end[-1] in _STOPS:
        return False
    if end[-1] in "?!" and len(text) > MAX_QUESTION_CHARACTERS:
        return False
    return _has_words(text) and not _leaves_quotation_open(text) and not _SECOND_SENTENCE.search(text)


def looks_like_sentence(text: str) -> bool:
    """Return True if a line is running text: it ends like a sentence, or cannot be a heading."""
    return not looks_like_heading(text)


def split_label(text: str) -> tuple[str | None, str]:
    """Split a label off the front of a heading: "BreakingPort shuts" gives ("breaking", "Port shuts")."""
    for pattern in (_MARKED, _SHOUTED, _GLUED):
        if match := pattern.match(text):
            return _LABELS[match["label"].lower()], text[match.end() :].lstrip()
    return None, text


def parse_label_line(text: str) -> str | None:
    """Return the label if the line consists of nothing else, or None."""
    return _LABELS.get(text.rstrip(":").rstrip().lower()) if len(text) < 20 else None


def strip_bullet(text: str) -> str:
    """Return a line without a leading list bullet."""
    match = _BULLET.match(text)
    return text[match.end() :] if match else text


def strip_number(text: str) -> str:
    """Return a line without the leading "12. " of a numbered list."""
    match = _NUMBER.match(text)
    return text[match.end() :] if match else text


def is_numbered(text: str) -> bool:
    """Return True if a line begins with the "12. " of a numbered list."""
    return _NUMBER.match(text) is not None


def continues_paragraph(text: str, following: str) -> bool:
    """Return True if `following` continues a paragraph that was broken in the middle of a sentence."""
    return text[-1] not in ".!?…:;”’\"')»" and len(text) > 40 and following[0].islower()


def _without_ellipsis(text: str) -> str:
    """Return a heading without a trailing ellipsis, which short ones may have: "Goodnight from the harbour..."."""
    return text.removesuffix("…").removesuffix("...")


def _has_words(text: str) -> bool:
    return any(map(str.isalpha, text))


def _leaves_quotation_open(text: str) -> bool:
    return text.count("“") > text.count("”") or (text.startswith('"') and text.count('"') % 2 == 1)
