"""Times as a newspaper writes them, always with their zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils.safestring import mark_safe

from stoppress.runtime.clock import iso, iso_with_offset

register = template.Library()
register.filter("iso", iso)


def zone_name(moment: datetime) -> str:
    """The zone as readers know it: `GMT`, `CET`; where it has no letters, `UTC+3`."""
    name = moment.tzname() or "UTC"
    if name[:1] not in "+-":
        return name
    hours, minutes = int(name[1:3]), name[3:5]
    return f"UTC{'−' if name[0] == '-' else '+'}{hours}{':' + minutes if minutes not in ('', '00') else ''}"


@register.filter
def clock(moment: datetime, zone: ZoneInfo) -> str:
    """`20:04 GMT`."""
    local = moment.astimezone(zone)
    return f"{local:%H:%M} {zone_name(local)}"


@register.filter
def bare_clock(moment: datetime, zone: ZoneInfo) -> str:
    """`20:04`, for where the zone stands close by."""
    return f"{moment.astimezone(zone):%H:%M}"


@register.filter
def day(moment: datetime, zone: ZoneInfo) -> str:
    """`8 March 2026`."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y}"


@register.filter
def short_day(moment: datetime, zone: ZoneInfo) -> str:
    """`8 Mar 2026`, for a narrow column."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%b} {local.year}"


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
