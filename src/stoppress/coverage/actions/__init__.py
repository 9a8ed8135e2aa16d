"""The only way to write coverage. Each action checks, locks, writes and logs in one transaction (laws 1 and 10)."""

from stoppress.coverage.actions.live_blogs import edit_blog, open_blog, set_state
from stoppress.coverage.actions.post_labels import mark_breaking, mark_key_event, pin
from stoppress.coverage.actions.posts import correct, publish, update, withdraw
from stoppress.coverage.actions.reset_epochs import reset_epoch

__all__ = [
    "correct",
    "edit_blog",
    "mark_breaking",
    "mark_key_event",
    "open_blog",
    "pin",
    "publish",
    "reset_epoch",
    "set_state",
    "update",
    "withdraw",
]
