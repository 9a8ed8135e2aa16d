"""Sign-up with double opt-in: ask, confirm by a button in a page that a mail leads to; choose, mute, leave, be erased.

Whoever asks learns nothing about an address: the answer on the page is always the same, the rest is in a mail to it.
"""

from stoppress.signup.actions.confirm import confirm, wish_of
from stoppress.signup.actions.erase_subscriber import erase
from stoppress.signup.actions.mute_story import mute, muted_stories, muting_of, unmute, unmute_story
from stoppress.signup.actions.preferences import Choice, choices, choose, find_reader, leave_all, settle_down
from stoppress.signup.actions.subscribe import Asking, ask
from stoppress.signup.actions.unsubscribe import (
    BY_LINK,
    BY_MAIL_PROGRAM,
    leave,
    leave_by_address,
    leaving_of,
    left_lately,
    undo,
    undo_of,
)
from stoppress.subscribers.address_validation import Address, tidy_address

__all__ = [
    "BY_LINK",
    "BY_MAIL_PROGRAM",
    "Address",
    "Asking",
    "Choice",
    "ask",
    "choices",
    "choose",
    "confirm",
    "erase",
    "find_reader",
    "leave",
    "leave_all",
    "leave_by_address",
    "leaving_of",
    "left_lately",
    "mute",
    "muted_stories",
    "muting_of",
    "settle_down",
    "tidy_address",
    "undo",
    "undo_of",
    "unmute",
    "unmute_story",
    "wish_of",
]
