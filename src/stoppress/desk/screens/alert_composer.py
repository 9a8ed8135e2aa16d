"""Everything the alert composer's screen shows: the draft, its readers, what the preflight found."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import get_language_info

from stoppress.alerts.actions import Draft, SendRequest, compose
from stoppress.alerts.actions.send_request import PHONE
from stoppress.alerts.audience import Audience, audience, count_to_correct, topics_for
from stoppress.alerts.errors import BadAlert
from stoppress.alerts.preflight import (
    Finding,
    Level,
    Surroundings,
    by_gravity,
    check_still,
    guarded,
    look_around,
    stops,
)
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import PostView
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message.preview import Theme
from stoppress.delivery.models import Alert
from stoppress.desk.forms.alert_form import LIFE_CHOICES, UNDO_CHOICES, Typed, life_of
from stoppress.desk.internal_fetch import answer
from stoppress.runtime.errors import StopPressError
from stoppress.subscribers.models import Topic

T = TypeVar("T")
URGENCIES = (
    (Urgency.FLASH, "Flash"),
    (Urgency.ALERT, "Breaking news"),
    (Urgency.URGENT, "Urgent"),
    (Urgency.UPDATE, "Update"),
)
COUNTS_HOLD = 15
"""Seconds for which readers counted once are shown."""
SURROUNDINGS_HOLD = 20
"""Seconds for which relay and DNS are not asked again."""


@dataclass(frozen=True)
class Language:
    """One language that readers of the topic want, and the words typed for it."""

    code: str
    name: str
    count: int
    words: dict[str, str]


@dataclass(frozen=True)
class Screen:
    """One alert composer: what it is about, and what stands in it."""

    blog: LiveBlog
    post: PostView | None
    typed: Typed
    corrects: Alert | None = None

    @property
    def base(self) -> str:
        """Its address."""
        place = f"/desk/live/{self.blog.slug}"
        return f"{place}/posts/{self.post.id}/alert" if self.post else f"{place}/alert"

    @cached_property
    def topics(self) -> list[Topic]:
        """The topics to choose from; a correction has its own."""
        return [self.corrects.topic] if self.corrects else topics_for(self.blog)

    @cached_property
    def topic(self) -> Topic:
        """The one chosen, else the first."""
        return next((topic for topic in self.topics if topic.slug == self.typed.topic), self.topics[0])

    @cached_property
    def audience(self) -> Audience:
        """Its readers, counted some seconds ago at most."""
        place = f"audience.{self.topic.pk}.{self.blog.pk}"
        return _kept(place, lambda: audience(self.topic, self.blog), COUNTS_HOLD)

    @cached_property
    def count(self) -> int:
        """How many it would go to."""
        return count_to_correct(self.corrects) if self.corrects else self.audience.instant

    @property
    def needs_approval(self) -> bool:
        """Whether a second editor must agree."""
        return settings.APPROVAL_THRESHOLD is not None and self.count > settings.APPROVAL_THRESHOLD

    @cached_property
    def draft(self) -> Draft:
        """The alert as it would be sent. Raises AlertsError."""
        return compose(self.blog, self.post, replace(self.request, topic=self.topic.slug))

    @property
    def request(self) -> SendRequest:
        """What Send would ask for: as it was typed, the first topic if none was chosen."""
        return SendRequest(
            blog_slug=self.blog.slug,
            post_id=self.post.id if self.post else None,
            alert_id=self.typed.alert_id,
            topic=self.typed.topic or self.topic.slug,
            urgency=self.typed.urgency,
            subject=self.typed.subject,
            summary=self.typed.summary,
            picture=self.typed.picture,
            variants=self.typed.variants,
            corrects=self.corrects.pk if self.corrects else None,
            based_on=self.typed.revision,
            again=self.typed.again,
            terms=self.typed.terms(),
        )

    @property
    def languages(self) -> list[Language]:
        """The languages that its readers want, but for its own; and any that was typed."""
        own = ((self.post.content.language if self.post else "") or self.blog.language).lower().split("-")[0]
        counts = {code: count for code, count in self.audience.languages.items() if code.lower().split("-")[0] != own}
        codes = dict.fromkeys([*counts, *self.typed.variants])
        return [Language(c, language_name(c), counts.get(c, 0), dict(self.typed.variants.get(c, {}))) for c in codes]

    @property
    def previews(self) -> list[dict[str, str]]:
        """The frames of the preview: each language in the light and in the dark."""
        codes = ["", *self.draft_languages]
        return [
            {
                "language": code,
                "name": language_name(code) if code else "As written",
                "theme": theme.value,
                "src": f"{self.base}/preview?{self.typed.query(code)}&theme={theme.value}",
            }
            for code in codes
            for theme in Theme
        ]

    @property
    def draft_languages(self) -> list[str]:
        """The languages that words were typed for."""
        try:
            return list(self.draft.variants)
        except StopPressError:
            return []

    def findings(self) -> list[Finding]:
        """What the still checks found; a draft that cannot be composed is a stop."""
        try:
            return check_still(self.draft, answer)
        except BadAlert as error:
            return [Finding(Level.STOP, error.field.capitalize(), str(error), "Change it above.")]
        except StopPressError as error:
            return [Finding(Level.STOP, "Alert", str(error), "Go back to the live blog.")]

    def context(self, errors: dict[str, str] | None = None, around: list[Finding] | None = None) -> dict[str, Any]:
        """For the template."""
        found = self.findings()
        return {
            "screen": self,
            "blog": self.blog,
            "post": self.post,
            "typed": self.typed,
            "subject": self.typed.subject or self._filled("subject"),
            "summary": self.typed.summary or self._filled("summary"),
            "text": self._text(),
            "urgencies": URGENCIES,
            "undo_choices": sorted({*UNDO_CHOICES, settings.UNDO_SECONDS, self.typed.undo}),
            "life_choices": LIFE_CHOICES,
            "life_usual": life_of(self.typed.urgency),
            "phone": PHONE,
            "errors": errors or {},
            **ready(found, around),
        }

    def _filled(self, name: str) -> str:
        """Return what an empty field is filled with; nothing where the post has no words for it."""
        bare = Screen(self.blog, self.post, Typed(), self.corrects)
        try:
            return str(getattr(bare.draft, name))
        except StopPressError:
            return ""

    def _text(self) -> str:
        try:
            return self.draft.preview_text()
        except StopPressError as error:
            return str(error)


def ready(found: list[Finding], around: list[Finding] | None) -> dict[str, Any]:
    """Findings for the template: what wants attention, what is fine, whether Send is allowed."""
    everything = by_gravity([*found, *(around or [])])
    return {
        "wanting": [finding for finding in everything if finding.level is not Level.FINE],
        "fine": [finding for finding in everything if finding.level is Level.FINE],
        "stopped": bool(stops(everything)),
        "looked_around": around is not None,
    }


def surroundings() -> list[Finding]:
    """What relay and DNS say, asked some seconds ago at most."""

    def look() -> list[Finding]:
        return guarded("Relay and DNS", lambda: look_around(_known()))

    return _kept("alert.surroundings", look, SURROUNDINGS_HOLD)


def _kept(place: str, make: Callable[[], T], seconds: int) -> T:
    """What was made some seconds ago at most, and no longer ago than forty times what making it cost."""
    found: T | None = cache.get(place)
    if found is None:
        begun = time.monotonic()
        found = make()
        cache.set(place, found, min(seconds, 40 * (time.monotonic() - begun)))
    return found


def _known() -> Surroundings:
    selectors = [selector for selector, _ in settings.DKIM_KEYS]
    return Surroundings(settings.RELAYS, selectors, settings.RESOLVER)


def language_name(code: str) -> str:
    """`French`; the code itself where its name is not known."""
    try:
        return str(get_language_info(code.lower())["name"])
    except KeyError:
        return code
