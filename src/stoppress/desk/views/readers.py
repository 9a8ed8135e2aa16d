"""How many read, for the desk's bar."""

from dataclasses import asdict

from django.http import JsonResponse
from django.views.decorators.http import require_GET

from stoppress.desk.access.permission_check import door
from stoppress.desk.screens import readership


@door("read")
@require_GET
def readers(request, blog):
    """One live blog's readership now."""
    found = readership.ask(blog.slug)
    if found is None:
        return JsonResponse({"sentence": ""})
    return JsonResponse(asdict(found) | {"sentence": found.sentence, "details": found.details})
