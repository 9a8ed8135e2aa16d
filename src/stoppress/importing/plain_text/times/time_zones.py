"""Parse time zones as pages write them: `GMT`, `BST`, `ET`, `UTC+2`, `+02:00`, `UK time`."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from stoppress.importing.plain_text.times.lexicon import any_of, fixed_offset, zone_names

_HOURS = {
    "gmt": 0, "utc": 0, "z": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "wat": 1, "cest": 2, "eet": 2, "cat": 2,
    "sast": 2, "eest": 3, "msk": 3, "eat": 3, "trt": 3, "gst": 4, "pkt": 5, "ist": 5.5, "wib": 7, "ict": 7, "sgt": 8,
    "hkt": 8, "awst": 8, "jst": 9, "kst": 9, "acst": 9.5, "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12, "nzdt": 13,
    "mez": 1, "mesz": 2, "мск": 3, "بتوقيت غرينتش": 0, "بتوقيت جرينتش": 0, "تغ": 0,
    "brt": -3, "art": -3, "nst": -3.5, "ast": -4, "adt": -3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10,
}  # fmt: skip
_PLACES = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
    "uk": "Europe/London", "uk time": "Europe/London", "london time": "Europe/London", "kyiv time": "Europe/Kyiv",
    "heure de paris": "Europe/Paris", "по москве": "Europe/Moscow", "по киеву": "Europe/Kyiv",
    "за києвом": "Europe/Kyiv", "بتوقيت مكة": "Asia/Riyadh", "hora peninsular": "Europe/Madrid",
    "irish time": "Europe/Dublin", "eastern time": "America/New_York", "moscow time": "Europe/Moscow",
}  # fmt: skip
_LOCAL = ("local time", "local", "hora local", "heure locale", "ortszeit", "ora locale", "местного времени")
_OFFSET = re.compile(r"(?:utc|gmt)?\s?(?P<sign>[+\u2212-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")

_CITIES = {key.rsplit("/", 1)[-1].replace("_", " ").lower(): key for key in sorted(available_timezones()) if "/" in key}
_CITIES |= {"england": "Europe/London", "uk": "Europe/London", "ireland": "Europe/Dublin", "israel": "Asia/Jerusalem"}
_CITIES |= {"ukraine": "Europe/Kyiv", "india": "Asia/Kolkata", "japan": "Asia/Tokyo", "germany": "Europe/Berlin"}
_CITIES |= {"france": "Europe/Paris", "turkey": "Europe/Istanbul", "beijing": "Asia/Shanghai", "delhi": "Asia/Kolkata"}
_CITY_TIMES = [f"{city} time" for city in _CITIES]
_NAMES = [*_HOURS, *_PLACES, *_LOCAL, *zone_names(), *_CITY_TIMES]
_FIXED = r"(?:utc|gmt)\s?[+\u2212-]\d{1,2}(?::?\d{2})?|[+\u2212-]\d{2}:?\d{2}"
ZONE = rf"(?:{_FIXED}|(?:{any_of(_NAMES)})(?![^\W\d_]))"

_STATED_FOR_ALL = re.compile(
    rf"all times (?:stated |shown |given )?(?:are )?(?:in )?(?:the )?(?P<zone>{ZONE})(?: time)?\W*", re.IGNORECASE
)


def resolve_zone(text: str, when: datetime, page_zone: ZoneInfo) -> tzinfo:
    """Return the zone in `text` for the naive local time `when`, or the zone of the page if `text` is empty.

    An abbreviation that the page's zone uses stands for that zone (IST in Dublin or in Delhi), else for its usual zone.
    """
    stated = " ".join(text.lower().split())
    if not stated or stated in _LOCAL:
        return page_zone
    if offset := _OFFSET.fullmatch(stated):
        return _fixed_zone(offset)
    if place := _PLACES.get(stated):
        return ZoneInfo(place)
    if named := zone_names().get(stated):
        zone, kind = named
        return ZoneInfo(zone) if kind == "generic" else timezone(fixed_offset(zone, kind))
    if city := _CITIES.get(stated.removesuffix(" time")):
        return ZoneInfo(city)
    own = _page_zone_offset(stated, when, page_zone)
    return timezone(own if own is not None else timedelta(hours=_HOURS[stated]))


def parse_page_zone(text: str, page_zone: ZoneInfo) -> ZoneInfo | None:
    """Return the zone that a line such as "All times are UK" sets for the page, or None."""
    stated = _STATED_FOR_ALL.fullmatch(text)
    if stated is None:
        return None
    name = " ".join(stated["zone"].lower().split())
    if name in _LOCAL:
        return page_zone
    if name in _PLACES:
        return ZoneInfo(_PLACES[name])
    return ZoneInfo("UTC") if name in ("gmt", "utc") else None


def _fixed_zone(offset: re.Match[str]) -> timezone:
    size = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
    return timezone(size if offset["sign"] == "+" else -size) if size < timedelta(hours=24) else UTC


def _page_zone_offset(name: str, when: datetime, zone: ZoneInfo) -> timedelta | None:
    for month in (when.month, 1, 7):
        sample = when.replace(month=month, day=1, tzinfo=zone)
        if (sample.tzname() or "").lower() == name:
            return sample.utcoffset()
    return None
