"""Random changes of a live blog, every kind that an editor can make, for tests of an open page."""

import random
from collections.abc import Callable
from uuid import UUID

from stoppress.coverage.actions import (
    correct,
    edit_blog,
    mark_breaking,
    mark_key_event,
    pin,
    publish,
    set_state,
    update,
    withdraw,
)
from stoppress.coverage.choices import BlogState
from stoppress.coverage.models import Post
from stoppress.coverage.post_content import Content, PictureUse
from tests.support.clocks import Clock

SLUG = "storm-maren"
SENTENCE = "The swell is over the lower landing and the pumps hold for now. "
KINDS = {"update": 40, "correct": 4, "label": 14, "pin": 8, "publish": 8, "header": 14, "state": 6, "withdraw": 1}
"""How often each kind comes, relative to the others."""


class RandomChanges:
    """Makes changes of one live blog; the same seed makes the same changes."""

    def __init__(self, clock: Clock, seed: int, pictures: list[str]) -> None:
        self._random = random.Random(seed)
        self._clock, self._pictures = clock, pictures
        self._count = 0
        self._standing: list[UUID] = []

    def fill(self, count: int) -> None:
        """Publish posts."""
        for _ in range(count):
            self._publish()

    def make(self, count: int) -> None:
        """Make changes one after the other."""
        for _ in range(count):
            kind = self._random.choices(list(KINDS), list(KINDS.values()))[0]
            getattr(self, f"_{kind}")()

    def finish(self, headline: str) -> None:
        """Give the live blog a headline that appears once the page has all changes."""
        self._header(headline)

    def _content(self) -> Content:
        self._count += 1
        number, chance = self._count, self._random
        paragraphs = [
            f"<p>Paragraph {number}-{part}. {SENTENCE * chance.randint(1, 7)}</p>"
            for part in range(chance.randint(1, 6))
        ]
        used = chance.sample(self._pictures, chance.choice([0, 0, 0, 1]))
        return Content(
            headline=f"Entry {number}" if chance.random() < 0.8 else "",
            body="".join(paragraphs),
            bylines=("Ines Okafor",) if chance.random() < 0.5 else (),
            pictures=tuple(PictureUse(key, f"Picture {number}") for key in used),
        )

    def _publish(self) -> None:
        self._standing.append(publish(SLUG, self._content(), by="ines", now=self._clock.tick()).pk)

    def _update(self) -> None:
        post = self._any()
        revision = post.revision
        fresh, chance = self._content(), self._random
        kept = revision.body.replace("</p>", "</p>\n").split("\n")
        chance.shuffle(extra := fresh.body.replace("</p>", "</p>\n").split("\n")[:2])
        place = chance.randint(0, len(kept))
        body = "".join([*kept[:place], *extra, *kept[place + chance.randint(0, 2) :]])
        body = body if len(body) < 6000 else fresh.body
        content = Content(fresh.headline, body, fresh.bylines, (), fresh.pictures)
        update(SLUG, post.pk, content, by="ines", now=self._clock.tick(), based_on=revision.number)

    def _correct(self) -> None:
        post = self._any()
        note = f"We said {self._count}. {SENTENCE}"
        correct(
            SLUG, post.pk, self._content(), note=note, by="ines", now=self._clock.tick(), based_on=post.revision.number
        )

    def _label(self) -> None:
        act: Callable[..., Post] = self._random.choice([mark_breaking, mark_key_event])
        on = self._random.random() < 0.5
        act(SLUG, self._random.choice(self._standing), on=on, by="ines", now=self._clock.tick())

    def _pin(self) -> None:
        on = self._random.random() < 0.4
        pin(SLUG, self._random.choice(self._standing), on=on, by="ines", now=self._clock.tick())

    def _header(self, headline: str = "") -> None:
        self._count += 1
        standfirst = "\n\n".join([SENTENCE * self._random.randint(1, 5)] * self._random.randint(0, 5))
        edit_blog(
            SLUG,
            headline=headline or f"Storm Maren {self._count}{' and the sea wall' * self._random.randint(0, 6)}",
            standfirst=standfirst,
            zone="Europe/London",
            by="ines",
            now=self._clock.tick(),
        )

    def _state(self) -> None:
        states = [BlogState.LIVE, BlogState.QUIET, BlogState.PAUSED]
        set_state(SLUG, self._random.choice(states), by="ines", now=self._clock.tick())

    def _withdraw(self) -> None:
        post = self._standing.pop(self._random.randrange(len(self._standing)))
        withdraw(SLUG, post, note="It did not happen.", by="ines", now=self._clock.tick())

    def _any(self) -> Post:
        return Post.objects.select_related("revision").get(pk=self._random.choice(self._standing))
