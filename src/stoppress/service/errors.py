"""What the command line answers with exit code 2."""


class CommandError(Exception):
    """Bad input; the message is shown as it is."""
