"""Errors that coverage raises. `str(error)` is a sentence that can be shown to the person whose request failed."""

from django.utils.translation import gettext as _


class CoverageError(Exception):
    """Base of the errors of coverage.

    It does not derive from StopPressError: the desk handles errors of coverage and of alerts in different places.
    """


class BlogNotFoundError(CoverageError):
    """No live blog has this slug."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(_("There is no live blog “{slug}”.").format(slug=slug))


class PostNotFoundError(CoverageError):
    """This live blog has no such post."""

    def __init__(self, post_id: object) -> None:
        self.post_id = str(post_id)
        super().__init__(_("There is no post {id} in this live blog.").format(id=post_id))


class SlugTakenError(CoverageError):
    """Another live blog already has this slug."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(_("There is already a live blog at “{slug}”. Choose another address.").format(slug=slug))


class PostIdTakenError(CoverageError):
    """The id of a new post already belongs to a post with other content, or in another live blog."""

    def __init__(self, post_id: object) -> None:
        self.post_id = str(post_id)
        super().__init__(
            _(
                "The id {id} already belongs to a post with other content. Nothing was published. To "
                "get that post, send its request unchanged; to publish this one, choose a new id."
            ).format(id=post_id)
        )


class StaleRevisionError(CoverageError):
    """Another revision was saved after the one that the editor started from. Nothing was overwritten.

    Args:
        based_on: Number of the revision that the editor started from.
        current_revision: Number of the revision that is current now.
        by: Name of the person who saved the current revision.
    """

    def __init__(self, post_id: object, based_on: int, current_revision: int, by: str) -> None:
        self.post_id, self.based_on, self.current_revision, self.by = str(post_id), based_on, current_revision, by
        super().__init__(
            _(
                "{by} saved this post while you were writing (revision {current_revision}; yours began "
                "from {based_on}). Nothing was overwritten: compare the two and save again."
            ).format(by=by, current_revision=current_revision, based_on=based_on)
        )


class StaleBlogHeaderError(CoverageError):
    """The header of the live blog changed after the editor opened it. Nothing was overwritten."""

    def __init__(self, slug: str, headline: str, standfirst: str) -> None:
        self.slug, self.headline, self.standfirst = slug, headline, standfirst
        super().__init__(
            _(
                "Another editor changed this while you were writing; nothing was overwritten. The headline is"
                " now “{headline}”. Save again to replace it with yours."
            ).format(headline=headline)
        )


class PostWithdrawnError(CoverageError):
    """The post was withdrawn and cannot be changed."""

    def __init__(self, post_id: object) -> None:
        self.post_id = str(post_id)
        super().__init__(_("This post has been withdrawn; it cannot be changed any more."))


class InvalidContentError(CoverageError):
    """A value cannot be published; `field` names it, and the message states what is allowed."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)
