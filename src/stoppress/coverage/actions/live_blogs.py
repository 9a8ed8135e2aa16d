"""Open a live blog, edit its head, set its state."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from stoppress.coverage.actions.log_transaction import LockedLog, lock_log
from stoppress.coverage.choices import ChangeKind, BlogState
from stoppress.coverage.errors import InvalidContentError, SlugTakenError, StaleBlogHeaderError
from stoppress.coverage.localisation.languages import LANGUAGE_TAG, newsroom_language
from stoppress.coverage.models import LiveBlog
from stoppress.coverage.post_content import strip_unprintable

MAX_LANGUAGE_LENGTH = 20
SLUG_PATTERN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
FIELDS_IN_EVERY_POST = ("zone", "language")
"""Fields that every post is rendered with: changes of single posts cannot bring an open page up to date."""
POLL_WAIT_SECONDS = range(2, 121)
"""Seconds that readers without a stream may be made to wait between polls."""


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
    """Open a live blog; its opening is the first change of its log. Raises SlugTaken, BadContent.

    `language` (BCP 47) is that of its page; empty for the newsroom's own.
    """
    headline = _checked(slug, headline, zone)
    language = _checked_language(language or newsroom_language())
    try:
        with transaction.atomic():
            blog = LiveBlog.objects.create(
                slug=slug,
                headline=headline,
                standfirst=strip_unprintable(standfirst).strip(),
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
    """Change a live blog's head. The same again changes nothing.

    `based_on` is the head's version that the writer began from; empty overwrites whatever stands there. `poll_wait` is
    how many seconds pages without a stream wait between polls, `language` is that of the page; None leaves it as it is.
    Another zone or language makes every open page load again: all its times or sentences change.
    Raises NoSuchBlog, BadContent, StaleHead.
    """
    headline = _checked(slug, headline, zone)
    if poll_wait is not None and poll_wait not in POLL_WAIT_SECONDS:
        raise InvalidContentError("poll_wait", f"Between {POLL_WAIT_SECONDS[0]} and {POLL_WAIT_SECONDS[-1]} seconds.")
    with lock_log(slug, by=by, now=now) as log:
        blog = log.blog
        after: dict[str, str | int] = {"headline": headline, "standfirst": strip_unprintable(standfirst).strip(), "zone": zone}
        if poll_wait is not None:
            after["poll_wait"] = poll_wait
        if language is not None:
            after["language"] = _checked_language(language)
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
    """Say openly where coverage stands, with the time. The same again changes nothing."""
    with lock_log(slug, by=by, now=now) as log:
        blog = log.blog
        if blog.state != state:
            before, blog.state, blog.state_at = blog.state, state, now
            log.append(ChangeKind.BLOG_UPDATED, state_before=before)
    return blog


def _checked_language(language: str) -> str:
    if not LANGUAGE_TAG.fullmatch(language) or len(language) > MAX_LANGUAGE_LENGTH:
        raise InvalidContentError("language", f"“{language}” is no language tag, such as en or pt-BR.")
    return language


def _checked(slug: str, headline: str, zone: str) -> str:
    if not SLUG_PATTERN.fullmatch(slug) or len(slug) > 80:
        raise InvalidContentError("slug", "An address is made of small letters, digits and hyphens: storm-maren.")
    headline = strip_unprintable(" ".join(headline.split()))
    if not headline:
        raise InvalidContentError("headline", "A live blog needs a headline.")
    if len(headline) > 300:
        raise InvalidContentError("headline", "A headline has at most 300 characters.")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidContentError("zone", f"“{zone}” is no IANA time zone, such as Europe/London.") from error
    return headline
