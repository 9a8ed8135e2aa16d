"""The base of errors whose messages can be shown to the person whose request failed."""


class StopPressError(Exception):
    """Base of the errors of subscribers, delivery and alerts."""
