"""Publishes scheduled posts at their time, in a thread of the scheduler process: no job delays them."""

import logging
import threading
from collections.abc import Callable

from django.db import close_old_connections, connection

from stoppress.desk.scheduled_posts import publish_due_posts
from stoppress.runtime.clock import utc_now

log = logging.getLogger(__name__)

CHECK_INTERVAL_SECONDS = 0.25
"""Seconds between two checks; a post goes out within a second of its time."""


class DuePosts(threading.Thread):
    """Publish due posts while `is_active` returns True, until `stop`.

    Two processes may be active for a moment: the row of the draft is locked, so that each post goes out once.
    """

    def __init__(self, is_active: Callable[[], bool]) -> None:
        super().__init__(name="due posts", daemon=True)
        self._is_active, self._stopped = is_active, threading.Event()

    def run(self) -> None:
        """Check until `stop` is called; log every error and go on."""
        while not self._stopped.wait(CHECK_INTERVAL_SECONDS):
            if not self._is_active():
                continue
            try:
                close_old_connections()
                if count := publish_due_posts(utc_now()):
                    log.info("scheduled posts published: %d", count)
            except Exception:
                log.exception("scheduled posts could not be published; trying again")
                connection.close()
        connection.close()

    def stop(self) -> None:
        """End the thread after the post that it publishes."""
        self._stopped.set()
        self.join()
