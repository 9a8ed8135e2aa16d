"""Context of every template."""

from django.conf import settings
from django.http import HttpRequest

from stoppress.coverage.newsroom import newsroom
from stoppress.desk.screens.alarms import current_alarms


def newsroom_facts(request: HttpRequest) -> dict[str, object]:
    """Return facts about the newsroom, the demo, stored mail, and current alarms.

    Alarms are a function, so that they are computed only where a template shows them.
    """
    return {
        "newsroom": newsroom(),
        "demo": settings.DEMO,
        "mail_is_kept": not settings.RELAYS,
        "alarms": current_alarms,
    }
