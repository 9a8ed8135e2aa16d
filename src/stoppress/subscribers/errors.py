"""Errors of `subscribers`. Each message can be shown to the person whose request failed."""

from stoppress.runtime.errors import StopPressError


class SubscribersError(StopPressError):
    """Base of the errors of this package."""


class InvalidAddressError(SubscribersError):
    """What was typed is no email address; the message says what is wrong with it."""


class SignUpLimitError(SubscribersError):
    """Too many of late, from one client, one network, or at one domain; the message says which, and when again."""


class TopicNotFoundError(SubscribersError):
    """Nobody can sign up for this."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"There is no topic “{slug}”.")


class InvalidTopicError(SubscribersError, ValueError):
    """A topic cannot be like that; `field` names the culprit, the message says what is wrong with it."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class TopicRetiredError(SubscribersError):
    """Somebody confirms a wish for a topic that the newsroom has retired since."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"“{name}” is not sent any more.")


class TopicConflictError(SubscribersError):
    """Somebody else changed the topic meanwhile."""

    def __init__(self) -> None:
        super().__init__("Somebody else has changed this topic meanwhile. Nothing was saved: look, then save again.")
