"""What we say to readers besides the editors' own words, in every language that we speak.

book.py       what there is to be said, as types: a language with a phrase missing does not type-check
english.py    and its like: one language each

A language of a reader or a text is a tag (BCP 47). Whatever it is, there is something to say: English if nothing is
nearer.
"""

from django.conf import settings

from stoppress.alerts.phrases.arabic import ARABIC
from stoppress.alerts.phrases.book import Calendar, DigestPhrases, LetterPhrases, MailPhrases, PagePhrases, Phrases
from stoppress.alerts.phrases.english import ENGLISH
from stoppress.alerts.phrases.french import FRENCH
from stoppress.alerts.phrases.german import GERMAN
from stoppress.alerts.phrases.spanish import SPANISH
from stoppress.alerts.phrases.tags import accepted, direction, nearest
from stoppress.alerts.phrases.ukrainian import UKRAINIAN

SPOKEN: dict[str, Phrases] = {one.tag: one for one in (ENGLISH, GERMAN, FRENCH, SPANISH, UKRAINIAN, ARABIC)}
"""Every language that we speak, by its tag."""


def phrases_for(*languages: str) -> Phrases:
    """What we say in the first of `languages` that we speak, or nearly (`de` for `de-AT`); English if we speak none."""
    spoken = (nearest(SPOKEN, language) for language in languages)
    return SPOKEN[next((tag for tag in spoken if tag), ENGLISH.tag)]


def own_language() -> str:
    """The newsroom's own: the first of those that its settings offer."""
    offered: list[str] = settings.READERS_LANGUAGES
    return offered[0] if offered else ENGLISH.tag


__all__ = [
    "ENGLISH",
    "SPOKEN",
    "Calendar",
    "DigestPhrases",
    "LetterPhrases",
    "MailPhrases",
    "PagePhrases",
    "Phrases",
    "accepted",
    "direction",
    "nearest",
    "own_language",
    "phrases_for",
]
