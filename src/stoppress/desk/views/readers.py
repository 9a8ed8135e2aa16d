"""How many read, for the desk's bar."""

from dataclasses import asdict

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens import readership


@require_permission("read")
@require_GET
def show_readership(request, blog):
    """One live blog's readership now."""
    found = readership.find_readership(blog.slug)
    if found is None:
        return JsonResponse({"sentence": ""})
    return JsonResponse(asdict(found) | {"sentence": found.summary, "details": found.details})
