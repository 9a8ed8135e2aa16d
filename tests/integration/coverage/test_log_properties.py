"""Law 1 for every action and for random sequences: snapshot at n + changes after n = snapshot now."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoppress.coverage import actions
from stoppress.coverage.choices import BlogState, ChangeKind, NoteKind, PostLabel
from stoppress.coverage.errors import CoverageError
from stoppress.coverage.models import Change, LiveBlog, Post
from stoppress.coverage.post_content import Content, Source
from stoppress.coverage.public_posts import find_blog
from stoppress.coverage.public_state import Snapshot, apply_changes, changes_after, load_snapshot
from tests.support.clocks import Clock

SLUG = "storm-maren"
TEXT = Content(headline="Ferry waits outside", body="<p>Nobody is hurt.</p>", bylines=("Tom Reyer",))


def catch_up(before: Snapshot) -> Snapshot:
    """Return the state of a reader who loaded `before` and caught up; a new epoch makes the page reload."""
    blog = find_blog(SLUG)
    if blog.epoch != before.cursor.epoch:
        return load_snapshot(SLUG)
    return apply_changes(before, changes_after(blog, before.cursor.seq))


@pytest.fixture
def run_verified(blog: LiveBlog) -> Callable[[Callable[[], Any]], list[str]]:
    """Return a function that runs an action, checks law 1 from every earlier snapshot, and returns the logged kinds."""
    snapshots = [load_snapshot(SLUG)]

    def run(act: Callable[[], Any]) -> list[str]:
        before = find_blog(SLUG).seq
        act()
        now = load_snapshot(SLUG)
        for old in snapshots:
            assert catch_up(old) == now
            assert catch_up(old).order == now.order
            assert catch_up(old).key_events == now.key_events
        snapshots.append(now)
        numbers = list(Change.objects.filter(blog=blog).order_by("seq").values_list("seq", flat=True))
        assert numbers == list(range(1, now.cursor.seq + 1)), "the log has a gap"
        return list(Change.objects.filter(blog=blog, seq__gt=before).order_by("seq").values_list("kind", flat=True))

    return run


@pytest.fixture
def post(blog: LiveBlog, clock: Clock) -> Post:
    return actions.publish(SLUG, TEXT, by="tom", now=clock.tick())


def test_publish_logs_one_change(run_verified, clock):
    assert run_verified(lambda: actions.publish(SLUG, TEXT, by="tom", now=clock.tick())) == [ChangeKind.PUBLISHED]


def test_publish_unpins_the_previous_post_when_the_new_one_is_pinned(run_verified, clock):
    act = lambda: actions.publish(SLUG, TEXT, by="tom", now=clock.tick(), labels=(PostLabel.PINNED, PostLabel.BREAKING))  # noqa: E731
    assert run_verified(act) == [ChangeKind.PUBLISHED]
    assert run_verified(act) == [ChangeKind.MOVED, ChangeKind.PUBLISHED]


def test_update_logs_one_change_and_none_when_repeated(run_verified, post, clock):
    other = Content(headline="Ferry in", body="<p>All are safe.</p>", sources=(Source("Coastguard", "Halden Radio"),))
    act = lambda: actions.update(SLUG, post.pk, other, by="tom", now=clock.tick(), based_on=1)  # noqa: E731
    assert run_verified(act) == [ChangeKind.UPDATED]
    assert run_verified(act) == []


def test_correct_logs_one_change_with_a_note_and_none_when_repeated(run_verified, post, clock):
    right = Content(headline="Ferry waits outside", body="<p>212 people are on board.</p>")
    act = lambda: actions.correct(  # noqa: E731
        SLUG, post.pk, right, note="We said 412.", by="ines", now=clock.tick(), based_on=1
    )
    assert run_verified(act) == [ChangeKind.CORRECTED]
    assert [note.kind for note in load_snapshot(SLUG).posts[post.pk].notes] == [NoteKind.CORRECTION]
    assert run_verified(act) == [], "the same correction again is a retry"


def test_withdraw_leaves_a_tombstone_without_text_and_logs_none_when_repeated(run_verified, post, clock):
    act = lambda: actions.withdraw(SLUG, post.pk, note="It did not happen.", by="ines", now=clock.tick())  # noqa: E731
    assert run_verified(act) == [ChangeKind.WITHDRAWN]
    tombstone = load_snapshot(SLUG).posts[post.pk]
    assert tombstone.withdrawn and not tombstone.content.body and tombstone.notes[-1].text == "It did not happen."
    assert run_verified(act) == []


def test_changes_after_omits_the_text_of_a_post_when_it_was_withdrawn_later(run_verified, post, clock):
    run_verified(lambda: actions.withdraw(SLUG, post.pk, note="It did not happen.", by="ines", now=clock.tick()))
    assert all("Nobody is hurt" not in repr(change) for change in changes_after(find_blog(SLUG), 0))


def test_pin_and_unpin_log_moves_and_none_when_repeated(run_verified, post, clock):
    assert run_verified(lambda: actions.pin(SLUG, post.pk, on=True, by="ines", now=clock.tick())) == [ChangeKind.MOVED]
    assert run_verified(lambda: actions.pin(SLUG, post.pk, on=True, by="ines", now=clock.tick())) == []
    assert run_verified(lambda: actions.pin(SLUG, post.pk, on=False, by="ines", now=clock.tick())) == [ChangeKind.MOVED]


@pytest.mark.parametrize("mark", [actions.mark_key_event, actions.mark_breaking])
def test_mark_logs_an_update_and_none_when_repeated(run_verified, post, clock, mark):
    assert run_verified(lambda: mark(SLUG, post.pk, on=True, by="ines", now=clock.tick())) == [ChangeKind.UPDATED]
    assert run_verified(lambda: mark(SLUG, post.pk, on=True, by="ines", now=clock.tick())) == []


def test_set_state_and_edit_blog_log_blog_updates(run_verified, clock):
    assert run_verified(lambda: actions.set_state(SLUG, BlogState.PAUSED, by="ines", now=clock.tick())) == [
        ChangeKind.BLOG_UPDATED
    ]
    assert run_verified(lambda: actions.set_state(SLUG, BlogState.PAUSED, by="ines", now=clock.tick())) == []
    header = {"headline": "Storm over", "standfirst": "It is over.", "zone": "Europe/London"}
    assert run_verified(lambda: actions.edit_blog(SLUG, **header, by="ines", now=clock.tick())) == [
        ChangeKind.BLOG_UPDATED
    ]


def test_edit_blog_starts_a_new_epoch_when_the_zone_changes(run_verified, post, clock):
    epoch = find_blog(SLUG).epoch
    header = {"headline": "Storm", "standfirst": "", "zone": "Europe/Oslo"}
    run_verified(lambda: actions.edit_blog(SLUG, **header, by="ines", now=clock.tick()))
    assert find_blog(SLUG).epoch != epoch


def test_open_blog_logs_the_first_change(blog):
    assert [(change.seq, change.kind) for change in changes_after(blog, 0)] == [(1, ChangeKind.BLOG_UPDATED)]


@dataclass
class Desk:
    """Run random actions, some of them invalid, and keep the ids of published posts."""

    clock: Clock
    ids: list[Any] = field(default_factory=list)

    def do(self, name: str, turn: int, on: bool) -> None:
        post_id = self.ids[turn % len(self.ids)] if self.ids else "none"
        common = {"by": "tom", "now": self.clock.tick()}
        text = Content(headline=f"Line {turn}", body=f"<p>{name}</p>")
        with suppress(CoverageError):  # a refused action must leave the log unchanged, which the caller checks
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
def test_log_keeps_law_1_for_any_sequence_of_actions(db, steps):
    from django.db import transaction

    clock = Clock()
    with transaction.atomic():
        actions.open_blog(slug=SLUG, headline="Storm", zone="Europe/London", by="ines", now=clock())
        desk, snapshots = Desk(clock), [load_snapshot(SLUG)]
        for step in steps:
            desk.do(*step)
            snapshots.append(load_snapshot(SLUG))
        for old in snapshots:
            assert catch_up(old) == snapshots[-1]
            assert apply_changes(catch_up(old), changes_after(find_blog(SLUG), 0)) == snapshots[-1], "applied twice"
        assert Change.objects.count() == find_blog(SLUG).seq
        transaction.set_rollback(True)


def test_changes_after_omits_changes_newer_than_the_header(blog, clock):
    before = load_snapshot(SLUG)
    older_header = find_blog(SLUG)
    actions.edit_blog(SLUG, headline="The wall holds", standfirst="", zone="Europe/London", by="ines", now=clock.tick())
    caught_up = apply_changes(before, changes_after(older_header, before.cursor.seq))
    assert catch_up(caught_up) == load_snapshot(SLUG), "a change committed meanwhile comes with the next poll"
