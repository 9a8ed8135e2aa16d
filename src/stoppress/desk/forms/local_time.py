"""Times that people type on the clock of a live blog, also on the two days on which that clock is changed."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from stoppress.coverage.errors import InvalidContentError
from stoppress.coverage.localisation.dates import zone_abbreviation


def parse_local_time(text: str, zone: ZoneInfo, which: str = "") -> datetime:
    """Return the moment of a time such as `2026-10-25T01:30` on the clock of `zone`, in UTC.

    Args:
        text: the value of a `datetime-local` field.
        zone: the time zone.
        which: `0` or `1`, the first or second of the two moments of a time that happens twice; else empty.

    Raises:
        InvalidContentError: if it is no time, or the clock skips it, or it happens twice and `which` is empty.
    """
    try:
        wall = datetime.fromisoformat(text).replace(tzinfo=None)
        back = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise InvalidContentError("publish_at", _("Choose a date and a time.")) from error
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if back != wall:
        message = _("The clock in {zone} is put forward then: {time} does not exist. Choose another time.")
        raise InvalidContentError("publish_at", message.format(zone=zone.key, time=f"{wall:%H:%M}"))
    if first.utcoffset() != second.utcoffset() and which not in ("0", "1"):
        message = _("The clock in {zone} is put back: {time} happens twice, in {first} and in {second}. Choose which.")
        names = {"first": zone_abbreviation(first), "second": zone_abbreviation(second)}
        raise InvalidContentError("publish_which", message.format(zone=zone.key, time=f"{wall:%H:%M}", **names))
    return (second if which == "1" else first).astimezone(UTC)
