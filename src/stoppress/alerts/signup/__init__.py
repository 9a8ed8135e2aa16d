"""Sign-up with double opt-in: ask, confirm by a button in a page that a mail leads to; choose, mute, leave, be erased.

Whoever asks learns nothing about an address: the answer on the page is always the same, the rest is in a mail to it.
"""

from stoppress.alerts.signup.addresses import Address, tidy_address
from stoppress.alerts.signup.asking import Asking, ask
from stoppress.alerts.signup.choosing import Choice, choices, choose, find_reader, leave_all, settle_down
from stoppress.alerts.signup.confirming import confirm, wish_of
from stoppress.alerts.signup.erasing import erase
from stoppress.alerts.signup.leaving import (
    BY_LINK,
    BY_MAIL_PROGRAM,
    leave,
    leave_by_address,
    leaving_of,
    left_lately,
    undo,
    undo_of,
)
from stoppress.alerts.signup.muting import mute, muted_stories, muting_of, unmute, unmute_story

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
