"""Mail is in its reader's language: labels, dates, reasons, links, transactional mail, digests."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from stoppress.coverage.localisation.languages import TRANSLATED_LANGUAGES
from stoppress.delivery.choices import TransactionalKind, Urgency
from stoppress.delivery.message.alert_content import AlertContent, CorrectedAlert, DigestItem
from stoppress.delivery.message.build_message import compile_transactional_mail, fill_transactional_mail
from tests.factories.alert_messages import ALERT_CONTENT, RECIPIENT, SENT_AT, body_part, fill_message, parse_message

OTHERS = sorted(set(TRANSLATED_LANGUAGES) - {"en"})
WAYS_OUT = {
    "de": ("Abmelden", "Stimmt etwas nicht? Schreiben Sie uns:"),
    "fr": ("Se désinscrire", "Une erreur ? Écrivez-nous :"),
    "es": ("Darse de baja", "¿Hay un error? Escríbanos:"),
    "uk": ("Відписатися", "Знайшли помилку? Напишіть нам:"),
    "ar": ("إلغاء الاشتراك", "هل من خطأ؟ راسلنا:"),
}
TRANSACTIONAL_TEXTS = {
    "en": {
        TransactionalKind.CONFIRM: ("Please confirm: Breaking news from The Halden Courier", "Confirm my address"),
        TransactionalKind.ALREADY_SUBSCRIBED: (
            "You are already signed up for Breaking news",
            "Choose what you get, or unsubscribe",
        ),
    },
    "de": {
        TransactionalKind.CONFIRM: (
            "Bitte bestätigen: Eilmeldungen von The Halden Courier",
            "Meine Adresse bestätigen",
        ),
        TransactionalKind.ALREADY_SUBSCRIBED: (
            "Sie sind bereits angemeldet: Eilmeldungen",
            "Auswählen, was Sie erhalten, oder abmelden",
        ),
    },
    "fr": {
        TransactionalKind.CONFIRM: ("À confirmer\xa0: Dernière minute de The Halden Courier", "Confirmer mon adresse"),
        TransactionalKind.ALREADY_SUBSCRIBED: (
            "Votre adresse est déjà inscrite\xa0: Dernière minute",
            "Choisir ce que vous recevez, ou vous désinscrire",
        ),
    },
    "es": {
        TransactionalKind.CONFIRM: ("Confirme, por favor: Última hora de The Halden Courier", "Confirmar mi dirección"),
        TransactionalKind.ALREADY_SUBSCRIBED: (
            "Su dirección ya está inscrita: Última hora",
            "Elegir lo que recibe, o darse de baja",
        ),
    },
    "uk": {
        TransactionalKind.CONFIRM: (
            "Підтвердьте, будь ласка: Термінові новини від The Halden Courier",
            "Підтвердити адресу",
        ),
        TransactionalKind.ALREADY_SUBSCRIBED: (
            "Ви вже підписані: Термінові новини",
            "Обрати, що отримувати, або відписатися",
        ),
    },
    "ar": {
        TransactionalKind.CONFIRM: ("يرجى التأكيد: الأخبار العاجلة من The Halden Courier", "تأكيد عنواني"),
        TransactionalKind.ALREADY_SUBSCRIBED: (
            "أنت مشترك بالفعل: الأخبار العاجلة",
            "اختيار ما يصلك، أو إلغاء الاشتراك",
        ),
    },
}
"""Subject and button of each transactional mail."""
ITEM = DigestItem(
    "Storm Maren", "The wall stands", "It leaks.", "/live/x/posts/1", SENT_AT, "en", "correction", "It stands."
)
CORRECTION = replace(
    ALERT_CONTENT,
    urgency=Urgency.CORRECTION,
    corrected=CorrectedAlert("Wall fails", SENT_AT - timedelta(hours=1)),
    blog_id=7,
)
DIGEST = replace(ALERT_CONTENT, urgency=Urgency.DIGEST, summary="", path="/", items=(ITEM,))
ENGLISH_WORDS = re.compile(
    r"\b(You get|because|signed up|Unsubscribe|Choose|Nothing in|Follow|Read it|Breaking news,|Correction:|Corrected"
    r"|Something wrong|March|was wrong|live coverage)\b"
)


def surrounding_text(story: AlertContent, kind: str) -> str:
    """Return the text of one part without tags, addresses and the editors' own texts."""
    found = re.sub(r"<style.*?</style>", "", body_part(fill_message(story), kind), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>|https?://\S+", " ", found).split())


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(
    "story", [replace(ALERT_CONTENT, blog_id=7), CORRECTION, DIGEST], ids=["alert", "correction", "digest"]
)
def test_surrounding_text_is_in_the_language_of_the_variant(story, language, kind):
    text = surrounding_text(replace(story, language=language), kind)
    unsubscribe, contact = WAYS_OUT[language]
    assert not ENGLISH_WORDS.findall(text)
    assert unsubscribe in text and contact in text


def test_german_alert_is_german_from_label_to_imprint():
    text = surrounding_text(replace(CORRECTION, language="de"), "plain")
    for expected in (
        "KORREKTUR EINER MELDUNG, DIE WIR IHNEN GESCHICKT HABEN",
        "Berichtigt um 20:04 GMT, 8. März 2026",
        "Was wir Ihnen um 19:04 GMT geschickt haben: „Wall fails“",
        "Den berichtigten Beitrag lesen:",
        "Abmelden:",
        "Auswählen, was Sie erhalten:",
        "Schreiben Sie uns: corrections@halden.test",
    ):
        assert expected in text


def test_corrections_in_a_digest_are_in_its_language():
    text = surrounding_text(replace(DIGEST, language="fr"), "plain")
    assert "Rectifié : The wall stands It leaks. Rectificatif : It stands." in text


def test_surrounding_text_is_in_the_readers_language_when_no_variant_exists():
    raw = fill_message(replace(ALERT_CONTENT, reader_language="uk"))
    html = body_part(raw, "html")
    assert parse_message(raw)["Content-Language"] == "en, uk"
    assert '<html lang="uk" dir="ltr"' in html
    assert re.search(r'<span lang="en" dir="ltr"[^>]*>Lower town evacuated', html)
    assert re.search(r'<p lang="en" dir="ltr"[^>]*>Everyone below', html)
    assert "Відписатися" in html and "8 березня 2026 року" in html


def test_mail_is_unchanged_when_the_readers_language_is_not_translated():
    raw = fill_message(replace(ALERT_CONTENT, reader_language="cy"))
    assert raw == fill_message() and parse_message(raw)["Content-Language"] == "en"
    welsh = fill_message(replace(ALERT_CONTENT, language="cy"))
    assert parse_message(welsh)["Content-Language"] == "cy, en" and '<span lang="cy"' in body_part(welsh, "html")


def test_arabic_mail_is_right_to_left_except_for_english_texts():
    html = body_part(fill_message(replace(CORRECTION, reader_language="ar")), "html")
    assert '<html lang="ar" dir="rtl"' in html
    assert "text-align: right" in html and "text-align: left" not in html.partition("<body")[2].partition("mso")[0]
    assert "border-right: 3px solid" in html
    assert re.search(r'<span lang="en" dir="ltr"[^>]*>Lower town', html)


def test_right_to_left_variant_keeps_its_direction_in_english_mail():
    html = body_part(fill_message(ALERT_CONTENT.in_translation("he", {"headline": "כותרת"})), "html")
    assert '<html lang="en" dir="ltr"' in html and re.search(r'<span lang="he" dir="rtl"[^>]*>כותרת', html)


@pytest.mark.parametrize("kind", [TransactionalKind.CONFIRM, TransactionalKind.ALREADY_SUBSCRIBED])
@pytest.mark.parametrize("language", [*OTHERS, "en", "de-CH"])
def test_transactional_mail_is_in_its_readers_language(kind, language):
    template = compile_transactional_mail(kind, "Breaking news", SENT_AT, language)
    raw = fill_transactional_mail(template, kind, 7, RECIPIENT, "", SENT_AT)
    catalogue = language.partition("-")[0]
    subject, button = TRANSACTIONAL_TEXTS[catalogue][kind]
    assert parse_message(raw)["Subject"] == subject
    assert parse_message(raw)["Content-Language"] == catalogue
    assert f'<html lang="{catalogue}"' in body_part(raw, "html")
    assert button in body_part(raw, "html") and button in body_part(raw, "plain")
    assert catalogue == "en" or "You" not in body_part(raw, "plain")


def test_transactional_mail_is_in_the_newsrooms_language_when_the_reader_has_none(settings):
    settings.READERS_LANGUAGES = ["fr", "en"]
    assert (
        parse_message(
            fill_transactional_mail(
                compile_transactional_mail(TransactionalKind.CONFIRM, "Direct", SENT_AT),
                TransactionalKind.CONFIRM,
                7,
                RECIPIENT,
                "",
                SENT_AT,
            )
        )["Content-Language"]
        == "fr"
    )


def test_canary_is_in_english():
    raw = fill_transactional_mail(
        compile_transactional_mail(TransactionalKind.CANARY, "Breaking news", SENT_AT, "de"),
        TransactionalKind.CANARY,
        7,
        RECIPIENT,
        "",
        SENT_AT,
    )
    assert parse_message(raw)["Subject"].startswith("Test message") and parse_message(raw)["Content-Language"] == "en"
