"""Catalogues of translated sentences (gettext): extracted, compiled and checked with Babel.

python -m tests.checks.catalogues extract    bring every .po file in line with the sentences in src/
python -m tests.checks.catalogues compile    write the .mo files, which are committed
python -m tests.checks.catalogues check      fail on untranslated, fuzzy, unused or damaged sentences, or a stale .mo
"""

import io
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract as extract_from
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).parents[2] / "src" / "stoppress"
LOCALE = SOURCE / "locale"
LANGUAGES = ("de", "fr", "es", "uk", "ar")
"""Every language but English, in which the sentences are written."""
DESK_LANGUAGES = ("de",)
"""Languages that the desk is translated into (stoppress.desk.access.language); the other catalogues hold no sentence
that is shown at the desk alone."""
DESK_SOURCES = (
    "desk/",
    "alerts/actions/",
    "alerts/errors.py",
    "alerts/preflight/",
    "alerts/receipts/",
    "coverage/actions/",
    "coverage/errors.py",
    "coverage/pictures/",
    "coverage/post_content.py",
    "delivery/errors.py",
    "delivery/ledger/",
    "delivery/transitions/",
    "service/monitoring/alarms.py",
    "subscribers/errors.py",
    "subscribers/topics.py",
)
"""Files and folders in src/stoppress whose sentences are shown at the desk alone."""
DESK_CONTEXT = "desk: "
"""Beginning of the context of such a sentence in another file."""
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
TEMPLATES = ("*/templates/**/*.html", "*/templates/**/*.mjml", "*/templates/**/*.txt")
GAP = re.compile(r"\{(\w+)\}|%\((\w+)\)s")
IN_F_STRING = re.compile(r"\{(?:_|n?p?gettext(?:_lazy)?)\(['\"]")
MARKUP = re.compile(r"<[^>]+>")
HEADER = "# {language} sentences of Stop Press. Written by tests/checks/catalogues.py; see docs/translating.md.\n#"
DROPPED_HEADERS = tuple(
    f'"{name}'
    for name in ("POT-Cr", "PO-Rev", "Last-Tr", "Generated-By", "Report-Msgid", "Project-Id", "Language-Team")
)
ANY_DATE = datetime(2026, 1, 1, tzinfo=UTC)
"""In the head of compiled files: the date of the day would make each compilation differ."""
COUNT = {"number"}
"""Gaps that a plural form may leave out: `One story`."""


@dataclass(frozen=True)
class Sentence:
    """One message of the source: a sentence, or its two English plural forms."""

    text: str | tuple[str, str]
    context: str | None = None


def sentences() -> dict[Sentence, tuple[set[str], list[str]]]:
    """Return every sentence in src/ with the files it is in and its comments for translators."""
    found: dict[Sentence, tuple[set[str], list[str]]] = {}
    for path, sentence, comments in [*_in_code(), *_in_templates()]:
        files, notes = found.setdefault(sentence, (set(), []))
        files.add(str(path.relative_to(SOURCE)))
        notes.extend(comment for comment in comments if comment not in notes)
    return found


def catalogue_sentences(language: str) -> dict[Sentence, tuple[set[str], list[str]]]:
    """Return the sentences that the catalogue of `language` holds."""
    found = sentences()
    if language in DESK_LANGUAGES:
        return found
    return {sentence: use for sentence, use in found.items() if not is_for_desk_only(sentence, use[0])}


def is_for_desk_only(sentence: Sentence, files: set[str]) -> bool:
    """Return True if a sentence in these files is shown at the desk and to no reader."""
    has_desk_context = (sentence.context or "").startswith(DESK_CONTEXT)
    return has_desk_context or all(file.startswith(DESK_SOURCES) for file in files)


def _in_code() -> Iterator[tuple[Path, Sentence, list[str]]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        if match := IN_F_STRING.search(path.read_text(encoding="utf-8")):
            raise ValueError(f"{path}: gettext inside an f-string cannot be extracted: {match[0]}")
        with path.open("rb") as file:
            for _, text, comments, context in extract_from("python", file, KEYWORDS, ["Translators:"]):
                yield path, Sentence(tuple(text) if isinstance(text, list | tuple) else text, context), comments


def _in_templates() -> Iterator[tuple[Path, Sentence, list[str]]]:
    """Yield the sentences of templates, from their parsed tags `translate` and `blocktranslate`."""
    from django.template import engines
    from django.template.base import Node, Template
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    engine = engines["django"].engine
    for path in sorted(path for pattern in TEMPLATES for path in SOURCE.glob(pattern)):
        nodes = Template(path.read_text(encoding="utf-8"), engine=engine).nodelist.get_nodes_by_type(Node)
        for node in nodes:
            if isinstance(node, TranslateNode):
                context = node.message_context.var if node.message_context else None
                yield path, Sentence("".join([node.filter_expression.var.literal]), context), []
            elif isinstance(node, BlockTranslateNode):
                one, _ = node.render_token_list(node.singular)
                many, _ = node.render_token_list(node.plural) if node.plural else ("", [])
                context = node.message_context.var if node.message_context else None
                yield path, Sentence((one, many) if many else one, context), []


def po_path(language: str) -> Path:
    """Return the path of the catalogue that translators edit."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Return a catalogue; an empty one if there is none yet."""
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language)
    return read_po(io.BytesIO(path.read_bytes()), locale=language)


def merged(old: Catalog, language: str) -> Catalog:
    """Return the catalogue with exactly the sentences of the source, and the translations that it had."""
    header = HEADER.format(language=old.locale.english_name if old.locale else language)
    new = Catalog(locale=language, project="Stop Press", header_comment=header, fuzzy=False)
    for sentence, (files, comments) in sorted(
        catalogue_sentences(language).items(), key=lambda item: (str(item[0].text), item[0].context or "")
    ):
        known = old.get(sentence.text, sentence.context)
        string = known.string if known and isinstance(known.id, str) == isinstance(sentence.text, str) else None
        flags = {flag for flag in known.flags if flag == "fuzzy"} if known else set()
        new.add(
            sentence.text,
            string,
            locations=[(name, 0) for name in sorted(files)],
            flags=flags,
            auto_comments=comments,
            context=sentence.context,
        )
    return new


def po_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as it is committed: without line numbers and dates, which differ with every run."""
    file = io.BytesIO()
    write_po(file, catalogue, width=110, include_lineno=False, sort_output=True)
    lines = file.getvalue().decode().splitlines(keepends=True)
    drop = (
        '"POT-Creation-Date',
        '"PO-Revision-Date',
        '"Last-Translator',
        '"Generated-By',
        '"Report-Msgid',
        '"Project-Id',
    )
    return "".join(line for line in lines if not line.startswith((*drop, '"Language-Team'))).encode()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return the compiled catalogue, the same bytes for the same translations."""
    slim = Catalog(locale=catalogue.locale, fuzzy=False, creation_date=ANY_DATE, revision_date=ANY_DATE)
    for message in catalogue:
        if message.id and message.string:
            slim.add(message.id, message.string, context=message.context)
    file = io.BytesIO()
    write_mo(file, slim)
    return file.getvalue()


def faults(language: str) -> list[str]:
    """Return what is wrong with one catalogue, each fault as a line."""
    catalogue, wanted = read(language), set(catalogue_sentences(language))
    found = [f"{language}: {text}" for text in _faults_of_messages(catalogue, wanted)]
    kept = {Sentence(message.id, message.context) for message in catalogue if message.id}
    found += [f"{language}: missing, run extract: {sentence.text!r}" for sentence in wanted - kept]
    mo = po_path(language).with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != mo_bytes(catalogue):
        found.append(f"{language}: the .mo file is stale, run compile")
    return found


def _faults_of_messages(catalogue: Catalog, wanted: set[Sentence]) -> Iterator[str]:
    for message in catalogue:
        if not message.id:
            continue
        if Sentence(message.id, message.context) not in wanted:
            yield f"unused: {message.id!r}"
        if message.fuzzy:
            yield f"fuzzy: {message.id!r}"
        strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
        if len(strings) != (catalogue.num_plurals if message.pluralizable else 1) or not all(strings):
            yield f"untranslated: {message.id!r}"
        elif any(_is_damaged(message, text) for text in strings):
            yield f"other gaps or tags than the English sentence: {message.id!r}"
    yield from (f"unused (obsolete): {message.id!r}" for message in catalogue.obsolete.values())


def _is_damaged(message: Message, text: str) -> bool:
    """Return True if a translation lacks a gap or tag of the sentence, or has one that the sentence has not."""
    english = message.id[-1] if isinstance(message.id, list | tuple) else message.id
    before, after = _gaps(english), _gaps(text)
    optional = COUNT if message.pluralizable else set()
    return before - optional != after - optional or sorted(MARKUP.findall(english)) != sorted(MARKUP.findall(text))


def _gaps(text: str) -> set[str]:
    return {one or other for one, other in GAP.findall(text)}


def main(command: str) -> int:
    """Run one command; return the exit code."""
    if command == "check":
        found = [fault for language in LANGUAGES for fault in faults(language)]
        sys.stderr.writelines(f"{fault}\n" for fault in found)
        return 1 if found else 0
    for language in LANGUAGES:
        path = po_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        if command == "extract":
            path.write_bytes(po_bytes(merged(read(language), language)))
        else:
            path.with_suffix(".mo").write_bytes(mo_bytes(read(language)))
    return 0


if __name__ == "__main__":
    if sys.argv[1:] not in (["extract"], ["compile"], ["check"]):
        sys.exit(__doc__)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stoppress.service.settings")
    os.environ.setdefault("STOPPRESS_HOME", tempfile.mkdtemp(prefix="stoppress-catalogues-"))
    import django

    django.setup()
    sys.exit(main(sys.argv[1]))
