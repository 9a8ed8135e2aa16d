"""Mail speaks its reader's language: labels, dates, why it comes, the ways out, letters, digests."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from stoppress.coverage.localisation.languages import TRANSLATED_LANGUAGES
from stoppress.delivery.choices import TransactionalKind, Urgency
from stoppress.delivery.message.alert_content import DigestItem, AlertContent, CorrectedAlert
from stoppress.delivery.message.build_message import fill_transactional_mail, compile_transactional_mail
from tests.factories.alert_messages import SENT_AT, RECIPIENT, ALERT_CONTENT, fill_message, parse_message, body_part

OTHERS = sorted(set(TRANSLATED_LANGUAGES) - {"en"})
WAYS_OUT = {
    "de": ("Abmelden", "Stimmt etwas nicht? Schreiben Sie uns:"),
    "fr": ("Se désinscrire", "Une erreur ? Écrivez-nous :"),
    "es": ("Darse de baja", "¿Hay un error? Escríbanos:"),
    "uk": ("Відписатися", "Знайшли помилку? Напишіть нам:"),
    "ar": ("إلغاء الاشتراك", "هل من خطأ؟ راسلنا:"),
}
LETTERS = {
    "en": {
        TransactionalKind.CONFIRM: ("Please confirm: Breaking news from The Halden Courier", "Confirm my address"),
        TransactionalKind.ALREADY_SUBSCRIBED: ("You are already signed up for Breaking news", "Choose what you get, or leave"),
    },
    "de": {
        TransactionalKind.CONFIRM: ("Bitte bestätigen: Eilmeldungen von The Halden Courier", "Meine Adresse bestätigen"),
        TransactionalKind.ALREADY_SUBSCRIBED: ("Sie sind bereits angemeldet: Eilmeldungen", "Auswählen, was Sie erhalten, oder abmelden"),
    },
    "fr": {
        TransactionalKind.CONFIRM: ("À confirmer : Dernière minute de The Halden Courier", "Confirmer mon adresse"),
        TransactionalKind.ALREADY_SUBSCRIBED: (
            "Votre adresse est déjà inscrite : Dernière minute",
            "Choisir ce que vous recevez, ou vous désinscrire",
        ),
    },
    "es": {
        TransactionalKind.CONFIRM: ("Confirme, por favor: Última hora de The Halden Courier", "Confirmar mi dirección"),
        TransactionalKind.ALREADY_SUBSCRIBED: ("Su dirección ya está inscrita: Última hora", "Elegir lo que recibe, o darse de baja"),
    },
    "uk": {
        TransactionalKind.CONFIRM: ("Підтвердьте, будь ласка: Термінові новини від The Halden Courier", "Підтвердити адресу"),
        TransactionalKind.ALREADY_SUBSCRIBED: ("Ви вже підписані: Термінові новини", "Обрати, що отримувати, або відписатися"),
    },
    "ar": {
        TransactionalKind.CONFIRM: ("يرجى التأكيد: الأخبار العاجلة من The Halden Courier", "تأكيد عنواني"),
        TransactionalKind.ALREADY_SUBSCRIBED: ("أنت مشترك بالفعل: الأخبار العاجلة", "اختيار ما يصلك، أو إلغاء الاشتراك"),
    },
}
"""Subject and button of each letter."""
ITEM = DigestItem("Storm Maren", "The wall stands", "It leaks.", "/live/x/posts/1", SENT_AT, "en", "correction", "It stands.")
CORRECTION = replace(ALERT_CONTENT, urgency=Urgency.CORRECTION, corrected=CorrectedAlert("Wall fails", SENT_AT - timedelta(hours=1)), blog_id=7)
DIGEST = replace(ALERT_CONTENT, urgency=Urgency.DIGEST, summary="", path="/", items=(ITEM,))
ENGLISH_WORDS = re.compile(
    r"\b(You get|because|signed up|Unsubscribe|Choose|Nothing in|Follow|Read it|Breaking news,|Correction:|Corrected"
    r"|Something wrong|March|was wrong|live coverage)\b"
)


def text_of(story: AlertContent, kind: str) -> str:
    """What one part says, without tags, addresses and the editors' own words."""
    found = re.sub(r"<style.*?</style>", "", body_part(fill_message(story), kind), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>|https?://\S+", " ", found).split())


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(
    "story", [replace(ALERT_CONTENT, blog_id=7), CORRECTION, DIGEST], ids=["alert", "correction", "digest"]
)
def test_all_that_stands_around_the_words_is_in_the_language_of_the_variant(story, language, kind):
    text = text_of(replace(story, language=language), kind)
    unsubscribe, contact = WAYS_OUT[language]
    assert not ENGLISH_WORDS.findall(text)
    assert unsubscribe in text and contact in text


def test_an_alert_in_german_reads_german_from_label_to_imprint():
    text = text_of(replace(CORRECTION, language="de"), "plain")
    for wanted in (
        "KORREKTUR",
        "Ines Okafor und Tom Reyer · 20:04 GMT, 8. März 2026",
        "Um 19:04 GMT am 8. März 2026 haben wir verschickt: „Wall fails“.",
        "Die berichtigte Fassung lesen:",
        "Abmelden:",
        "Nichts mehr zu diesem Thema:",
        "Auswählen, was Sie erhalten:",
        "Schreiben Sie uns: corrections@halden.test",
    ):
        assert wanted in text


def test_what_is_put_right_in_a_digest_is_said_in_the_digests_language():
    text = text_of(replace(DIGEST, language="fr"), "plain")
    assert "Rectifié : The wall stands It leaks. Rectificatif : It stands." in text


def test_a_reader_of_another_language_gets_the_words_as_written_and_all_else_in_their_own():
    raw = fill_message(replace(ALERT_CONTENT, reader_language="uk"))
    html = body_part(raw, "html")
    assert parse_message(raw)["Content-Language"] == "en, uk"
    assert '<html lang="uk" dir="ltr"' in html
    assert re.search(r'<span lang="en" dir="ltr"[^>]*>Lower town evacuated', html)
    assert re.search(r'<p lang="en" dir="ltr"[^>]*>Everyone below', html)
    assert "Відписатися" in html and "8 березня 2026 року" in html


def test_a_language_that_we_do_not_speak_leaves_all_as_it_is():
    raw = fill_message(replace(ALERT_CONTENT, reader_language="cy"))
    assert raw == fill_message() and parse_message(raw)["Content-Language"] == "en"
    welsh = fill_message(replace(ALERT_CONTENT, language="cy"))
    assert parse_message(welsh)["Content-Language"] == "cy, en" and '<span lang="cy"' in body_part(welsh, "html")


def test_arabic_is_written_from_right_to_left_and_english_words_in_it_are_not():
    html = body_part(fill_message(replace(CORRECTION, reader_language="ar")), "html")
    assert '<html lang="ar" dir="rtl"' in html
    assert "text-align: right" in html and "text-align: left" not in html.partition("<body")[2].partition("mso")[0]
    assert "border-right: 3px solid" in html
    assert re.search(r'<span lang="en" dir="ltr"[^>]*>Lower town', html)


def test_a_variant_from_right_to_left_stands_so_even_where_all_else_is_english():
    html = body_part(fill_message(ALERT_CONTENT.in_translation("he", {"headline": "כותרת"})), "html")
    assert '<html lang="en" dir="ltr"' in html and re.search(r'<span lang="he" dir="rtl"[^>]*>כותרת', html)


@pytest.mark.parametrize("letter", [TransactionalKind.CONFIRM, TransactionalKind.ALREADY_SUBSCRIBED])
@pytest.mark.parametrize("language", [*OTHERS, "en", "de-CH"])
def test_a_letter_is_in_its_readers_language(letter, language):
    mould = compile_transactional_mail(letter, "Breaking news", SENT_AT, language)
    raw = fill_transactional_mail(mould, letter, 7, RECIPIENT, "", SENT_AT)
    catalogue = language.partition("-")[0]
    subject, button = LETTERS[catalogue][letter]
    assert parse_message(raw)["Subject"] == subject
    assert parse_message(raw)["Content-Language"] == catalogue
    assert f'<html lang="{catalogue}"' in body_part(raw, "html")
    assert button in body_part(raw, "html") and button in body_part(raw, "plain")
    assert catalogue == "en" or "You" not in body_part(raw, "plain")


def test_a_reader_without_a_language_is_written_to_in_the_newsrooms_own(settings):
    settings.READERS_LANGUAGES = ["fr", "en"]
    assert (
        parse_message(fill_transactional_mail(compile_transactional_mail(TransactionalKind.CONFIRM, "Direct", SENT_AT), TransactionalKind.CONFIRM, 7, RECIPIENT, "", SENT_AT))[
            "Content-Language"
        ]
        == "fr"
    )


def test_the_dry_run_speaks_english_to_whoever_runs_the_site():
    raw = fill_transactional_mail(compile_transactional_mail(TransactionalKind.CANARY, "Breaking news", SENT_AT, "de"), TransactionalKind.CANARY, 7, RECIPIENT, "", SENT_AT)
    assert parse_message(raw)["Subject"].startswith("Dry run") and parse_message(raw)["Content-Language"] == "en"
