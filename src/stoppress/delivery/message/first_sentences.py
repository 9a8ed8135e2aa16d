"""Take the first sentences of a text, as a summary that an editor may still change."""

import re

from stoppress.runtime.text_cleaning import clean_line

END = re.compile(r"[.!?…][”’\"')\]]*(?=\s)")
ABBREVIATION = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Lt|Col|St|Rev|Hon|vs|approx|e\.g|i\.e)\.$")
MAX_SUMMARY_LENGTH = 400


def first_sentences(text: str, count: int = 2) -> str:
    """Return the first `count` sentences of plain text, cut between words if even they are too long for a mail."""
    text = clean_line(text)
    ends = [match.end() for match in END.finditer(text) if not ABBREVIATION.search(text[: match.end()])]
    summary = text[: ends[count - 1]] if len(ends) >= count else text
    if len(summary) <= MAX_SUMMARY_LENGTH:
        return summary
    return summary[: MAX_SUMMARY_LENGTH - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
