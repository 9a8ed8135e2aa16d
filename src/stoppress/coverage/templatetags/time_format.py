"""Times as a newspaper writes them, always with their zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.safestring import mark_safe

from stoppress.coverage.localisation import dates
from stoppress.runtime.clock import iso, iso_with_offset

register = template.Library()
register.filter("iso", iso)


register.filter("clock", dates.clock)
register.filter("day", dates.day)
register.filter("short_day", dates.short_day)
register.filter("moment", dates.moment)
register.simple_tag(dates.time_since)


@register.filter
def bare_clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return `20:04`, for where the zone stands close by."""
    return f"{moment.astimezone(zone):%H:%M}"


@register.filter
def place(zone: str) -> str:
    """The place a zone is named after: `Buenos Aires` of `America/Argentina/Buenos_Aires`."""
    return zone.rpartition("/")[2].replace("_", " ")


@register.filter
def iso_local(moment: datetime, zone: ZoneInfo) -> str:
    """For machines: ISO 8601 with the offset of `zone`."""
    return iso_with_offset(moment.astimezone(zone))


@register.filter
def already_clean(html: str) -> str:
    """HTML that went through coverage.sanitise.clean on its way in."""
    return mark_safe(html)  # the allow-list is applied by every action before anything is stored
