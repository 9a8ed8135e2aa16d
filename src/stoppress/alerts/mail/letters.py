"""What the letters say: messages that answer what one reader did."""

from collections.abc import Mapping
from dataclasses import dataclass

from stoppress.alerts.mail.links import Purpose
from stoppress.alerts.mail.mould import Gap
from stoppress.alerts.mail.plain import imprint, wrapped
from stoppress.alerts.phrases import ENGLISH, LetterPhrases, Phrases
from stoppress.alerts.words import Letter
from stoppress.coverage.newsroom import newsroom


@dataclass(frozen=True)
class Wording:
    """One letter, before it is HTML or text. The button's address ends in a token of `purpose`."""

    subject: str
    headline: str
    paragraphs: tuple[str, ...]
    button: str
    purpose: Purpose
    why: str


def wording(letter: Letter, topic_name: str, phrases: Phrases = ENGLISH) -> Wording:
    """The words of a letter about one topic. The canary, which we send to ourselves, speaks English."""
    if letter is Letter.CANARY:
        return _canary()
    facts = {"topic": topic_name, "newsroom": newsroom().name}
    return _confirm(phrases.letter, facts) if letter is Letter.CONFIRM else _known(phrases.letter, facts)


def letter_text(words: Wording, link: str, phrases: Phrases = ENGLISH) -> str:
    """The text part of a letter."""
    blocks = [wrapped(words.headline), *(wrapped(text) for text in words.paragraphs)]
    blocks += [f"{words.button}:\n{link}{Gap.LINK.mark}", "-- \n" + wrapped(words.why), *imprint(phrases)]
    return "\n\n".join(blocks) + "\n"


def _confirm(said: LetterPhrases, facts: Mapping[str, str]) -> Wording:
    return Wording(
        subject=said.confirm_subject.format(**facts),
        headline=said.confirm_headline,
        paragraphs=(said.confirm_asked.format(**facts), said.confirm_do),
        button=said.confirm_button,
        purpose=Purpose.CONFIRM,
        why=said.confirm_why,
    )


def _known(said: LetterPhrases, facts: Mapping[str, str]) -> Wording:
    return Wording(
        subject=said.known_subject.format(**facts),
        headline=said.known_headline,
        paragraphs=(said.known_asked.format(**facts),),
        button=said.known_button,
        purpose=Purpose.MANAGE,
        why=said.known_why,
    )


def _canary() -> Wording:
    room = newsroom().name
    return Wording(
        subject=f"Dry run: alerts from {room} go out",
        headline="A dry run: there is no news",
        paragraphs=(
            f"{room} sends this message to itself from time to time, on the same way as its breaking news. That it "
            "arrived shows that the way is free.",
            "No reader gets it, and nothing needs to be done.",
        ),
        button="What this address gets",
        purpose=Purpose.MANAGE,
        why="You get this because whoever runs our site named your address in STOPPRESS_CANARY_ADDRESS.",
    )
