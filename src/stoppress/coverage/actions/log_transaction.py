"""The lock and the log that every action goes through.

    with writing("storm-maren", by="ines", now=now) as log:      lock: one row, UPDATE … SET seq = seq + 1
        …check and do…
        log.add(Kind.PUBLISHED, post)                             each entry takes the next number
                                                                  commit: all of it, or nothing; then the hint

A block that adds nothing is rolled back whole, so that the numbers stay without a gap.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from stoppress.coverage.choices import ChangeKind
from stoppress.coverage.errors import BlogNotFoundError, PostNotFoundError
from stoppress.coverage.models import Change, LiveBlog, Post, Revision
from stoppress.runtime import notifications


class LockedLog:
    """The end of one live blog's log, held under its lock."""

    def __init__(self, blog: LiveBlog, by: str, now: datetime) -> None:
        self.blog, self.by, self.now = blog, by, now
        self._next = blog.seq
        self.entries: list[Change] = []

    def append(self, kind: ChangeKind, post: Post | None = None, revision: Revision | None = None, **detail: Any) -> Change:
        """Append one change under the next number."""
        entry = Change.objects.create(
            blog=self.blog,
            seq=self._next,
            kind=kind,
            get_post=post,
            revision=revision,
            at=self.now,
            by=self.by,
            detail=detail,
        )
        self.entries.append(entry)
        self._next += 1
        return entry

    def get_post(self, post_id: UUID | str) -> Post:
        """The post as it is under the lock; raises NoSuchPost."""
        try:
            return Post.objects.select_related("revision").get(blog=self.blog, pk=post_id)
        except (Post.DoesNotExist, ValidationError, ValueError) as error:
            raise PostNotFoundError(post_id) from error

    def start_new_epoch(self) -> None:
        """Tell every open page to load itself again: for what cannot be said as changes."""
        self.blog.epoch = secrets.token_hex(4)

    def close(self) -> None:
        """Keep the numbers that were used. One change of a post was written with the lock."""
        if len(self.entries) > 1 or self.entries[0].post_id is None:
            self.blog.seq = self._next - 1
            self.blog.save()
        transaction.on_commit(lambda: notifications.notify(notifications.CHANGES))


@contextmanager
def lock_log(slug: str, *, by: str, now: datetime) -> Iterator[LockedLog]:
    """Hold the lock of one live blog; raises NoSuchBlog."""
    with transaction.atomic():
        if not LiveBlog.objects.filter(slug=slug).update(seq=F("seq") + 1, changed_at=now):
            raise BlogNotFoundError(slug)
        log = LockedLog(LiveBlog.objects.get(slug=slug), by, now)
        yield log
        if log.entries:
            log.close()
        else:
            transaction.set_rollback(True)
