"""The content of a digest: each story once, with its present text, the most important ones, newest first."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from stoppress.coverage.choices import NoteKind, PostLabel
from stoppress.coverage.localisation.languages import in_language
from stoppress.coverage.post_content import Content
from stoppress.coverage.public_posts import NoteView, PostView
from stoppress.delivery.message.digest_content import MAX_DIGEST_ITEMS, DigestCandidate, build_digest, find_item_posts
from stoppress.delivery.message.digest_mutes import find_item_stories, is_fully_muted, remove_muted_stories
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


def candidate(view, *, alert="", after=5, seq=7):
    at = view.published_at + timedelta(minutes=after) if alert else view.published_at
    texts = (alert, f"{alert}, in short.") if alert else ("", "")
    return DigestCandidate(at, "storm-maren", "Storm Maren", *texts, post=view, seq=seq, language="en")


def morning_digest(*all_told, frequency=Frequency.MORNING):
    return build_digest("Breaking news", frequency, DAY, all_told)


def headlines(found):
    return [item["headline"] for item in found.items]


def notices(found):
    return [f"{item['notice']}: {item['headline']}" for item in found.items]


def test_item_contains_blog_headline_and_time():
    view = post("The sea wall holds")
    found = morning_digest(candidate(view, alert="Sea wall holds"))
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


def test_digest_has_no_items_when_nothing_happened():
    assert morning_digest().items == () and morning_digest().subject == ""
    assert morning_digest(candidate(post("Gone", withdrawn=True))).items == ()


def test_withdrawn_post_is_left_out_even_if_it_was_alerted():
    withdrawn = candidate(post("Gone", withdrawn=True), alert="Wall has gone")
    assert headlines(morning_digest(withdrawn, candidate(post("Ferries stop")))) == ["Ferries stop"]


def test_item_shows_the_present_text_and_the_correction_when_it_followed_the_alert():
    found = morning_digest(
        candidate(post("The wall stands", corrected=[(9, "We wrote that it had failed.")]), alert="Wall fails")
    )
    assert notices(found) == ["correction: The wall stands"]
    assert found.items[0]["summary"] == "The wall stands, said the harbour."
    assert found.items[0]["note"] == "We wrote that it had failed."
    assert found.subject == "Breaking news this morning: Corrected: The wall stands"
    assert "fails" not in str(found)


def test_item_shows_no_correction_when_it_preceded_the_alert():
    found = morning_digest(candidate(post("The wall stands", corrected=[(2, "It stands.")]), alert="Wall stands"))
    assert headlines(found) == ["Wall stands"]


def test_clarification_is_labelled_as_clarification():
    view = post("The wall stands")
    note = NoteView(NoteKind.CLARIFICATION, "It is the old wall.", view.published_at + timedelta(minutes=9))
    assert notices(morning_digest(candidate(replace(view, notes=(note,)), alert="Wall"))) == [
        "clarification: The wall stands"
    ]


def test_corrected_post_without_an_alert_is_labelled():
    found = morning_digest(candidate(post("The wall stands", corrected=[(2, "It stands.")])))
    assert notices(found) == ["correction: The wall stands"]


def test_post_occurs_once_with_its_newest_alert():
    view = post("The wall stands")
    found = morning_digest(candidate(view), candidate(view, alert="First"), candidate(view, alert="Second", after=9))
    assert headlines(found) == ["Second"]


def test_items_are_chosen_by_rank_and_listed_newest_first():
    minor = [candidate(post(f"Minor {n}", n)) for n in range(MAX_DIGEST_ITEMS + 3)]
    found = morning_digest(
        *minor, candidate(post("Key", -20, key_event=True)), candidate(post("Wall", -30), alert="Alerted")
    )
    assert headlines(found) == [f"Minor {n}" for n in range(MAX_DIGEST_ITEMS + 2, 4, -1)] + ["Key", "Alerted"]
    assert (
        found.summary
        == f"The {MAX_DIGEST_ITEMS} most important of {MAX_DIGEST_ITEMS + 5} stories since yesterday morning."
    )
    assert found.subject.endswith("Alerted")


def test_alert_without_a_post_links_to_its_live_blog_or_to_all_coverage():
    about_blog = DigestCandidate(START, "storm-maren", "Storm Maren", "Follow the storm", "All night.")
    site = DigestCandidate(START, headline="Two stories tonight")
    found = morning_digest(about_blog, site, frequency=Frequency.EVENING)
    assert sorted(item["path"] for item in found.items) == ["/", "/live/storm-maren"]
    assert found.summary == "2 stories since yesterday evening."
    assert find_item_posts(found.items) == {}


def test_subject_is_shortened_when_the_headline_is_long():
    assert len(morning_digest(candidate(post("Wave " * 80))).subject) <= 200


def digest_of_two_stories():
    """Return a digest of three items; the most important one is about the vote."""
    storm = [candidate(post("Sea wall holds")), candidate(post("Ferries run", 5))]
    return morning_digest(
        *storm, replace(candidate(post("Vote counted", 9), alert="Vote counted"), blog_slug="the-vote")
    )


def test_muted_stories_are_neither_named_nor_counted():
    found = digest_of_two_stories()
    assert found.subject == "Breaking news this morning: Vote counted"
    rest = remove_muted_stories(found, frozenset({"the-vote"}), "Breaking news", Frequency.MORNING)
    assert headlines(rest) == ["Ferries run", "Sea wall holds"]
    assert rest.subject == "Breaking news this morning: Ferries run"
    assert rest.summary == "2 stories since yesterday morning. Stories that you have muted are left out."
    assert "Vote" not in repr(rest)
    one = remove_muted_stories(found, frozenset({"storm-maren"}), "Breaking news", Frequency.EVENING)
    assert (one.subject, one.summary[:29]) == (
        "Breaking news this evening: Vote counted",
        "One story since yesterday eve",
    )


def test_digest_is_unchanged_when_other_stories_are_muted():
    found = digest_of_two_stories()
    assert remove_muted_stories(found, frozenset({"elsewhere"}), "Breaking news", Frequency.MORNING) is found
    assert find_item_stories(found.items) == {"storm-maren", "the-vote"}


def test_digest_is_fully_muted_only_when_every_story_is():
    items = digest_of_two_stories().items
    assert is_fully_muted(items, frozenset({"storm-maren", "the-vote"}))
    assert not is_fully_muted(items, frozenset({"storm-maren"}))
    about_none = morning_digest(replace(candidate(post("Offices closed")), blog_slug=""))
    assert not is_fully_muted(about_none.items, frozenset({""})) and find_item_stories(about_none.items) == frozenset()


def test_digest_without_muted_stories_is_in_the_active_language():
    with in_language("de"):
        rest = remove_muted_stories(digest_of_two_stories(), frozenset({"the-vote"}), "Eil", Frequency.MORNING)
    assert rest.subject == "Eil am Morgen: Ferries run"
    assert rest.summary == "2 Meldungen seit gestern Morgen. Was Sie stumm geschaltet haben, fehlt."


def test_digest_has_its_own_sentences_in_every_language():
    found = morning_digest(*(candidate(post(f"Story {n}", n)) for n in range(2)))
    assert found.variants.keys() == {"de", "fr", "es", "uk", "ar"}
    german, ukrainian = found.variants["de"], found.variants["uk"]
    assert german["headline"] == "Eilmeldungen: Montagmorgen, 9. März"
    assert german["summary"] == "2 Meldungen seit gestern Morgen."
    assert ukrainian["summary"] == "2 новини від учорашнього ранку."
    assert all("Story 1" in texts["subject"] for texts in found.variants.values())


def test_digest_of_a_german_newsroom_is_german_with_an_english_variant():
    found = build_digest("Eilmeldungen", Frequency.EVENING, DAY, [candidate(post("Deich hält"))], language="de-AT")
    assert found.subject == "Eilmeldungen am Abend: Deich hält"
    assert "de" not in found.variants and found.variants["en"]["summary"] == "One story since yesterday evening."
