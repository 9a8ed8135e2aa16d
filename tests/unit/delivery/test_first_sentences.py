"""The summary that an alert begins with."""

import pytest

from stoppress.delivery.message.first_sentences import MAX_SUMMARY_LENGTH, first_sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", "One. Two!"),
        ("One only", "One only"),
        ("“Leave now,” she said. Mr. Solheim disagreed. Third.", "“Leave now,” she said. Mr. Solheim disagreed."),
        ("He shouted “Go!” at 3.30pm. Then\n\nsilence. More.", "He shouted “Go!” at 3.30pm."),
        ("", ""),
    ],
)
def test_first_sentences_takes_two_sentences(text, expected):
    assert first_sentences(text) == expected


def test_first_sentences_cuts_between_words_when_sentences_are_too_long():
    short = first_sentences("word " * 300)
    assert len(short) <= MAX_SUMMARY_LENGTH
    assert short.endswith("word…")
