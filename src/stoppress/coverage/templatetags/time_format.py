"""Template filters for times and dates, in the active language and always with their time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils.safestring import mark_safe

from stoppress.coverage.localisation import dates
from stoppress.runtime.clock import iso, iso_with_offset

register = template.Library()
register.filter("iso", iso)
register.filter("time_with_zone", dates.format_time)
register.filter("long_date", dates.format_date)
register.filter("short_date", dates.format_short_date)
register.filter("time_and_date", dates.format_time_and_date)
register.simple_tag(dates.format_brief_time, name="brief_time")


@register.filter
def time_without_zone(moment: datetime, zone: ZoneInfo) -> str:
    """Return `20:04`, for places where the zone is shown nearby."""
    return f"{moment.astimezone(zone):%H:%M}"


@register.filter
def time_and_date_here(moment: datetime) -> str:
    """Return `20:04 GMT, 8 March 2026` in the time zone of the newsroom, for times that belong to no live blog."""
    return dates.format_time_and_date(moment, ZoneInfo(settings.DEFAULT_ZONE))


@register.filter
def zone_name(moment: datetime, zone: ZoneInfo) -> str:
    """Return the abbreviation of `zone` at `moment`: `GMT`."""
    return dates.zone_abbreviation(moment.astimezone(zone))


@register.filter
def zone_city(zone: str) -> str:
    """Return the city that a time zone is named after: `Buenos Aires` for `America/Argentina/Buenos_Aires`."""
    return zone.rpartition("/")[2].replace("_", " ")


@register.filter
def iso_in_zone(moment: datetime, zone: ZoneInfo) -> str:
    """Return `moment` as ISO 8601 with the offset of `zone`."""
    return iso_with_offset(moment.astimezone(zone))


@register.filter
def trusted_html(html: str) -> str:
    """Mark HTML as safe that `html_sanitiser.sanitise` has cleaned before it was stored."""
    return mark_safe(html)  # every action applies the allow-list before it stores HTML
