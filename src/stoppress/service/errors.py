"""The error that ends a command with exit code 2."""


class CommandError(Exception):
    """Bad input; the message is shown as it is."""
