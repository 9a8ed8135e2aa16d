"""Take in a picture for the composer."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from stoppress.coverage.pictures import InvalidPictureError, store_picture
from stoppress.coverage.post_content import PictureUse
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens.post_composer import picture_row


@require_permission("write")
@require_POST
def upload_picture(request, blog):
    """Keep one picture and answer with its row in the composer; what cannot be used is told in plain text."""
    file = request.FILES.get("picture_file")
    if file is None:
        return HttpResponse("Choose a picture first.", status=422, content_type="text/plain; charset=utf-8")
    try:
        picture = store_picture(file, by=request.user.username, now=timezone.now())
    except InvalidPictureError as error:
        return HttpResponse(str(error), status=422, content_type="text/plain; charset=utf-8")
    return render(request, "desk/parts/picture_row.html", {"row": picture_row(PictureUse(picture.pk, ""), picture)})
