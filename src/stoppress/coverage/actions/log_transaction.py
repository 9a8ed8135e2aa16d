"""The row lock and the log that every action uses.

    with lock_log("storm-maren", by="ines", now=now) as log:      lock one row: UPDATE … SET seq = seq + 1
        …check and write…
        log.append(ChangeKind.PUBLISHED, post)                    each change gets the next number
                                                                  commit everything or nothing, then notify

If the block appends no change, the transaction is rolled back, so that the numbers have no gaps.
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
    """The log of one live blog whose row is locked by the current transaction."""

    def __init__(self, blog: LiveBlog, by: str, now: datetime) -> None:
        self.blog, self.by, self.now = blog, by, now
        self._next_seq = blog.seq
        self.entries: list[Change] = []

    def append(
        self, kind: ChangeKind, post: Post | None = None, revision: Revision | None = None, **detail: Any
    ) -> Change:
        """Append one change under the next number."""
        entry = Change.objects.create(
            blog=self.blog,
            seq=self._next_seq,
            kind=kind,
            post=post,
            revision=revision,
            at=self.now,
            by=self.by,
            detail=detail,
        )
        self.entries.append(entry)
        self._next_seq += 1
        return entry

    def get_post(self, post_id: UUID | str) -> Post:
        """Return the post as it is under the lock, or raise PostNotFoundError."""
        try:
            return Post.objects.select_related("revision").get(blog=self.blog, pk=post_id)
        except (Post.DoesNotExist, ValidationError, ValueError) as error:
            raise PostNotFoundError(post_id) from error

    def start_new_epoch(self) -> None:
        """Make every open page reload, for an edit that changes of single posts cannot express."""
        self.blog.epoch = secrets.token_hex(4)

    def close(self) -> None:
        """Store the last number used, and notify followers after the commit.

        A single change of a post needs no further write: `lock_log` has already stored its number.
        """
        if len(self.entries) > 1 or self.entries[0].post_id is None:
            self.blog.seq = self._next_seq - 1
            self.blog.save()
        transaction.on_commit(lambda: notifications.notify(notifications.CHANGES))


@contextmanager
def lock_log(slug: str, *, by: str, now: datetime) -> Iterator[LockedLog]:
    """Lock the log of one live blog for a transaction.

    Raises:
        BlogNotFoundError: if no live blog has this slug.
    """
    with transaction.atomic():
        if not LiveBlog.objects.filter(slug=slug).update(seq=F("seq") + 1, changed_at=now):
            raise BlogNotFoundError(slug)
        log = LockedLog(LiveBlog.objects.get(slug=slug), by, now)
        yield log
        if log.entries:
            log.close()
        else:
            transaction.set_rollback(True)
