"""Template filters for numbers, durations and counts, in the active language."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stoppress.coverage.localisation.numbers import group_digits

register = template.Library()
register.filter("thousands", group_digits)
MINUTES_PER_HOUR, MINUTES_PER_DAY = 60, 1440


@register.filter
def unlocalized(number: float) -> str:
    """Return `12.5`, independent of the language; for drawings."""
    return f"{number:g}"


@register.filter
def readers(number: int) -> str:
    """Return `1 reader`, `18,204 readers`."""
    return ngettext("{number} reader", "{number} readers", number).format(number=group_digits(number))


@register.filter
def duration(minutes: int) -> str:
    """Return `30 minutes`, `2 hours` or `3 days`; the largest unit that divides the duration evenly."""
    if minutes > MINUTES_PER_DAY and minutes % MINUTES_PER_DAY == 0:
        days = minutes // MINUTES_PER_DAY
        return ngettext("{number} day", "{number} days", days).format(number=days)
    if minutes >= MINUTES_PER_HOUR and minutes % MINUTES_PER_HOUR == 0:
        hours = minutes // MINUTES_PER_HOUR
        return ngettext("{number} hour", "{number} hours", hours).format(number=hours)
    return ngettext("{number} minute", "{number} minutes", minutes).format(number=minutes)


@register.filter
def seconds(value: float | None) -> str:
    """Return `0.4 s`, `95 s` or `12 min`; `not yet` for None."""
    if value is None:
        return _("not yet")
    if value >= 600:
        return f"{value / 60:.0f} min"
    return f"{number_format(value, 1)} s" if value < 60 else f"{value:.0f} s"


@register.filter
def percent(share: float) -> str:
    """Return a share from 0 to 1 as `99.8 %`. It is cut off, so that less than all never reads `100 %`."""
    return f"{number_format(f'{int(share * 1000) / 10:g}')} %"
