"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from stoppress.coverage.newsroom import newsroom


def newsroom_facts(request: HttpRequest) -> dict[str, object]:
    """The newsroom's facts and whether this is the demo."""
    return {"newsroom": newsroom(), "demo": settings.DEMO}
