"""The error for a setting that cannot be used."""


class BadSetting(ValueError):
    """A setting that cannot be used. The message has one line for each fault and contains no secret."""
