"""Readers' time zones: by them digests come in the morning and the evening."""

import logging
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

log = logging.getLogger(__name__)


@lru_cache(maxsize=1024)
def subscriber_zone(name: str) -> ZoneInfo:
    """The zone of this name; the newsroom's own for an empty one, and for one that is not known here."""
    try:
        return ZoneInfo(name or settings.DEFAULT_ZONE)
    except (KeyError, ValueError, OSError):
        log.warning("readers have a zone that is not known: %r; their digests come by the newsroom's own", name)
        return ZoneInfo(settings.DEFAULT_ZONE)
