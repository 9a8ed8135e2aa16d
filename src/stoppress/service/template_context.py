"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from stoppress.coverage.newsroom import newsroom
from stoppress.desk.screens.alarms import current_alarms


def newsroom_facts(request: HttpRequest) -> dict[str, object]:
    """The newsroom's facts, whether this is the demo, whether mail is kept here for want of a relay, and what is wrong:

    that is asked only where a template shows it.
    """
    return {
        "newsroom": newsroom(),
        "demo": settings.DEMO,
        "mail_is_kept": not settings.RELAYS,
        "alarms": current_alarms,
    }
