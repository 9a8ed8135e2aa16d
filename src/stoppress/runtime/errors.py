"""Base class of errors whose messages can be shown to the person whose request failed."""


class StopPressError(Exception):
    """Base of the errors of importing, subscribers, delivery and alerts. `str(error)` is a sentence for people."""
