"""Errors of importers. `str(error)` is a sentence on which an editor can act."""

from stoppress.runtime.errors import StopPressError


class ImportRefusedError(StopPressError):
    """The input was not imported, not even in part. Base of the errors of importing."""


class NotPlainTextError(ImportRefusedError):
    """The bytes or characters are not plain text."""


class EmptyPageError(ImportRefusedError):
    """No line contains a visible character."""


class NoPostTimesError(ImportRefusedError):
    """No line contains the publication time of a post, so nothing separates the posts."""
