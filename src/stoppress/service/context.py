"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from stoppress.coverage.newsroom import newsroom


def newsroom_facts(request: HttpRequest) -> dict[str, object]:
    """The newsroom's facts, whether this is the demo, and whether mail is kept here for want of a relay."""
    return {"newsroom": newsroom(), "demo": settings.DEMO, "mail_is_kept": not settings.SMTP_URL}
