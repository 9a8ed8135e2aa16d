"""Upload a picture from the composer."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stoppress.coverage.pictures import InvalidPictureError, store_picture
from stoppress.coverage.post_content import PictureUse
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens.post_composer import picture_row


@require_permission("write")
@require_POST
def upload_picture(request, blog):
    """Store one picture and return its row in the composer; return an error as plain text with status 422."""
    file = request.FILES.get("picture_file")
    if file is None:
        return _refuse(_("Choose a picture first."))
    try:
        picture = store_picture(file, by=request.user.username, now=timezone.now())
    except InvalidPictureError as error:
        return _refuse(str(error))
    return render(request, "desk/parts/picture_row.html", {"row": picture_row(PictureUse(picture.pk, ""), picture)})


def _refuse(message):
    return HttpResponse(message, status=422, content_type="text/plain; charset=utf-8")
