"""Open a live blog, edit its header (headline, standfirst, zone, language), and set its state."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from stoppress.coverage.actions.log_transaction import LockedLog, lock_log
from stoppress.coverage.choices import BlogState, ChangeKind
from stoppress.coverage.errors import InvalidContentError, SlugTakenError, StaleBlogHeaderError
from stoppress.coverage.localisation.languages import LANGUAGE_TAG, newsroom_language
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.post_content import MAX_HEADLINE_CHARACTERS
from stoppress.runtime.text_cleaning import clean_line, clean_text

MAX_SLUG_CHARACTERS = 80
MAX_LANGUAGE_CHARACTERS = 20
SLUG_PATTERN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
FIELDS_IN_EVERY_POST = ("zone", "language")
"""Fields that affect the HTML of every post. If one changes, open pages must reload."""
POLL_WAIT_SECONDS = range(2, 121)
"""Allowed seconds between two polls of a page without a stream."""


def open_blog(
    *,
    slug: str,
    headline: str,
    zone: str,
    by: str,
    now: datetime,
    standfirst: str = "",
    state: BlogState = BlogState.LIVE,
    state_at: datetime | None = None,
    language: str = "",
    make_epoch: Callable[[], str] = lambda: secrets.token_hex(4),
) -> LiveBlog:
    """Open a live blog. Its opening is the first change of its log.

    `language` is the BCP 47 tag of the page's language; empty for the newsroom's own. `make_epoch` returns the id of
    the log's first epoch.

    Raises:
        InvalidContentError: if slug, headline, zone or language is invalid.
        SlugTakenError: if another live blog has this slug.
    """
    headline = _validate_header(slug, headline, zone)
    language = _validate_language(language or newsroom_language())
    try:
        with transaction.atomic():
            blog = LiveBlog.objects.create(
                slug=slug,
                headline=headline,
                standfirst=clean_text(standfirst),
                state=state,
                state_at=state_at or now,
                zone=zone,
                language=language,
                opened_at=now,
                changed_at=now,
                epoch=make_epoch(),
                seq=1,
            )
            log = LockedLog(blog, by, now)
            log.append(ChangeKind.BLOG_UPDATED, opened=True)
            log.close()
    except IntegrityError as error:
        raise SlugTakenError(slug) from error
    return blog


def edit_blog(
    slug: str,
    *,
    headline: str,
    standfirst: str,
    zone: str,
    by: str,
    now: datetime,
    based_on: str = "",
    poll_wait: int | None = None,
    language: str | None = None,
) -> LiveBlog:
    """Change the header of a live blog. The same values again change nothing.

    A new zone or language makes every open page reload, because all its times or sentences change.

    `based_on` is the `header_version` that the editor started from; if empty, any other edit is overwritten. If None,
    `poll_wait` (seconds between two polls of a page without a stream) and `language` (BCP 47 tag) stay unchanged.

    Raises:
        BlogNotFoundError: if no live blog has this slug.
        InvalidContentError: if a value is invalid.
        StaleBlogHeaderError: if the header changed after `based_on`.
    """
    headline = _validate_header(slug, headline, zone)
    if poll_wait is not None and poll_wait not in POLL_WAIT_SECONDS:
        raise InvalidContentError(
            "poll_wait",
            _("Must be between {lowest} and {highest} seconds, not {poll_wait}.").format(
                lowest=POLL_WAIT_SECONDS[0], highest=POLL_WAIT_SECONDS[-1], poll_wait=poll_wait
            ),
        )
    with lock_log(slug, by=by, now=now) as log:
        blog = log.blog
        after: dict[str, str | int] = {
            "headline": headline,
            "standfirst": clean_text(standfirst),
            "zone": zone,
        }
        if poll_wait is not None:
            after["poll_wait"] = poll_wait
        if language is not None:
            after["language"] = _validate_language(language)
        before = {name: getattr(blog, name) for name in after}
        if before != after:
            if based_on and based_on != blog.header_version:
                raise StaleBlogHeaderError(slug, blog.headline, blog.standfirst)
            for name, value in after.items():
                setattr(blog, name, value)
            log.append(ChangeKind.BLOG_UPDATED, before=before)
            if any(before[name] != after[name] for name in FIELDS_IN_EVERY_POST if name in after):
                log.start_new_epoch()
    return blog


def set_state(slug: str, state: BlogState, *, by: str, now: datetime) -> LiveBlog:
    """Set the state that readers see, with the time. The same state again changes nothing."""
    with lock_log(slug, by=by, now=now) as log:
        blog = log.blog
        if blog.state != state:
            before, blog.state, blog.state_at = blog.state, state, now
            log.append(ChangeKind.BLOG_UPDATED, state_before=before)
    return blog


def _validate_language(language: str) -> str:
    if not LANGUAGE_TAG.fullmatch(language) or len(language) > MAX_LANGUAGE_CHARACTERS:
        raise InvalidContentError(
            "language", _("“{language}” is not a language tag such as en or pt-BR.").format(language=language)
        )
    return language


def _validate_header(slug: str, headline: str, zone: str) -> str:
    if not SLUG_PATTERN.fullmatch(slug) or len(slug) > MAX_SLUG_CHARACTERS:
        raise InvalidContentError(
            "slug",
            _("The address may contain lower-case letters, digits and hyphens (storm-maren), at most 80 characters."),
        )
    headline = clean_line(headline)
    if not headline:
        raise InvalidContentError("headline", _("A live blog needs a headline."))
    if len(headline) > MAX_HEADLINE_CHARACTERS:
        raise InvalidContentError(
            "headline", _("A headline has at most {limit} characters.").format(limit=MAX_HEADLINE_CHARACTERS)
        )
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidContentError(
            "zone", _("“{zone}” is not an IANA time zone such as Europe/London.").format(zone=zone)
        ) from error
    return headline
