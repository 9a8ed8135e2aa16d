"""Errors of `subscribers`. Each message can be shown to the person whose request failed."""

from django.utils.translation import gettext as _

from stoppress.runtime.errors import StopPressError


class SubscribersError(StopPressError):
    """Base of the errors of this package."""


class InvalidAddressError(SubscribersError):
    """The text is no email address, or its domain accepts no mail. The message states what is wrong."""


class SignUpLimitError(SubscribersError):
    """A rate limit is reached: of one client, one network, or one mail domain. The message states when to retry."""


class TopicNotFoundError(SubscribersError):
    """There is no topic with this slug that readers can sign up for."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(_("There is no topic “{slug}”.").format(slug=slug))


class InvalidTopicError(SubscribersError, ValueError):
    """A topic's slug, name or description is not allowed; `field` is the one at fault."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class TopicRetiredError(SubscribersError):
    """The newsroom retired the topic after the reader requested it."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(_("“{name}” is not sent any more.").format(name=name))


class TopicConflictError(SubscribersError):
    """Another editor changed the topic after this one loaded it."""

    def __init__(self) -> None:
        super().__init__(_("Another editor has changed this topic. Nothing was saved. Check the topic and save again."))
