"""The number of readers, for the bar of the desk."""

from dataclasses import asdict

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens import readership


@require_permission("read")
@require_GET
def show_readership(request, blog):
    """Return the current readership of one live blog as JSON; an empty summary if it is not counted."""
    current = readership.find_readership(blog.slug)
    if current is None:
        return JsonResponse({"summary": ""})
    return JsonResponse(asdict(current) | {"summary": current.summary, "details": current.details})
