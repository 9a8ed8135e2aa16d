"""Serve the files of pictures to readers."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

from stoppress.coverage.models import Picture
from stoppress.coverage.pictures.files import file_response, picture_id
from stoppress.coverage.pictures.standing import is_standing

PUBLIC_CACHE_CONTROL = "public, max-age=60, must-revalidate"
"""Seconds that caches and browsers may show a picture after its post was withdrawn or changed."""
GONE_CACHE_CONTROL = "public, max-age=10"


@require_safe
def picture_file(request: HttpRequest, name: str) -> HttpResponse:
    """Serve one file of a picture that a post shows now; 410 if none does. 404 if there is no such picture."""
    key = picture_id(name)
    if key is None or name.endswith(".c2pa"):
        raise Http404
    if not is_standing(key):
        if not Picture.objects.filter(pk=key).exists():
            raise Http404
        headers = {"Cache-Control": GONE_CACHE_CONTROL}
        return HttpResponse("This picture is no longer shown.\n", "text/plain", 410, headers=headers)
    return _serve(request, name)


def _etag(request: HttpRequest, name: str) -> str:
    return f'"{name}"'


@condition(etag_func=_etag)
def _serve(request: HttpRequest, name: str) -> HttpResponse:
    response = file_response(name, PUBLIC_CACHE_CONTROL)
    if response is None:
        raise Http404
    return response
