"""Sign-up with double opt-in: ask, confirm by a button in a page that a mail leads to, choose, leave.

Whoever asks learns nothing about an address: the answer on the page is always the same, the rest is in a mail to it.
"""

from stoppress.alerts.signup.addresses import Address, tidy_address
from stoppress.alerts.signup.asking import ask
from stoppress.alerts.signup.choosing import Choice, choices, choose, find_reader, leave_all, shortened
from stoppress.alerts.signup.confirming import confirm, wish_of
from stoppress.alerts.signup.leaving import leave, leaving_of

__all__ = [
    "Address",
    "Choice",
    "ask",
    "choices",
    "choose",
    "confirm",
    "find_reader",
    "leave",
    "leave_all",
    "leaving_of",
    "shortened",
    "tidy_address",
    "wish_of",
]
