"""Parse bylines as pages write them.

    "By Ann Lee in Kyiv, Bo Chen & AFP"  ──►  Byline(names=("Ann Lee", "Bo Chen", "AFP"), left_out=("in Kyiv",))

Names differ from headings in their words: except for particles, each begins with a capital (or has no case).
"""

import re
from dataclasses import dataclass
from itertools import pairwise

MAX_BYLINE_CHARACTERS = 160


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PARTICLES = _words(
    "de del della delle dei di da das do dos du la le las los van von der den ten ter te zu zum af av y e el al bin "
    "ibn bint ben ap ab st san mac ó ní nic uí í"
)
_NOT_IN_NAMES = _words(
    "the a an in on at of for and or but as is are was what why how when where who live full here this that it to with "
    "from by after before more new breaking update updated updates latest key watch read posted published january "
    "february july september october november december monday tuesday wednesday thursday friday "
    "saturday sunday"
)
_AGENCIES = _words(
    "reuters afp ap pa dpa epa efe ansa tass interfax xinhua kyodo yonhap bloomberg agencies staff anonymous"
)
_DESK_WORDS = _words(
    "agency agencies staff reporters reporter correspondents desk newsdesk newsroom media press association team news "
    "wire wires service"
)
_ROLE_WORDS = _words("correspondent correspondents editor reporter writer producer journalist analyst columnist chief")

_INITIALS = re.compile(r"(?:[^\W\d_]\.){1,4}|[^\W\d_]")
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:[’'ʼ‘`·-][^\W_]+)*[.’']?")
_BY = re.compile(
    r"(?:(?:posted|published|written|reporting|reported|words|compiled|analysis|story)\s+)?by[\s:]+"
    r"|(?:por|par|von|di|door|av|af|od|przez)\s+(?-i:(?=[^\W\d_a-z]))"
    r"|(?:from|by)\s+(?-i:[A-Z]{2,6})[’']s\s+(?=[A-Z])|from\s+(?=[A-Z])",
    re.I,
)
_ANNOUNCED = re.compile(r"(?:\w+\s+)?by[\s:]+\S|from\s+(?-i:[A-Z]{2,6})[’']s\s", re.I)
_REPORTING_FROM = re.compile(
    r"(?:reporting|live|writing) (?:from|in|at|on) (?:the )?(?-i:[^\W\d_a-z])[^.?!:]{1,60}", re.I
)
_AFTER_ROLE = re.compile(r",|\s(?:in|at|for|on)\s")
_NEWS_DESK = re.compile(
    r"(?:[A-Z]{2,6}|[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)?)"
    r" (?:News|Verify|Sport|Newsroom|Politics|Business|Weather|World Service)"
    r"(?:,? (?:in )?[A-Z][\w ’'-]{1,30})?"
    r"|(?:BBC|CNN|ITV|ABC|CBS|NBC|NPR|PBS|CBC)(?: [A-Z][\w’'-]+){1,3}(?:, [A-Z][\w ’'-]{1,30})?"
)
_BETWEEN_NAMES = re.compile(r"\s*[,;&/|+]\s*(?:and\s+)?|\s+(?:and|with)\s+", re.IGNORECASE)
_PLACE = re.compile(r"(?P<name>.{2,60}?)\s+(?P<where>(?:in|at|on|near|outside|aboard)\s+[^\W\d_].*)")
_WHERE = re.compile(r"(?:in|at|on|near|outside|aboard)\s+(?:the\s+)?[^\W\d_a-z]\S*(?:\s+\S+){0,3}")
_ASIDE = re.compile(r"\([^()]*\)|@\w+")
_EDGES = " \t,;|·•–—-:/()[]"


@dataclass(frozen=True, slots=True)
class Byline:
    """The names in a byline, in order, and the parts that are not stored: places, roles and handles."""

    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def parse_byline(text: str, *, loose: bool = False) -> Byline | None:
    """Return the byline that makes up all of `text`, or None if it is something else.

    `loose` also accepts one word or a desk. It is for text that is already marked as a byline: a date adjoins it, or it
    begins with "By".
    """
    if len(text) > MAX_BYLINE_CHARACTERS:
        return None
    asides = tuple(_ASIDE.findall(text))
    bare = _ASIDE.sub(" ", text).strip(_EDGES)
    marked = _BY.match(bare)
    parts = _BETWEEN_NAMES.split(bare[marked.end() :] if marked else bare)
    return _combine(parts, asides, loose=loose or marked is not None)


def begins_with_by(text: str) -> bool:
    """Return True if a line begins like an announced byline."""
    return len(text) <= MAX_BYLINE_CHARACTERS and _BY.match(text) is not None


def announces_author(text: str) -> bool:
    """Return True if a line begins with "By …" or "From XYZ's …"; a place may follow "From" alone."""
    return len(text) <= MAX_BYLINE_CHARACTERS and _ANNOUNCED.match(text) is not None


def is_role_line(text: str) -> bool:
    """Return True if a line below a name gives a role, an agency or a place ("Reporting from …")."""
    if len(text) > 80 or text[-1:] in ".?!:":
        return False
    head = _AFTER_ROLE.split(text, maxsplit=1)[0].split()
    role = text[:1].isupper() and 1 <= len(head) <= 5 and head[-1].lower() in _ROLE_WORDS
    return role or text.lower() in _AGENCIES or bool(_NEWS_DESK.fullmatch(text) or _REPORTING_FROM.fullmatch(text))


def is_name(text: str) -> bool:
    """Return True if `text` has two to six words that can all be part of a person's name.

    In scripts without capitals, nothing distinguishes a name from a heading, so there it is False.
    """
    words = text.split()
    fits = 2 <= len(words) <= 6 and all(map(_is_name_word, words))
    return fits and any(map(str.isupper, text)) and _is_capital(words[-1]) and any(map(_is_long, words))


def _combine(parts: list[str], left_out: tuple[str, ...], *, loose: bool) -> Byline | None:
    names: list[str] = []
    for part in parts:
        name, aside = _name_and_rest(part.strip(_EDGES), after_name=bool(names), loose=loose)
        if name is None and not aside:
            return None
        names += [name] if name else []
        left_out += aside
    return Byline(tuple(dict.fromkeys(names)), left_out) if names else None


def _name_and_rest(part: str, *, after_name: bool, loose: bool) -> tuple[str | None, tuple[str, ...]]:
    if after_name and _is_role(part):
        return None, (part,)
    if after_name and (_is_place(part) or _WHERE.fullmatch(part)):
        return None, (part,)
    if is_name(part) or is_desk(part):
        return _normalise_spaces(part), ()
    placed = _PLACE.fullmatch(part)
    if placed and (is_name(placed["name"]) or is_desk(placed["name"])):
        return _normalise_spaces(placed["name"]), (placed["where"],)
    return (_normalise_spaces(part), ()) if loose and _is_loose(part) else (None, ())


def is_desk(text: str) -> bool:
    """Return True if `text` names an agency or a desk, not a person."""
    words = text.lower().split()
    return 1 <= len(words) <= 4 and (" ".join(words) in _AGENCIES or (len(words) > 1 and words[-1] in _DESK_WORDS))


def _is_role(text: str) -> bool:
    words = text.lower().split()
    return 1 <= len(words) <= 6 and bool(_ROLE_WORDS.intersection(words))


def _is_place(text: str) -> bool:
    """Return True if one capitalised word after a name is a place; agencies and words in capitals are not."""
    return " " not in text and text[1:].islower() and _is_capital(text) and not is_desk(text)


def _is_loose(text: str) -> bool:
    """Return True for one to six words without prose words such as "the", if none ends a sentence."""
    words = text.split()
    if not 1 <= len(words) <= 6 or words[0].lower() in _NOT_IN_NAMES - {"the", "a", "live", "key", "new"}:
        return False
    fits = all(_WORD.fullmatch(word.strip("()")) or _INITIALS.fullmatch(word) for word in words)
    return fits and _is_capital(words[0]) and words[-1].lower() not in _NOT_IN_NAMES


def _is_name_word(word: str) -> bool:
    if word.lower() in _NOT_IN_NAMES:
        return False
    if word in _PARTICLES or _INITIALS.fullmatch(word):
        return True
    return _WORD.fullmatch(word) is not None and (_is_capital(word) or _has_inner_capital(word))


def _is_capital(word: str) -> bool:
    return word[0].isupper() or not word[0].islower() or _has_inner_capital(word)


def _has_inner_capital(word: str) -> bool:
    """Return True for al-Masri, d’Arcy, ní’Bhriain: a capital follows a hyphen or apostrophe."""
    return any(mark in "’'ʼ‘`-" and letter.isupper() for mark, letter in pairwise(word))


def _is_long(word: str) -> bool:
    return sum(map(str.isalpha, word)) > 1


def _normalise_spaces(name: str) -> str:
    return " ".join(name.split())
