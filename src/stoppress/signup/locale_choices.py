"""Time zones and languages that readers may choose from."""

from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language_info, pgettext_lazy

from stoppress.coverage.localisation.languages import TRANSLATED_LANGUAGES, nearest_tag, newsroom_language

CONTINENTS = {
    "Africa": pgettext_lazy("continent", "Africa"),
    "America": pgettext_lazy("continent", "America"),
    "Antarctica": pgettext_lazy("continent", "Antarctica"),
    "Arctic": pgettext_lazy("continent", "Arctic"),
    "Asia": pgettext_lazy("continent", "Asia"),
    "Atlantic": pgettext_lazy("continent", "Atlantic"),
    "Australia": pgettext_lazy("continent", "Australia"),
    "Europe": pgettext_lazy("continent", "Europe"),
    "Indian": pgettext_lazy("continent", "Indian"),
    "Pacific": pgettext_lazy("continent", "Pacific"),
}
"""Groups of time zones in IANA names."""
MAX_ZONE_LENGTH = 60

Zones = dict[str, tuple[tuple[str, str], ...]]
"""By continent: the IANA name and the display name of each zone."""


def zone_choices(chosen: str = "") -> Zones:
    """Return the zones of a select field, by continent. `chosen` is added if it is a valid zone."""
    groups, name = dict(_zones()), valid_zone(chosen)
    continent, place = _split_zone(name)
    if name and (name, place) not in groups.get(continent, ()):
        groups[continent] = (*groups.get(continent, ()), (name, place))
    return {str(CONTINENTS.get(continent, continent)): zones for continent, zones in groups.items()}


@cache
def _zones() -> Zones:
    """Return the zones of the IANA table `zone.tab`."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    names = sorted({fields[2] for fields in lines} | {settings.DEFAULT_ZONE})
    groups: Zones = {}
    for name in names:
        continent, place = _split_zone(name)
        groups[continent] = (*groups.get(continent, ()), (name, place))
    return groups


@lru_cache(maxsize=1000)
def valid_zone(name: str) -> str:
    """Return `name` if it is an IANA zone, else an empty string."""
    try:
        return ZoneInfo(name).key if name and len(name) <= MAX_ZONE_LENGTH else ""
    except (KeyError, ValueError, OSError):
        return ""


def language_choices(chosen: str = "") -> list[tuple[str, str]]:
    """Return tag and native name of each language that readers may choose, and of `chosen`; empty without a choice."""
    tags: list[str] = settings.READERS_LANGUAGES if len(settings.READERS_LANGUAGES) > 1 else []
    return [(tag, _native_name(tag)) for tag in dict.fromkeys([*tags, *([chosen] if chosen else [])])]


def best_language(*wanted: str) -> str:
    """Return the first of `wanted` that is offered to readers or translated, else the newsroom's language."""
    tags = [*settings.READERS_LANGUAGES, *TRANSLATED_LANGUAGES]
    return next((match for tag in wanted if (match := nearest_tag(tags, tag))), newsroom_language())


def language_to_store(chosen: str | None, form_language: str) -> str:
    """Return the tag to store for a subscriber: the language chosen, else the language of the form.

    Args:
        chosen: value of the language field; None if the form had none.
        form_language: the language in which the form was shown.

    Returns:
        Empty (alerts as they were written) for the newsroom's own language, and if the reader could have chosen one
        and did not.
    """
    if valid := valid_language(chosen or ""):
        return valid
    could_choose = chosen is not None and bool(language_choices()) and form_language in settings.READERS_LANGUAGES
    return "" if could_choose or form_language == newsroom_language() else form_language


def valid_language(tag: str) -> str:
    """Return `tag` if readers may choose it, else an empty string: alerts as they were written."""
    return tag if tag in settings.READERS_LANGUAGES else ""


def _split_zone(name: str) -> tuple[str, str]:
    """Return `America` and `Argentina, Buenos Aires` for `America/Argentina/Buenos_Aires`."""
    continent, _, place = name.partition("/")
    return continent, (place or continent).replace("_", " ").replace("/", ", ")


def _native_name(tag: str) -> str:
    try:
        return str(get_language_info(tag)["name_local"])
    except KeyError:
        return tag
