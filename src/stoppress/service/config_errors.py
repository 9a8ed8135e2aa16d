"""The error for a setting that cannot be used."""


class SettingsError(ValueError):
    """A setting that cannot be used. The message has one line for each fault and contains no secret."""
