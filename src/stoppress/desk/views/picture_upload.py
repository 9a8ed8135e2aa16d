"""Upload a picture from the composer, and show it to the desk."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from stoppress.coverage.models import Picture
from stoppress.coverage.pictures.files import file_response, picture_id
from stoppress.coverage.pictures.standing import is_standing
from stoppress.coverage.pictures.store import InvalidPictureError, store_picture
from stoppress.coverage.post_content import PictureUse
from stoppress.desk.access.large_bodies import takes_files
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens.post_composer import picture_row


@takes_files
@require_permission("draft")
@require_POST
def upload_picture(request, blog):
    """Store one picture and return its row in the composer; return an error as plain text with status 422."""
    file = request.FILES.get("picture_file")
    if file is None:
        return _refuse(_("Choose a picture first."))
    try:
        picture = store_picture(file, blog=blog, by=request.user.username, now=timezone.now())
    except InvalidPictureError as error:
        return _refuse(str(error))
    return render(
        request, "desk/parts/picture_row.html", {"row": picture_row(PictureUse(picture.pk, ""), picture, blog)}
    )


@require_permission("read")
@require_safe
def show_picture(request, blog, name):
    """Return a file of a picture of this live blog, also before a post shows it and after one did."""
    key = picture_id(name)
    response = file_response(name, "private, no-cache") if key and _belongs_to(key, blog) else None
    if response is None:
        raise Http404
    return response


def _belongs_to(key, blog):
    return Picture.objects.filter(pk=key, blog=blog).exists() or is_standing(key)


def _refuse(message):
    return HttpResponse(message, status=422, content_type="text/plain; charset=utf-8")
