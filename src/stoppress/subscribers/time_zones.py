"""The time zone of a subscriber, which decides when morning and evening digests leave."""

import logging
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

log = logging.getLogger(__name__)


@lru_cache(maxsize=1024)
def subscriber_zone(name: str) -> ZoneInfo:
    """Return the zone with this IANA name; the newsroom's zone if `name` is empty or unknown on this machine."""
    try:
        return ZoneInfo(name or settings.DEFAULT_ZONE)
    except (KeyError, ValueError, OSError):
        log.warning("unknown time zone %r of subscribers; using the newsroom's zone %s", name, settings.DEFAULT_ZONE)
        return ZoneInfo(settings.DEFAULT_ZONE)
