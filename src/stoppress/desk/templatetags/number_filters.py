"""Figures as people write them."""

from django import template

register = template.Library()


@register.filter
def thousands(number: int) -> str:
    """`18,204`."""
    return f"{number:,}"


@register.filter
def unlocalized(number: float) -> str:
    """`12.5`, whatever the language of the page: for drawings."""
    return f"{number:g}"


@register.filter
def duration(minutes: int) -> str:
    """`30 minutes`, `2 hours`, `3 days`."""
    for size, word in ((1440, "day"), (60, "hour")):
        if (minutes > size and minutes % size == 0) or minutes == size == 60:
            count = minutes // size
            return f"{count} {word}{'s' if count != 1 else ''}"
    return f"{minutes} minutes"


@register.filter
def seconds(value: float | None) -> str:
    """`0.4 s`, `95 s`, `12 min`; `not yet` for what is still to come."""
    if value is None:
        return "not yet"
    if value >= 600:
        return f"{value / 60:.0f} min"
    return f"{value:.1f} s" if value < 60 else f"{value:.0f} s"


@register.filter
def percent(share: float) -> str:
    """`99.8 %`; never rounded up to a hundred."""
    return f"{int(share * 1000) / 10:g} %"


@register.filter
def spaced(name: str) -> str:
    """`user_unknown` as `user unknown`."""
    return name.replace("_", " ")
