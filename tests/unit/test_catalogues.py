"""Catalogues: each complete, and the check finds every kind of fault."""

import shutil
from pathlib import Path

import pytest

from stoppress.desk.access import language as desk_language
from tests.checks import catalogues

GERMAN = 'msgid "Sign up"\nmsgstr "Anmelden"\n'


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_catalogue_is_complete(language):
    assert catalogues.faults(language) == []


@pytest.mark.parametrize(("language", "forms"), [("de", 2), ("fr", 3), ("es", 3), ("uk", 3), ("ar", 6)])
def test_catalogue_has_the_plural_forms_of_its_language(language, forms):
    catalogue = catalogues.read(language)
    assert catalogue.num_plurals == forms
    assert len(catalogue.get(("{number} post", "{number} posts")).string) == forms


def test_sentences_of_the_desk_are_in_the_desks_languages_only():
    assert catalogues.read("de").get("Send as alert").string == "Als Meldung senden"
    assert catalogues.read("de").get("Flash", "desk: urgency of an alert").string
    for language in set(catalogues.LANGUAGES) - set(catalogues.DESK_LANGUAGES):
        catalogue = catalogues.read(language)
        assert catalogue.get("Send as alert") is None and catalogue.get("Flash", "desk: urgency of an alert") is None


def test_sentence_of_desk_and_readers_is_in_every_catalogue():
    reader, desk = "edge/templates/edge/page.html", "desk/views/posts.py"
    sentence = catalogues.Sentence("Live coverage")
    assert not catalogues.is_for_desk_only(sentence, {reader, desk})
    assert catalogues.is_for_desk_only(sentence, {desk})
    assert catalogues.is_for_desk_only(catalogues.Sentence("Live", "desk: state"), {reader})


def test_checked_languages_of_the_desk_are_those_that_it_offers():
    assert {"en", *catalogues.DESK_LANGUAGES} == set(desk_language.DESK_LANGUAGES)


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that replaces text in a copy of the German catalogue and returns the faults of the copy."""
    shutil.copytree(catalogues.LOCALE, tmp_path / "locale")
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path / "locale")

    def damage(before: str, after: str) -> list[str]:
        path = catalogues.po_path("de")
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
        return catalogues.faults("de")

    return damage


STALE = "de: the .mo file is stale, run compile"


def test_check_finds_a_sentence_without_translation(damaged):
    assert damaged(GERMAN, 'msgid "Sign up"\nmsgstr ""\n') == ["de: untranslated: 'Sign up'", STALE]


def test_check_finds_a_fuzzy_translation(damaged):
    assert damaged(GERMAN, f"#, fuzzy\n{GERMAN}")[0] == "de: fuzzy: 'Sign up'"


def test_check_finds_an_unused_and_a_missing_sentence(damaged):
    assert damaged('msgid "Sign up"\n', 'msgid "Sign me up"\n') == [
        "de: unused: 'Sign me up'",
        "de: missing, run extract: 'Sign up'",
        STALE,
    ]


def test_check_finds_a_lost_gap(damaged):
    found = damaged('msgstr "Korrektur: {headline}"', 'msgstr "Korrektur: {titel}"')
    assert found == ["de: other gaps or tags than the English sentence: 'Correction: {headline}'", STALE]


def test_check_finds_lost_markup(damaged):
    found = damaged('msgstr "An <b>%(address)s</b>:"', 'msgstr "An %(address)s:"')
    assert found[0] == "de: other gaps or tags than the English sentence: 'At <b>%(address)s</b>:'"


def test_check_finds_an_obsolete_entry(damaged):
    assert damaged(GERMAN, f'{GERMAN}\n#~ msgid "Gone"\n#~ msgstr "Weg"\n') == ["de: unused (obsolete): 'Gone'"]


def test_check_finds_a_stale_compiled_file(damaged):
    assert damaged('msgstr "Anmelden"', 'msgstr "Jetzt anmelden"') == [STALE]


def test_extract_keeps_translations_and_drops_what_is_unused(damaged):
    damaged('msgid "Sign up"\n', 'msgid "Sign me up"\n')
    merged = catalogues.merged(catalogues.read("de"), "de")
    assert merged.get("Sign me up") is None
    assert merged.get("Sign up").string in ("", None)
    assert merged.get("Unsubscribe").string == "Abmelden"
