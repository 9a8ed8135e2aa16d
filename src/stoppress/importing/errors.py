"""What an importer says when it cannot read its input: one base, the fault in the name, a message for people."""


class ImportRefusedError(Exception):
    """The input was not imported, not even in part. `str(error)` is a sentence an editor can act on."""


class NotPlainTextError(ImportRefusedError):
    """The bytes, or the characters, are not plain text."""


class EmptyPageError(ImportRefusedError):
    """There is nothing to read: no line holds a character that can be seen."""


class NoPostTimesError(ImportRefusedError):
    """No line of the page tells when a post was published, so no post can be told from the next."""
