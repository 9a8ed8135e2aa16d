"""Sign-up with double opt-in: ask, confirm by a button in a page that a mail leads to; choose, mute, leave, be erased.

Whoever asks learns nothing about an address: the answer on the page is always the same, the rest is in a mail to it.
"""

from stoppress.signup.actions.confirm import confirm_subscriptions, find_confirmation
from stoppress.signup.actions.erase_subscriber import erase_subscriber
from stoppress.signup.actions.mute_story import mute_story, muted_stories, find_mute, undo_mute, unmute_story
from stoppress.signup.actions.preferences import TopicChoice, topic_choices, save_choices, find_subscriber, unsubscribe_from_all, save_locale
from stoppress.signup.actions.subscribe import SignUpSubmission, submit_sign_up
from stoppress.signup.actions.unsubscribe import (
    ORIGIN_LINK,
    ORIGIN_ONE_CLICK,
    unsubscribe,
    end_subscription,
    find_unsubscription,
    find_undo_link,
    undo_unsubscribe,
    find_undo,
)
from stoppress.subscribers.address_validation import EmailAddress, parse_address

__all__ = [
    "ORIGIN_LINK",
    "ORIGIN_ONE_CLICK",
    "EmailAddress",
    "SignUpSubmission",
    "TopicChoice",
    "submit_sign_up",
    "topic_choices",
    "save_choices",
    "confirm_subscriptions",
    "erase_subscriber",
    "find_subscriber",
    "unsubscribe",
    "unsubscribe_from_all",
    "end_subscription",
    "find_unsubscription",
    "find_undo_link",
    "mute_story",
    "muted_stories",
    "find_mute",
    "save_locale",
    "parse_address",
    "undo_unsubscribe",
    "find_undo",
    "undo_mute",
    "unmute_story",
    "find_confirmation",
]
