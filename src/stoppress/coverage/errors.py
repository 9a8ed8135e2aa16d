"""What coverage refuses, and why; each message can be shown to whoever asked."""


class CoverageError(Exception):
    """Base of all that this package refuses."""


class BlogNotFoundError(CoverageError):
    """There is no live blog of this slug."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"There is no live blog “{slug}”.")


class PostNotFoundError(CoverageError):
    """There is no such post in this live blog."""

    def __init__(self, post_id: object) -> None:
        self.post_id = str(post_id)
        super().__init__(f"There is no post {post_id} in this live blog.")


class SlugTakenError(CoverageError):
    """Another live blog already has this slug."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"There is already a live blog at “{slug}”. Choose another address.")


class PostIdTakenError(CoverageError):
    """A new post was sent under an id that came before with other content, or in another live blog."""

    def __init__(self, post_id: object) -> None:
        self.post_id = str(post_id)
        super().__init__(
            f"The id {post_id} already belongs to a post with other content. Nothing was published. "
            "To get that post, send its request unchanged; to publish this one, choose a new id."
        )


class StaleRevisionError(CoverageError):
    """Somebody saved in between; nothing was overwritten."""

    def __init__(self, post_id: object, based_on: int, now_at: int, by: str) -> None:
        self.post_id, self.based_on, self.current_revision, self.by = str(post_id), based_on, now_at, by
        super().__init__(
            f"{by} saved this post while you were writing (revision {now_at}; yours began from {based_on}). "
            "Nothing was overwritten: compare the two and save again."
        )


class StaleBlogHeaderError(CoverageError):
    """Somebody changed the head of the live blog in between; nothing was overwritten."""

    def __init__(self, slug: str, headline: str, standfirst: str) -> None:
        self.slug, self.headline, self.standfirst = slug, headline, standfirst
        super().__init__(
            "Somebody changed this while you were writing; nothing was overwritten. "
            f"The headline is now “{headline}”. Save again to replace it with yours."
        )


class PostWithdrawnError(CoverageError):
    """The post has been withdrawn and cannot be changed."""

    def __init__(self, post_id: object) -> None:
        self.post_id = str(post_id)
        super().__init__("This post has been withdrawn; it cannot be changed any more.")


class InvalidContentError(CoverageError):
    """The text cannot be published as it is; `field` names the culprit."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)
