"""Format times and dates in the active language, with their time zone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import pgettext, pgettext_lazy

MONTHS = (
    pgettext_lazy("month in a date", "January"),
    pgettext_lazy("month in a date", "February"),
    pgettext_lazy("month in a date", "March"),
    pgettext_lazy("month in a date", "April"),
    pgettext_lazy("month in a date", "May"),
    pgettext_lazy("month in a date", "June"),
    pgettext_lazy("month in a date", "July"),
    pgettext_lazy("month in a date", "August"),
    pgettext_lazy("month in a date", "September"),
    pgettext_lazy("month in a date", "October"),
    pgettext_lazy("month in a date", "November"),
    pgettext_lazy("month in a date", "December"),
)
"""From January to December."""
SHORT_MONTHS = (
    pgettext_lazy("short month in a date", "Jan"),
    pgettext_lazy("short month in a date", "Feb"),
    pgettext_lazy("short month in a date", "Mar"),
    pgettext_lazy("short month in a date", "Apr"),
    pgettext_lazy("short month in a date", "May"),
    pgettext_lazy("short month in a date", "Jun"),
    pgettext_lazy("short month in a date", "Jul"),
    pgettext_lazy("short month in a date", "Aug"),
    pgettext_lazy("short month in a date", "Sep"),
    pgettext_lazy("short month in a date", "Oct"),
    pgettext_lazy("short month in a date", "Nov"),
    pgettext_lazy("short month in a date", "Dec"),
)
"""Abbreviations for narrow columns."""
WEEKDAYS = (
    pgettext_lazy("weekday", "Monday"),
    pgettext_lazy("weekday", "Tuesday"),
    pgettext_lazy("weekday", "Wednesday"),
    pgettext_lazy("weekday", "Thursday"),
    pgettext_lazy("weekday", "Friday"),
    pgettext_lazy("weekday", "Saturday"),
    pgettext_lazy("weekday", "Sunday"),
)
"""From Monday to Sunday."""
ZONE_NAMES = {"CET": pgettext_lazy("time zone", "CET"), "CEST": pgettext_lazy("time zone", "CEST")}
"""Zone abbreviations that are translated, such as MEZ for CET in German."""


def zone_abbreviation(moment: datetime) -> str:
    """Return the abbreviation of the zone, such as `GMT`, or `UTC+3` for a zone without an abbreviation."""
    name = moment.tzname() or "UTC"
    if name[:1] not in "+-":
        return str(ZONE_NAMES.get(name, name))
    hours, minutes = int(name[1:3]), name[3:5]
    return f"UTC{'−' if name[0] == '-' else '+'}{hours}{':' + minutes if minutes not in ('', '00') else ''}"


def format_time(moment: datetime, zone: ZoneInfo) -> str:
    """Return `20:04 GMT`."""
    local = moment.astimezone(zone)
    # Translators: right-to-left languages begin with U+200E, so that time and zone stay in this order.
    return pgettext("time with zone", "{time} {zone}").format(time=f"{local:%H:%M}", zone=zone_abbreviation(local))


def format_date(moment: datetime, zone: ZoneInfo) -> str:
    """Return `8 March 2026`."""
    local = moment.astimezone(zone).date()
    pattern = pgettext("date", "{day} {month} {year}")
    return pattern.format(day=_day_number(local), month=MONTHS[local.month - 1], year=local.year)


def format_short_date(moment: datetime, zone: ZoneInfo) -> str:
    """Return `8 Mar 2026`, for a narrow column."""
    local = moment.astimezone(zone).date()
    pattern = pgettext("short date", "{day} {month} {year}")
    return pattern.format(day=_day_number(local), month=SHORT_MONTHS[local.month - 1], year=local.year)


def format_day_and_month(day: date) -> str:
    """Return `8 March`."""
    return pgettext("date", "{day} {month}").format(day=_day_number(day), month=MONTHS[day.month - 1])


def weekday_name(day: date) -> str:
    """Return `Sunday`."""
    return str(WEEKDAYS[day.weekday()])


def _day_number(day: date) -> str:
    # Translators: the first day of a month; "1er" in French.
    return pgettext("day of a month", "1") if day.day == 1 else str(day.day)


def format_time_and_date(at: datetime, zone: ZoneInfo) -> str:
    """Return `20:04 GMT, 8 March 2026`."""
    return pgettext("time and date", "{clock}, {day}").format(clock=format_time(at, zone), day=format_date(at, zone))


def format_brief_time(at: datetime, zone: ZoneInfo, reference: datetime) -> str:
    """Return the time of `at`, followed by its date unless `reference` has the same date."""
    is_same_day = at.astimezone(zone).date() == reference.astimezone(zone).date()
    return format_time(at, zone) if is_same_day else format_time_and_date(at, zone)
