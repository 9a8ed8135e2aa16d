"""Decide what text may contain: headlines, names, captions, subjects, notes and bodies alike.

Characters that readers cannot see and that could harm are removed: control characters, lone surrogates,
noncharacters, and bidirectional embeddings, overrides and isolates, which could turn the text around them. Invisible
characters that belong to words stay: joiners (Persian, Indic scripts, emoji), variation selectors, direction marks,
hard spaces.
"""

import re
import unicodedata

CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
BIDI_CONTROLS = "\u202a-\u202e\u2066-\u206f"
OTHERS = "\ud800-\udfff\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\U000e0001"
NONCHARACTERS = "".join(chr(end) + chr(end + 1) for end in range(0x1FFFE, 0x110000, 0x10000))
REMOVED = re.compile(f"[{CONTROLS}{BIDI_CONTROLS}{OTHERS}{NONCHARACTERS}]")
NEWLINE = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
SPACES = re.compile("[ \t\n]+")


def clean_text(text: str) -> str:
    """Return `text` without forbidden characters and outer white space; lines end with a line feed."""
    text = REMOVED.sub("", NEWLINE.sub("\n", text)).strip()
    return text if _is_visible(text) else ""


def clean_line(text: str) -> str:
    """Return `text` like `clean_text`, on one line, with single spaces."""
    return SPACES.sub(" ", clean_text(text))


def _is_visible(text: str) -> bool:
    return any(not char.isspace() and unicodedata.category(char) != "Cf" for char in text)
