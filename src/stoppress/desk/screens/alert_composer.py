"""Everything the alert composer's screen shows: the draft, its readers, what the preflight found."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import get_language_info

from stoppress.alerts.actions import AlertDraft, SendRequest, compose
from stoppress.alerts.actions.send_request import PHONE_SUBJECT_LENGTH
from stoppress.alerts.audience import Audience, count_audience, count_recipients_to_correct, selectable_topics
from stoppress.alerts.errors import InvalidAlertError
from stoppress.alerts.preflight import (
    PreflightFinding,
    Severity,
    MailEnvironment,
    sort_by_severity,
    check_draft,
    run_check,
    check_environment,
    blocking_findings,
)
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import PostView
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message.preview import Theme
from stoppress.delivery.models import Alert
from stoppress.desk.forms.alert_form import LIFETIME_CHOICES_MINUTES, UNDO_CHOICES_SECONDS, AlertFormData, default_lifetime_minutes
from stoppress.desk.internal_fetch import fetch_own_status
from stoppress.runtime.errors import StopPressError
from stoppress.subscribers.models import Topic

T = TypeVar("T")
URGENCY_CHOICES = (
    (Urgency.FLASH, "Flash"),
    (Urgency.ALERT, "Breaking news"),
    (Urgency.URGENT, "Urgent"),
    (Urgency.UPDATE, "Update"),
)
COUNT_CACHE_SECONDS = 15
"""Seconds for which readers counted once are shown."""
SURROUNDINGS_CACHE_SECONDS = 20
"""Seconds for which relay and DNS are not asked again."""


@dataclass(frozen=True)
class VariantLanguage:
    """One language that readers of the topic want, and the words typed for it."""

    code: str
    name: str
    reader_count: int
    words: dict[str, str]


@dataclass(frozen=True)
class AlertComposer:
    """One alert composer: what it is about, and what stands in it."""

    blog: LiveBlog
    post: PostView | None
    form: AlertFormData
    corrects: Alert | None = None

    @property
    def url(self) -> str:
        """Its address."""
        place = f"/desk/live/{self.blog.slug}"
        return f"{place}/posts/{self.post.id}/alert" if self.post else f"{place}/alert"

    @cached_property
    def topics(self) -> list[Topic]:
        """The topics to choose from; a correction has its own."""
        return [self.corrects.topic] if self.corrects else selectable_topics(self.blog)

    @cached_property
    def topic(self) -> Topic:
        """The one chosen, else the first."""
        return next((topic for topic in self.topics if topic.slug == self.form.topic), self.topics[0])

    @cached_property
    def audience(self) -> Audience:
        """Its readers, counted some seconds ago at most."""
        place = f"audience.{self.topic.pk}.{self.blog.pk}"
        return _kept(place, lambda: count_audience(self.topic, self.blog), COUNT_CACHE_SECONDS)

    @cached_property
    def recipient_count(self) -> int:
        """How many it would go to."""
        return count_recipients_to_correct(self.corrects) if self.corrects else self.audience.instant

    @property
    def needs_approval(self) -> bool:
        """Whether a second editor must agree."""
        return settings.APPROVAL_THRESHOLD is not None and self.recipient_count > settings.APPROVAL_THRESHOLD

    @cached_property
    def draft(self) -> AlertDraft:
        """The alert as it would be sent. Raises AlertsError."""
        return compose(self.blog, self.post, replace(self.request, topic=self.topic.slug))

    @property
    def request(self) -> SendRequest:
        """What Send would ask for: as it was typed, the first topic if none was chosen."""
        return SendRequest(
            blog_slug=self.blog.slug,
            post_id=self.post.id if self.post else None,
            alert_id=self.form.alert_id,
            topic=self.form.topic or self.topic.slug,
            urgency=self.form.urgency,
            subject=self.form.subject,
            summary=self.form.summary,
            picture=self.form.picture,
            variants=self.form.variants,
            corrects=self.corrects.pk if self.corrects else None,
            based_on=self.form.revision,
            again=self.form.send_again,
            terms=self.form.terms(),
        )

    @property
    def languages(self) -> list[VariantLanguage]:
        """The languages that its readers want, but for its own; and any that was typed."""
        own = ((self.post.content.language if self.post else "") or self.blog.language).lower().split("-")[0]
        counts = {code: count for code, count in self.audience.languages.items() if code.lower().split("-")[0] != own}
        codes = dict.fromkeys([*counts, *self.form.variants])
        return [VariantLanguage(c, language_name(c), counts.get(c, 0), dict(self.form.variants.get(c, {}))) for c in codes]

    @property
    def previews(self) -> list[dict[str, str]]:
        """The frames of the preview: each language in the light and in the dark."""
        codes = ["", *self.draft_languages]
        return [
            {
                "language": code,
                "name": language_name(code) if code else "As written",
                "theme": theme.value,
                "src": f"{self.url}/preview?{self.form.query(code)}&theme={theme.value}",
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

    def findings(self) -> list[PreflightFinding]:
        """What the still checks found; a draft that cannot be composed is a stop."""
        try:
            return check_draft(self.draft, fetch_own_status)
        except InvalidAlertError as error:
            return [PreflightFinding(Severity.STOP, error.field.capitalize(), str(error), "Change it above.")]
        except StopPressError as error:
            return [PreflightFinding(Severity.STOP, "Alert", str(error), "Go back to the live blog.")]

    def context(self, errors: dict[str, str] | None = None, around: list[PreflightFinding] | None = None) -> dict[str, Any]:
        """For the template."""
        found = self.findings()
        return {
            "composer": self,
            "blog": self.blog,
            "post": self.post,
            "form": self.form,
            "subject": self.form.subject or self._filled("subject"),
            "summary": self.form.summary or self._filled("summary"),
            "text": self._text(),
            "urgencies": URGENCY_CHOICES,
            "undo_choices": sorted({*UNDO_CHOICES_SECONDS, settings.UNDO_SECONDS, self.form.undo_seconds}),
            "life_choices": LIFETIME_CHOICES_MINUTES,
            "life_usual": default_lifetime_minutes(self.form.urgency),
            "phone": PHONE_SUBJECT_LENGTH,
            "errors": errors or {},
            **readiness_context(found, around),
        }

    def _filled(self, name: str) -> str:
        """Return what an empty field is filled with; nothing where the post has no words for it."""
        bare = AlertComposer(self.blog, self.post, AlertFormData(), self.corrects)
        try:
            return str(getattr(bare.draft, name))
        except StopPressError:
            return ""

    def _text(self) -> str:
        try:
            return self.draft.preview_text()
        except StopPressError as error:
            return str(error)


def readiness_context(found: list[PreflightFinding], around: list[PreflightFinding] | None) -> dict[str, Any]:
    """Findings for the template: what wants attention, what is fine, whether Send is allowed."""
    everything = sort_by_severity([*found, *(around or [])])
    return {
        "wanting": [finding for finding in everything if finding.level is not Severity.FINE],
        "fine": [finding for finding in everything if finding.level is Severity.FINE],
        "stopped": bool(blocking_findings(everything)),
        "looked_around": around is not None,
    }


def check_surroundings() -> list[PreflightFinding]:
    """What relay and DNS say, asked some seconds ago at most."""

    def look() -> list[PreflightFinding]:
        return run_check("Relay and DNS", lambda: check_environment(_known()))

    return _kept("alert.surroundings", look, SURROUNDINGS_CACHE_SECONDS)


def _kept(place: str, make: Callable[[], T], seconds: int) -> T:
    """What was made some seconds ago at most, and no longer ago than forty times what making it cost."""
    found: T | None = cache.get(place)
    if found is None:
        begun = time.monotonic()
        found = make()
        cache.set(place, found, min(seconds, 40 * (time.monotonic() - begun)))
    return found


def _known() -> MailEnvironment:
    selectors = [selector for selector, _ in settings.DKIM_KEYS]
    return MailEnvironment(settings.RELAYS, selectors, settings.RESOLVER)


def language_name(code: str) -> str:
    """`French`; the code itself where its name is not known."""
    try:
        return str(get_language_info(code.lower())["name"])
    except KeyError:
        return code
