"""What a digest says: each story once, as it stands now, the most important ones, newest first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from stoppress.coverage.choices import PostLabel, NoteKind
from stoppress.coverage.localisation.languages import in_language
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import NoteView, PostView
from stoppress.delivery.message.digest_content import MAX_DIGEST_ITEMS, DigestCandidate, build_digest, find_item_posts
from stoppress.delivery.message.digest_mutes import is_fully_muted, find_item_stories, remove_muted_stories
from stoppress.subscribers.choices import Frequency

DAY = date(2026, 3, 9)
START = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)


def post(headline, minute=0, *, key_event=False, withdrawn=False, corrected=()):
    at = START + timedelta(minutes=minute)
    notes = tuple(NoteView(NoteKind.CORRECTION, text, at + timedelta(minutes=after)) for after, text in corrected)
    return PostView(
        id=uuid4(),
        slug="storm-maren",
        zone=ZoneInfo("Europe/London"),
        position=minute,
        published_at=at,
        updated_at=at,
        happened_at=None,
        withdrawn_at=at if withdrawn else None,
        labels=(PostLabel.KEY_EVENT,) if key_event else (),
        revision=1,
        content=Content() if withdrawn else Content(headline=headline, body=f"<p>{headline}, said the harbour.</p>"),
        pictures=(),
        notes=notes,
    )


def told(view, *, alert="", after=5, seq=7):
    at = view.published_at + timedelta(minutes=after) if alert else view.published_at
    words = (alert, f"{alert}, in short.") if alert else ("", "")
    return DigestCandidate(at, "storm-maren", "Storm Maren", *words, post=view, seq=seq, language="en")


def made(*all_told, frequency=Frequency.MORNING):
    return build_digest("Breaking news", frequency, DAY, all_told)


def headlines(found):
    return [item["headline"] for item in found.items]


def noticed(found):
    return [f"{item['notice']}: {item['headline']}" for item in found.items]


def test_an_item_says_where_what_and_when():
    view = post("The sea wall holds")
    found = made(told(view, alert="Sea wall holds"))
    assert found.items == (
        {
            "blog": "Storm Maren",
            "story": "storm-maren",
            "headline": "Sea wall holds",
            "summary": "Sea wall holds, in short.",
            "path": f"/live/storm-maren/posts/{view.id}",
            "at": "2026-03-08T19:05:00+00:00",
            "language": "en",
            "notice": "",
            "note": "",
            "post": str(view.id),
            "seq": 7,
            "rank": 0,
        },
    )
    assert found.subject == "Breaking news this morning: Sea wall holds"
    assert found.headline == "Breaking news: Monday morning, 9 March"
    assert found.summary == "One story since yesterday morning."
    assert find_item_posts(found.items) == {str(view.id): 7}


def test_nothing_to_say_makes_no_items():
    assert made().items == () and made().subject == ""
    assert made(told(post("Gone", withdrawn=True))).items == ()


def test_a_withdrawn_post_is_not_told_even_if_it_was_alerted():
    gone = told(post("Gone", withdrawn=True), alert="Wall has gone")
    assert headlines(made(gone, told(post("Ferries stop")))) == ["Ferries stop"]


def test_a_correction_after_the_alert_shows_the_present_text_and_says_so():
    found = made(told(post("The wall stands", corrected=[(9, "We wrote that it had failed.")]), alert="Wall fails"))
    assert noticed(found) == ["correction: The wall stands"]
    assert found.items[0]["summary"] == "The wall stands, said the harbour."
    assert found.items[0]["note"] == "We wrote that it had failed."
    assert found.subject == "Breaking news this morning: Corrected: The wall stands"
    assert "fails" not in str(found)


def test_a_correction_before_the_alert_is_already_in_its_words():
    found = made(told(post("The wall stands", corrected=[(2, "It stands.")]), alert="Wall stands"))
    assert headlines(found) == ["Wall stands"]


def test_a_clarification_is_called_one():
    view = post("The wall stands")
    note = NoteView(NoteKind.CLARIFICATION, "It is the old wall.", view.published_at + timedelta(minutes=9))
    assert noticed(made(told(replace(view, notes=(note,)), alert="Wall"))) == ["clarification: The wall stands"]


def test_a_post_without_an_alert_says_that_it_was_corrected():
    found = made(told(post("The wall stands", corrected=[(2, "It stands.")])))
    assert noticed(found) == ["correction: The wall stands"]


def test_a_story_is_told_once_with_its_newest_alert():
    view = post("The wall stands")
    found = made(told(view), told(view, alert="First"), told(view, alert="Second", after=9))
    assert headlines(found) == ["Second"]


def test_alerts_come_first_then_key_events_then_the_newest_and_all_are_shown_newest_first():
    minor = [told(post(f"Minor {n}", n)) for n in range(MAX_DIGEST_ITEMS + 3)]
    found = made(*minor, told(post("Key", -20, key_event=True)), told(post("Wall", -30), alert="Alerted"))
    assert headlines(found) == [f"Minor {n}" for n in range(MAX_DIGEST_ITEMS + 2, 4, -1)] + ["Key", "Alerted"]
    assert found.summary == f"The {MAX_DIGEST_ITEMS} most important of {MAX_DIGEST_ITEMS + 5} stories since yesterday morning."
    assert found.subject.endswith("Alerted")


def test_an_alert_about_no_post_leads_to_its_live_blog_or_to_all():
    whole = DigestCandidate(START, "storm-maren", "Storm Maren", "Follow the storm", "All night.")
    site = DigestCandidate(START, headline="Two stories tonight")
    found = made(whole, site, frequency=Frequency.EVENING)
    assert sorted(item["path"] for item in found.items) == ["/", "/live/storm-maren"]
    assert found.summary == "2 stories since yesterday evening."
    assert find_item_posts(found.items) == {}


def test_a_long_headline_makes_no_overlong_subject():
    assert len(made(told(post("Wave " * 80))).subject) <= 200


def of_two_stories():
    """A digest of three items; the most important one is about the vote."""
    storm = [told(post("Sea wall holds")), told(post("Ferries run", 5))]
    return made(*storm, replace(told(post("Vote counted", 9), alert="Vote counted"), blog_slug="the-vote"))


def test_what_is_muted_is_neither_named_nor_counted():
    found = of_two_stories()
    assert found.subject == "Breaking news this morning: Vote counted"
    left = remove_muted_stories(found, frozenset({"the-vote"}), "Breaking news", Frequency.MORNING)
    assert headlines(left) == ["Ferries run", "Sea wall holds"]
    assert left.subject == "Breaking news this morning: Ferries run"
    assert left.summary == "2 stories since yesterday morning. What you have muted is left out."
    assert "Vote" not in repr(left)
    one = remove_muted_stories(found, frozenset({"storm-maren"}), "Breaking news", Frequency.EVENING)
    assert (one.subject, one.summary[:29]) == (
        "Breaking news this evening: Vote counted",
        "One story since yesterday eve",
    )


def test_who_has_muted_something_else_gets_the_same_words():
    found = of_two_stories()
    assert remove_muted_stories(found, frozenset({"elsewhere"}), "Breaking news", Frequency.MORNING) is found
    assert find_item_stories(found.items) == {"storm-maren", "the-vote"}


def test_nothing_is_left_only_for_who_has_muted_every_story():
    items = of_two_stories().items
    assert is_fully_muted(items, frozenset({"storm-maren", "the-vote"}))
    assert not is_fully_muted(items, frozenset({"storm-maren"}))
    about_none = made(replace(told(post("Offices closed")), blog_slug=""))
    assert not is_fully_muted(about_none.items, frozenset({""})) and find_item_stories(about_none.items) == frozenset()


def test_what_is_left_is_told_in_the_readers_language():
    with in_language("de"):
        left = remove_muted_stories(of_two_stories(), frozenset({"the-vote"}), "Eil", Frequency.MORNING)
    assert left.subject == "Eil am Morgen: Ferries run"
    assert left.summary == "2 Meldungen seit gestern Morgen. Was Sie stumm geschaltet haben, fehlt."


def test_it_says_of_itself_in_every_language_what_it_says_in_its_own():
    found = made(*(told(post(f"Story {n}", n)) for n in range(2)))
    assert found.variants.keys() == {"de", "fr", "es", "uk", "ar"}
    german, ukrainian = found.variants["de"], found.variants["uk"]
    assert german["headline"] == "Eilmeldungen: Montagmorgen, 9. März"
    assert german["summary"] == "2 Meldungen seit gestern Morgen."
    assert ukrainian["summary"] == "2 новини від учорашнього ранку."
    assert all("Story 1" in words["subject"] for words in found.variants.values())


def test_a_newsroom_that_writes_german_has_german_digests_and_english_as_another():
    found = build_digest("Eilmeldungen", Frequency.EVENING, DAY, [told(post("Deich hält"))], language="de-AT")
    assert found.subject == "Eilmeldungen am Abend: Deich hält"
    assert "de" not in found.variants and found.variants["en"]["summary"] == "One story since yesterday evening."
