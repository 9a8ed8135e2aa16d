"""A subscriber gets mail and pages in the language in which they signed up."""

import re

import pytest
from django.test import Client

from stoppress.delivery.message.build_message import compile_transactional_mail
from stoppress.delivery.models import Delivery
from stoppress.subscribers.models import Consent, Subscriber, Subscription
from tests.factories.subscribers import (
    confirm_path,
    confirmed_subscriber,
    manage_path,
    mute_path,
    undo_path,
    unsubscribe_path,
    visible_text,
)

pytestmark = pytest.mark.django_db


def stored_language(query="", header="", **given):
    answer = Client().post(
        f"/alerts{query}", {"email": "mari@example.com", **given}, headers={"Accept-Language": header} if header else {}
    )
    assert answer.status_code == 200
    return Subscriber.objects.get().language


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ({}, ""),
        ({"header": "de-AT,de;q=0.9,en;q=0.5"}, "de"),
        ({"header": "en-US,en;q=0.9,uk;q=0.8"}, ""),
        ({"header": "fr;q=0.1,uk;q=0.8"}, "uk"),
        ({"header": "de;q=0,es"}, "es"),
        ({"header": "tlh,*"}, ""),
        ({"query": "?lang=fr", "header": "de"}, "fr"),
        ({"lang": "uk", "query": "?lang=fr"}, "uk"),
        ({"lang": "../x", "header": "ar"}, "ar"),
        ({"lang": "en", "header": "de"}, ""),
    ],
)
def test_language_comes_from_form_then_url_then_browser(given, language):
    assert stored_language(**given) == language


def test_confirm_mail_is_in_the_subscribers_language():
    stored_language(header="uk")
    row = Delivery.objects.select_related("subscriber").get()
    mail = compile_transactional_mail("confirm", "Breaking news", row.created_at, row.subscriber.language)
    assert b"Content-Language: uk" in mail.chunks[2]


def test_form_keeps_the_language_of_its_url(client):
    page = client.get("/alerts?lang=de").content.decode()
    assert '<input type="hidden" name="lang" value="de">' in page


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ({"language": "cy", "header": "de"}, "cy"),
        ({"language": "", "header": "de"}, ""),
        ({"language": "", "header": "uk"}, "uk"),
        ({"language": "en", "header": "de"}, "en"),
        ({"header": "de"}, "de"),
    ],
)
def test_chosen_language_overrides_the_browser(settings, given, language):
    settings.READERS_LANGUAGES = ["en", "cy", "de"]
    assert stored_language(**given) == language


def test_language_field_preselects_the_browsers_language(client, settings):
    settings.READERS_LANGUAGES = ["en", "cy", "de"]
    page = client.get("/alerts", headers={"Accept-Language": "de-CH"}).content.decode()
    assert '<option value="de" lang="de" selected>' in page


def test_preferences_page_offers_the_stored_language(client, settings):
    settings.READERS_LANGUAGES = ["en", "de"]
    reader = confirmed_subscriber(lang="uk")
    assert '<option value="uk" lang="uk" selected>' in client.get(manage_path(reader)).content.decode()
    for given, kept in (({}, "uk"), ({"language": "uk"}, "uk"), ({"language": "tlh"}, ""), ({"language": "de"}, "de")):
        client.post(manage_path(reader), {"topic": ["breaking"], "zone": "Europe/Kyiv", **given})
        reader.refresh_from_db()
        assert (reader.language, reader.zone) == (kept, "Europe/Kyiv")
        Subscriber.objects.update(language="uk")


SENTENCES = {
    "de": {
        "topic": "Eilmeldungen",
        "promise": "Eine kurze Nachricht, sobald etwas Wichtiges geschieht. "
        "Nie mehr, als die Nachrichtenlage verlangt.",
        "sign_up": "Anmelden",
        "choose_one": "Wählen Sie mindestens eines aus.",
        "confirm": "Ja, bitte anmelden",
        "mute_button": "Dieses Thema stumm schalten",
        "mistake": "War das ein Versehen? Eine Stunde lang können Sie es zurücknehmen.",
        "undo_button": "Ja, weiter schicken",
        "damaged": "Vielleicht wurde er unterwegs abgeschnitten. Öffnen Sie den Link",
        "title": "Eilmeldungen per E-Mail",
        "instant": "Sofort",
        "small_print": "Kostenlos. Ohne Nachverfolgung. Mit einem Klick wieder abgemeldet.",
        "question": "„{topic}“ an diese Adresse schicken?",
        "bad_address": "Nach dem @ fehlt etwas: Eine Adresse sieht aus wie name@example.com.",
    },
    "fr": {
        "topic": "Dernière minute",
        "promise": "Un court message dès qu’il se passe quelque chose d’important. "
        "Jamais plus que l’actualité ne l’exige.",
        "sign_up": "S’inscrire",
        "choose_one": "Choisissez au moins une ligne.",
        "confirm": "Oui, je m’inscris",
        "mute_button": "Ne plus rien recevoir sur ce sujet",
        "mistake": "C’était une erreur\u00a0? Pendant une heure, vous pouvez revenir en arrière.",
        "undo_button": "Oui, continuer l’envoi",
        "damaged": "Il a peut-être été coupé en route. Rouvrez le lien du message,",
        "title": "Les dernières nouvelles par e-mail",
        "instant": "Tout de suite",
        "small_print": "Gratuit. Sans pistage. Désinscription en un clic.",
        "question": "Envoyer «\u00a0{topic}\u00a0» à cette adresse\u00a0?",
        "bad_address": "Il manque quelque chose après le @\u00a0: une adresse ressemble à name@example.com.",
    },
    "es": {
        "topic": "Última hora",
        "promise": "Un mensaje breve en cuanto ocurre algo importante. Nunca más de lo que pide la actualidad.",
        "sign_up": "Inscribirse",
        "choose_one": "Elija al menos uno.",
        "confirm": "Sí, inscribirme",
        "mute_button": "Silenciar este tema",
        "mistake": "¿Ha sido un error? Durante una hora puede deshacerlo.",
        "undo_button": "Sí, seguir enviando",
        "damaged": "Puede que se haya cortado por el camino. Abra otra vez el enlace",
        "title": "Última hora por correo",
        "instant": "En el momento",
        "small_print": "Gratis. Sin rastreo. Baja con un clic.",
        "question": "¿Enviar «{topic}» a esta dirección?",
        "bad_address": "Falta algo después de la @: una dirección es como name@example.com.",
    },
    "uk": {
        "topic": "Термінові новини",
        "promise": "Коротке повідомлення, щойно стається щось важливе. Не більше, ніж вимагають новини.",
        "sign_up": "Підписатися",
        "choose_one": "Оберіть щонайменше одне.",
        "confirm": "Так, підписатися",
        "mute_button": "Вимкнути цю тему",
        "mistake": "Це була помилка? Протягом години це можна скасувати.",
        "undo_button": "Так, надсилайте далі",
        "damaged": "Можливо, воно обірвалося дорогою. Відкрийте посилання в листі",
        "title": "Термінові новини поштою",
        "instant": "Одразу",
        "small_print": "Безкоштовно. Без стеження. Відписка одним натисканням.",
        "question": "Надсилати «{topic}» на цю адресу?",
        "bad_address": "Після знака @ чогось бракує: адреса виглядає так: name@example.com.",
    },
    "ar": {
        "topic": "الأخبار العاجلة",
        "promise": "رسالة قصيرة فور وقوع أمر مهم. لا أكثر مما تقتضيه الأخبار.",
        "sign_up": "اشتراك",
        "choose_one": "اختر واحدًا على الأقل.",
        "confirm": "نعم، أريد الاشتراك",
        "mute_button": "كتم هذا الموضوع",
        "mistake": "هل كان ذلك خطأ؟ يمكنك التراجع خلال ساعة.",
        "undo_button": "نعم، واصلوا الإرسال",
        "damaged": "ربما انقطع في الطريق. افتح الرابط في الرسالة مرة أخرى، أو انسخه",
        "title": "الأخبار العاجلة بالبريد",
        "instant": "فورًا",
        "small_print": "مجانًا. بلا تتبع. إلغاء بنقرة واحدة.",
        "question": "هل نرسل «{topic}» إلى هذا العنوان؟",
        "bad_address": "ينقص شيء بعد العلامة @: العنوان يشبه name@example.com.",
    },
}
"""Expected sentences of the sign-up pages, independent of the catalogues."""


ENGLISH_WORDS = re.compile(
    r"\b(Breaking news by|Email address|Sign up|Free\.|How often|Confirm|Check your"
    r"|Mail will|Every message|Send “|signed up|Unsubscribe"
    r"|You |Undo|Choose|Live coverage|Mute|No more|This link|Something wrong|Skip to|It )\b"
)


def page_in(answer, language):
    """Return the page, after checking that all of it is in this language, except for the newsroom's own text."""
    page = answer.content.decode()
    assert f'<html lang="{language}"' in page and ('dir="rtl"' in page) == (language == "ar")
    text = visible_text(answer.content)
    assert not ENGLISH_WORDS.findall(text), text
    return page


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_every_subscriber_page_is_in_the_subscribers_language(client, blog, language):
    sentences = SENTENCES[language]
    for path in ("/alerts", "/alerts/embed"):
        assert sentences["sign_up"] in page_in(client.get(f"{path}?lang={language}&next=storm-maren"), language)
        given = {"lang": language, "email": "mari@"}
        assert sentences["bad_address"] in page_in(client.post(path, given), language)
    given = {"lang": language, "next": "storm-maren", "offered": "1", "email": "x@y.zz"}
    assert sentences["choose_one"] in page_in(client.post("/alerts", given), language)
    page_in(client.post("/alerts", {"lang": language, "email": "mari@example.com"}), language)
    reader = Subscriber.objects.get()
    assert sentences["confirm"] in page_in(client.get(confirm_path(reader)), language)
    page_in(client.post(confirm_path(reader)), language)
    assert sentences["mute_button"] in page_in(client.get(mute_path(reader, blog)), language)
    page_in(client.post(mute_path(reader, blog)), language)
    page_in(client.post(mute_path(reader, blog), {"undo": "1"}), language)
    page_in(client.get(unsubscribe_path(reader)), language)
    assert sentences["mistake"] in page_in(client.post(unsubscribe_path(reader)), language)
    link = undo_path(Subscription.objects.get())
    assert sentences["undo_button"] in page_in(client.get(link), language)
    page_in(client.post(link), language)
    headers = {"Accept-Language": language}
    assert sentences["damaged"] in page_in(client.get("/alerts/manage/x", headers=headers), language)
    kept = list(Consent.objects.order_by("pk").values_list("kind", "wording"))
    offer = f"{sentences['topic']} {sentences['promise']}"
    requested = " / ".join(
        (sentences["title"], offer, sentences["instant"], sentences["small_print"], sentences["sign_up"])
    )
    assert kept[0] == ("requested", requested)
    assert kept[1] == (
        "confirmed",
        f"{sentences['question'].format(topic=sentences['topic'])} / {sentences['confirm']}",
    )
    kind, wording = kept[-1]
    question, button = wording.split(" / ")
    assert (kind, button) == ("chosen", sentences["undo_button"]) and sentences["topic"] in question


def test_live_page_form_is_in_the_language_of_its_live_blog(client, blog):
    blog.language = "de"
    blog.save()
    page = client.get("/live/storm-maren").content.decode()
    form = page[page.index('id="sign-up"') : page.index("</section>", page.index('id="sign-up"'))]
    assert "Anmelden" in form and "Sign up" not in form
    assert '<html lang="de">' in page
    given = {"form": "live", "next": "storm-maren", "offered": "1", "story": "storm-maren", "email": "a@example.com"}
    client.post("/alerts", {**given, "lang": "de"}, headers={"Accept-Language": "fr"})
    assert Subscriber.objects.get().language == "de"
    assert Consent.objects.get().wording.startswith("Eilmeldungen direkt in Ihr Postfach / Dieses Thema / Kostenlos.")


def test_form_is_in_the_newsrooms_language_by_default(client, settings):
    settings.READERS_LANGUAGES = ["de"]
    page_in(client.get("/alerts"), "de")
    assert client.get("/alerts", headers={"Accept-Language": "en-GB"}).content.decode().count('<html lang="en"') == 1
