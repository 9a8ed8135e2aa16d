"""The view model of the alert composer: the draft, its recipients and the findings of the preflight."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from stoppress.alerts.actions import AlertDraft, SendRequest, compose
from stoppress.alerts.actions.send_request import PHONE_SUBJECT_LENGTH
from stoppress.alerts.audience import Audience, count_audience, count_recipients_to_correct, selectable_topics
from stoppress.alerts.errors import InvalidAlertError
from stoppress.alerts.preflight import (
    PreflightFinding,
    Severity,
    blocking_findings,
    check_draft,
    check_environment,
    configured_environment,
    run_check,
    sort_by_severity,
)
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.public_posts import PostView
from stoppress.delivery.choices import Urgency
from stoppress.delivery.message.preview import Theme
from stoppress.delivery.models import Alert
from stoppress.desk.forms.alert_form import (
    LIFETIME_CHOICES_MINUTES,
    UNDO_CHOICES_SECONDS,
    AlertFormData,
    default_lifetime_minutes,
)
from stoppress.desk.internal_fetch import fetch_own_status
from stoppress.runtime.errors import StopPressError
from stoppress.subscribers.models import Topic

T = TypeVar("T")
URGENCY_CHOICES = [
    (urgency.value, urgency.label) for urgency in (Urgency.FLASH, Urgency.ALERT, Urgency.URGENT, Urgency.UPDATE)
]
COUNT_CACHE_SECONDS = 15
"""Maximum age of the number of recipients."""
SURROUNDINGS_CACHE_SECONDS = 20
"""Maximum age of the findings about relay and DNS."""
CACHE_COST_FACTOR = 40
"""A value is cached for at most this many times the duration of its computation."""


@dataclass(frozen=True)
class VariantLanguage:
    """One language that subscribers of the topic read, and the text entered for it.

    Args:
        code: BCP 47.
        name: the name in the language of the desk.
        reader_count: recipients who read it.
        words: text by field (VARIANT_FIELDS).
    """

    code: str
    name: str
    reader_count: int
    words: dict[str, str]


@dataclass(frozen=True)
class AlertComposer:
    """One alert composer.

    Args:
        blog: the live blog.
        post: the post; None for an alert about the live blog as a whole.
        form: the fields as entered.
        corrects: the alert that this one corrects, if any.
    """

    blog: LiveBlog
    post: PostView | None
    form: AlertFormData
    corrects: Alert | None = None

    @property
    def url(self) -> str:
        """Return the address of this composer."""
        base = f"/desk/live/{self.blog.slug}"
        return f"{base}/posts/{self.post.id}/alert" if self.post else f"{base}/alert"

    @property
    def corrected_url(self) -> str:
        """Return the address of the receipt of the corrected alert."""
        return f"/desk/live/{self.blog.slug}/alerts/{self.corrects.pk}" if self.corrects else ""

    @cached_property
    def topics(self) -> list[Topic]:
        """Return the topics to choose from; a correction has the topic of the corrected alert."""
        return [self.corrects.topic] if self.corrects else selectable_topics(self.blog)

    @cached_property
    def topic(self) -> Topic:
        """Return the chosen topic, else the first."""
        return next((topic for topic in self.topics if topic.slug == self.form.topic), self.topics[0])

    @cached_property
    def audience(self) -> Audience:
        """Return the subscribers of the topic, counted at most COUNT_CACHE_SECONDS ago."""
        key = f"audience.{self.topic.pk}.{self.blog.pk}"
        return _cached(key, lambda: count_audience(self.topic, self.blog), COUNT_CACHE_SECONDS)

    @cached_property
    def recipient_count(self) -> int:
        """Return the number of recipients."""
        return count_recipients_to_correct(self.corrects) if self.corrects else self.audience.instant

    @property
    def needs_approval(self) -> bool:
        """Return True if a second editor must approve the alert."""
        return settings.APPROVAL_THRESHOLD is not None and self.recipient_count > settings.APPROVAL_THRESHOLD

    @cached_property
    def draft(self) -> AlertDraft:
        """Return the alert as it would be sent.

        Raises:
            AlertsError: if no alert can be composed from the form.
        """
        return compose(self.blog, self.post, replace(self.request, topic=self.topic.slug))

    @property
    def request(self) -> SendRequest:
        """Return the request to send the alert; with the first topic if none is chosen."""
        return SendRequest(
            blog_slug=self.blog.slug,
            post_id=self.post.id if self.post else None,
            alert_id=self.form.alert_id,
            topic=self.form.topic or self.topic.slug,
            urgency=self.form.urgency,
            subject=self.form.subject,
            headline=self.form.headline,
            summary=self.form.summary,
            picture=self.form.picture,
            variants=self.form.variants,
            corrects=self.corrects.pk if self.corrects else None,
            note=self.form.note,
            based_on=self.form.revision,
            again=self.form.send_again,
            terms=self.form.terms(),
        )

    @property
    def languages(self) -> list[VariantLanguage]:
        """Return the other languages that recipients read, and every language that the form has text for."""
        own = _primary_tag((self.post.content.language if self.post else "") or self.blog.language)
        counts = {code: count for code, count in self.audience.languages.items() if _primary_tag(code) != own}
        variants = self.form.variants
        return [
            VariantLanguage(code, language_name(code), counts.get(code, 0), dict(variants.get(code, {})))
            for code in dict.fromkeys([*counts, *variants])
        ]

    @property
    def previews(self) -> list[dict[str, str]]:
        """Return the frames of the preview: each language in a light and a dark theme."""
        return [
            {
                "language": code,
                "title": _preview_title(code, theme),
                "theme": theme.value,
                "src": f"{self.url}/preview?{self.form.preview_query(code)}&theme={theme.value}",
            }
            for code in ["", *self.draft_languages]
            for theme in Theme
        ]

    @property
    def draft_languages(self) -> list[str]:
        """Return the languages that the draft has text for."""
        try:
            return list(self.draft.variants)
        except StopPressError:
            return []

    def findings(self) -> list[PreflightFinding]:
        """Return the findings about the draft; a draft that cannot be composed must not be sent."""
        try:
            return check_draft(self.draft, fetch_own_status)
        except InvalidAlertError as error:
            return [PreflightFinding(Severity.STOP, _("Alert"), str(error), _("Change it above."))]
        except StopPressError as error:
            return [PreflightFinding(Severity.STOP, _("Alert"), str(error), _("Go back to the live blog."))]

    def context(
        self, errors: dict[str, str] | None = None, surroundings: list[PreflightFinding] | None = None
    ) -> dict[str, Any]:
        """Return the context of the template.

        Args:
            errors: messages by field.
            surroundings: findings about relay and DNS; None if they were not checked.
        """
        return {
            "composer": self,
            "blog": self.blog,
            "post": self.post,
            "form": self.form,
            "subject": self.form.subject or self._default_text("subject"),
            "headline": self.form.headline or self._default_text("headline"),
            "summary": self.form.summary or self._default_text("summary"),
            "note": self.form.note or self._default_text("note"),
            "text": self._preview_text(),
            "urgencies": URGENCY_CHOICES,
            "undo_choices": sorted({*UNDO_CHOICES_SECONDS, settings.UNDO_SECONDS, self.form.undo_seconds}),
            "lifetime_choices": LIFETIME_CHOICES_MINUTES,
            "default_lifetime": default_lifetime_minutes(self.form.urgency),
            "phone_subject_length": PHONE_SUBJECT_LENGTH,
            "errors": errors or {},
            **readiness_context(self.findings(), surroundings),
        }

    def _default_text(self, field: str) -> str:
        """Return the text that an empty field gets from the post; empty if there is none."""
        empty = AlertComposer(self.blog, self.post, AlertFormData(), self.corrects)
        try:
            return str(getattr(empty.draft, field))
        except StopPressError:
            return ""

    def _preview_text(self) -> str:
        try:
            return self.draft.preview_text()
        except StopPressError as error:
            return str(error)


def readiness_context(findings: list[PreflightFinding], surroundings: list[PreflightFinding] | None) -> dict[str, Any]:
    """Return the findings for the template: what needs attention, what passed, and whether Send is forbidden."""
    everything = sort_by_severity([*findings, *(surroundings or [])])
    return {
        "warnings": [finding for finding in everything if finding.severity is not Severity.FINE],
        "passed": [finding for finding in everything if finding.severity is Severity.FINE],
        "must_stop": bool(blocking_findings(everything)),
        "checked_surroundings": surroundings is not None,
    }


def check_surroundings() -> list[PreflightFinding]:
    """Return the findings about relay and DNS, made at most SURROUNDINGS_CACHE_SECONDS ago."""

    def check() -> list[PreflightFinding]:
        return run_check(_("Relay and DNS"), lambda: check_environment(configured_environment()))

    return _cached(f"alert.surroundings.{get_language()}", check, SURROUNDINGS_CACHE_SECONDS)


def language_name(code: str) -> str:
    """Return the name of a language in the language of the desk; the code itself if the name is not known."""
    try:
        return str(get_language_info(code.lower())["name_translated"])
    except KeyError:
        return code


def _preview_title(code: str, theme: Theme) -> str:
    title = _("The mail, dark") if theme is Theme.DARK else _("The mail, light")
    return f"{title}, {language_name(code)}" if code else title


def _primary_tag(language: str) -> str:
    return language.lower().split("-")[0]


def _cached(key: str, compute: Callable[[], T], seconds: int) -> T:
    """Return a cached value, or compute and cache it for at most `seconds`."""
    value: T | None = cache.get(key)
    if value is None:
        begun = time.monotonic()
        value = compute()
        cache.set(key, value, min(seconds, CACHE_COST_FACTOR * (time.monotonic() - begun)))
    return value
