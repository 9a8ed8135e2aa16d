"""Which pictures readers may see: those that a post shows now (rows of StandingPicture).

The actions on posts call these functions in their transaction, so a picture is public exactly as long as its post.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from stoppress.coverage.errors import InvalidContentError
from stoppress.coverage.models import LiveBlog, Picture, Post, StandingPicture
from stoppress.coverage.post_content import PictureUse


def is_standing(picture_id: str) -> bool:
    """Return True if a post shows this picture now."""
    return StandingPicture.objects.filter(picture_id=picture_id).exists()


def show_pictures(post: Post, uses: Iterable[PictureUse], blog: LiveBlog) -> None:
    """Make the pictures of a post public, and no longer those that it showed before.

    Raises:
        InvalidContentError: a picture does not exist, or it belongs to another live blog and is not public.
    """
    wanted = list(dict.fromkeys(use.id for use in uses))
    shown = set(StandingPicture.objects.filter(post=post).values_list("picture_id", flat=True))
    added = [key for key in wanted if key not in shown]
    if unknown := set(added) - _usable(added, blog):
        raise InvalidContentError(
            "pictures",
            _("There is no such picture: {ids}. Upload it again.").format(ids=", ".join(sorted(unknown))),
        )
    StandingPicture.objects.filter(post=post).exclude(picture_id__in=wanted).delete()
    StandingPicture.objects.bulk_create([StandingPicture(post=post, picture_id=key) for key in added])


def hide_pictures(post: Post) -> None:
    """End the publication of the pictures of a withdrawn post."""
    StandingPicture.objects.filter(post=post).delete()


def _usable(ids: list[str], blog: LiveBlog) -> set[str]:
    if not ids:
        return set()
    own = Picture.objects.filter(pk__in=ids, blog=blog).values_list("pk", flat=True)
    public = StandingPicture.objects.filter(picture_id__in=ids).values_list("picture_id", flat=True)
    return {*own, *public}
