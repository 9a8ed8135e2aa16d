"""Sign-up with double opt-in: request, confirm, choose topics, mute a story, unsubscribe, erase.

    form, embed or API ──► submit_sign_up ──► mail with a confirm link ──► confirm_subscriptions
    link in every mail ──► unsubscribe, mute_story, save_choices, erase_subscriber

The answer to a sign-up is always the same, so that it reveals nothing about the address. Anything else is only in the
mail to that address.
"""

from stoppress.signup.actions.confirm import confirm_subscriptions, find_confirmation
from stoppress.signup.actions.erase_subscriber import erase_subscriber
from stoppress.signup.actions.manage_link import request_manage_link
from stoppress.signup.actions.mute_story import find_mute, mute_story, muted_stories, undo_mute, unmute_story
from stoppress.signup.actions.preferences import (
    TopicChoice,
    find_subscriber,
    save_choices,
    save_locale,
    topic_choices,
    unsubscribe_from_all,
)
from stoppress.signup.actions.subscribe import SignUpSubmission, submit_sign_up
from stoppress.signup.actions.unsubscribe import (
    ORIGIN_LINK,
    ORIGIN_ONE_CLICK,
    end_subscription,
    find_undo,
    find_undo_link,
    find_unsubscription,
    undo_unsubscribe,
    unsubscribe,
)

__all__ = [
    "ORIGIN_LINK",
    "ORIGIN_ONE_CLICK",
    "SignUpSubmission",
    "TopicChoice",
    "confirm_subscriptions",
    "end_subscription",
    "erase_subscriber",
    "find_confirmation",
    "find_mute",
    "find_subscriber",
    "find_undo",
    "find_undo_link",
    "find_unsubscription",
    "mute_story",
    "muted_stories",
    "request_manage_link",
    "save_choices",
    "save_locale",
    "submit_sign_up",
    "topic_choices",
    "undo_mute",
    "undo_unsubscribe",
    "unmute_story",
    "unsubscribe",
    "unsubscribe_from_all",
]
