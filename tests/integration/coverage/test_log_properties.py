"""Law 1 for every action and for random sequences: snapshot at n plus changes after n is the snapshot now."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoppress.coverage import actions
from stoppress.coverage.choices import ChangeKind, PostLabel, NoteKind, BlogState
from stoppress.coverage.errors import CoverageError
from stoppress.coverage.models import Change, LiveBlog, Post
from stoppress.coverage.post_content import Content, Source
from stoppress.coverage.public_posts import find_blog
from stoppress.coverage.public_state import Snapshot, apply_changes, changes_after, load_snapshot
from tests.support.clocks import Clock

SLUG = "storm-maren"
TEXT = Content(headline="Ferry waits outside", body="<p>Nobody is hurt.</p>", bylines=("Tom Reyer",))


def rebuilt(before: Snapshot) -> Snapshot:
    """What a reader who loaded `before` sees after catching up; a new epoch makes the page load afresh."""
    blog = find_blog(SLUG)
    if blog.epoch != before.cursor.epoch:
        return load_snapshot(SLUG)
    return apply_changes(before, changes_after(blog, before.cursor.seq))


@pytest.fixture
def verified(blog: LiveBlog) -> Callable[[Callable[[], Any]], list[str]]:
    """Run an action; hold it to the law from every snapshot there was; return the kinds that it logged."""
    seen = [load_snapshot(SLUG)]

    def run(act: Callable[[], Any]) -> list[str]:
        before = find_blog(SLUG).seq
        act()
        now = load_snapshot(SLUG)
        for old in seen:
            assert rebuilt(old) == now
            assert rebuilt(old).order == now.order
            assert rebuilt(old).key_events == now.key_events
        seen.append(now)
        numbers = list(Change.objects.filter(blog=blog).order_by("seq").values_list("seq", flat=True))
        assert numbers == list(range(1, now.cursor.seq + 1)), "the log has a gap"
        return list(Change.objects.filter(blog=blog, seq__gt=before).order_by("seq").values_list("kind", flat=True))

    return run


@pytest.fixture
def post(blog: LiveBlog, clock: Clock) -> Post:
    return actions.publish(SLUG, TEXT, by="tom", now=clock.tick())


def test_publish_is_one_change(verified, clock):
    assert verified(lambda: actions.publish(SLUG, TEXT, by="tom", now=clock.tick())) == [ChangeKind.PUBLISHED]


def test_publishing_a_pinned_post_moves_the_one_pinned_before(verified, clock):
    act = lambda: actions.publish(SLUG, TEXT, by="tom", now=clock.tick(), labels=(PostLabel.PINNED, PostLabel.BREAKING))  # noqa: E731
    assert verified(act) == [ChangeKind.PUBLISHED]
    assert verified(act) == [ChangeKind.MOVED, ChangeKind.PUBLISHED]


def test_update_is_one_change_and_the_same_again_is_none(verified, post, clock):
    other = Content(headline="Ferry in", body="<p>All are safe.</p>", sources=(Source("Coastguard", "Halden Radio"),))
    act = lambda: actions.update(SLUG, post.pk, other, by="tom", now=clock.tick(), based_on=1)  # noqa: E731
    assert verified(act) == [ChangeKind.UPDATED]
    assert verified(act) == []


def test_correct_is_one_change_with_a_note(verified, post, clock):
    right = Content(headline="Ferry waits outside", body="<p>212 people are on board.</p>")
    act = lambda: actions.correct(  # noqa: E731
        SLUG, post.pk, right, note="We said 412.", by="ines", now=clock.tick(), based_on=1
    )
    assert verified(act) == [ChangeKind.CORRECTED]
    assert [note.kind for note in load_snapshot(SLUG).posts[post.pk].notes] == [NoteKind.CORRECTION]
    assert verified(act) == [], "the same correction again is a retry"


def test_withdraw_leaves_a_tombstone_without_text(verified, post, clock):
    act = lambda: actions.withdraw(SLUG, post.pk, note="It did not happen.", by="ines", now=clock.tick())  # noqa: E731
    assert verified(act) == [ChangeKind.WITHDRAWN]
    gone = load_snapshot(SLUG).posts[post.pk]
    assert gone.withdrawn and not gone.content.body and gone.notes[-1].text == "It did not happen."
    assert verified(act) == []


def test_who_catches_up_never_sees_what_was_withdrawn_since(verified, post, clock):
    verified(lambda: actions.withdraw(SLUG, post.pk, note="It did not happen.", by="ines", now=clock.tick()))
    assert all("Nobody is hurt" not in repr(change) for change in changes_after(find_blog(SLUG), 0))


def test_pin_and_unpin_are_moves(verified, post, clock):
    assert verified(lambda: actions.pin(SLUG, post.pk, on=True, by="ines", now=clock.tick())) == [ChangeKind.MOVED]
    assert verified(lambda: actions.pin(SLUG, post.pk, on=True, by="ines", now=clock.tick())) == []
    assert verified(lambda: actions.pin(SLUG, post.pk, on=False, by="ines", now=clock.tick())) == [ChangeKind.MOVED]


@pytest.mark.parametrize("mark", [actions.mark_key_event, actions.mark_breaking])
def test_marks_are_updates(verified, post, clock, mark):
    assert verified(lambda: mark(SLUG, post.pk, on=True, by="ines", now=clock.tick())) == [ChangeKind.UPDATED]
    assert verified(lambda: mark(SLUG, post.pk, on=True, by="ines", now=clock.tick())) == []


def test_state_and_head_are_blog_updates(verified, clock):
    assert verified(lambda: actions.set_state(SLUG, BlogState.PAUSED, by="ines", now=clock.tick())) == [ChangeKind.BLOG_UPDATED]
    assert verified(lambda: actions.set_state(SLUG, BlogState.PAUSED, by="ines", now=clock.tick())) == []
    head = {"headline": "Storm over", "standfirst": "It is over.", "zone": "Europe/London"}
    assert verified(lambda: actions.edit_blog(SLUG, **head, by="ines", now=clock.tick())) == [ChangeKind.BLOG_UPDATED]


def test_another_zone_makes_readers_start_afresh(verified, post, clock):
    epoch = find_blog(SLUG).epoch
    head = {"headline": "Storm", "standfirst": "", "zone": "Europe/Oslo"}
    verified(lambda: actions.edit_blog(SLUG, **head, by="ines", now=clock.tick()))
    assert find_blog(SLUG).epoch != epoch


def test_opening_is_the_first_change(blog):
    assert [(change.seq, change.kind) for change in changes_after(blog, 0)] == [(1, ChangeKind.BLOG_UPDATED)]


@dataclass
class Desk:
    """Does random things, also wrong ones, and remembers what it published."""

    clock: Clock
    ids: list[Any] = field(default_factory=list)

    def do(self, name: str, turn: int, on: bool) -> None:
        post_id = self.ids[turn % len(self.ids)] if self.ids else "none"
        common = {"by": "tom", "now": self.clock.tick()}
        text = Content(headline=f"Line {turn}", body=f"<p>{name}</p>")
        with suppress(CoverageError):  # a refusal must leave the log as it was, which is what the law then shows
            self._do(name, turn, on, post_id, text, common)

    def _do(self, name: str, turn: int, on: bool, post_id: Any, text: Content, common: dict[str, Any]) -> None:
        if name == "publish":
            labels = (PostLabel.PINNED,) if on else ()
            self.ids.append(actions.publish(SLUG, text, labels=labels, **common).pk)
        elif name == "update":
            actions.update(SLUG, post_id, text, based_on=1 + turn % 3, **common)
        elif name == "correct":
            actions.correct(SLUG, post_id, text, based_on=1 + turn % 3, note="Wrong before.", **common)
        elif name == "withdraw":
            actions.withdraw(SLUG, post_id, note="Not so.", **common)
        elif name in ("pin", "mark_key_event", "mark_breaking"):
            getattr(actions, name)(SLUG, post_id, on=on, **common)
        elif name == "set_state":
            actions.set_state(SLUG, list(BlogState)[turn % len(BlogState)], **common)
        elif name == "edit_blog":
            actions.edit_blog(SLUG, headline=f"Head {turn}", standfirst="", zone=ZONES[on and turn % 2], **common)


ZONES = ["Europe/London", "Europe/Oslo"]
NAMES = ["publish", "publish", "publish", "update", "correct", "withdraw", "pin", "mark_key_event", "mark_breaking"]
STEPS = st.lists(
    st.tuples(st.sampled_from([*NAMES, "set_state", "edit_blog"]), st.integers(0, 40), st.booleans()), max_size=25
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_of_actions_keeps_the_law(db, steps):
    from django.db import transaction

    clock = Clock()
    with transaction.atomic():
        actions.open_blog(slug=SLUG, headline="Storm", zone="Europe/London", by="ines", now=clock())
        desk, seen = Desk(clock), [load_snapshot(SLUG)]
        for step in steps:
            desk.do(*step)
            seen.append(load_snapshot(SLUG))
        for old in seen:
            assert rebuilt(old) == seen[-1]
            assert apply_changes(rebuilt(old), changes_after(find_blog(SLUG), 0)) == seen[-1], "applying twice is once"
        assert Change.objects.count() == find_blog(SLUG).seq
        transaction.set_rollback(True)


def test_no_change_is_told_with_a_head_that_is_older_than_it(blog, clock):
    before = load_snapshot(SLUG)
    seen = find_blog(SLUG)
    actions.edit_blog(SLUG, headline="The wall holds", standfirst="", zone="Europe/London", by="ines", now=clock.tick())
    caught_up = apply_changes(before, changes_after(seen, before.cursor.seq))
    assert rebuilt(caught_up) == load_snapshot(SLUG), "what came while the log was read comes with the next look"
