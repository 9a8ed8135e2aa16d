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
"""Groups of time zones, as the IANA names them."""

Zones = dict[str, tuple[tuple[str, str], ...]]


def zone_choices(also: str = "") -> Zones:
    """Zones by continent, each with its name and what to call it; `also` is among them, if it is one."""
    groups, name = dict(_zones()), valid_zone(also)
    continent, called = _called(name)
    if name and (name, called) not in groups.get(continent, ()):
        groups[continent] = (*groups.get(continent, ()), (name, called))
    return {str(CONTINENTS.get(continent, continent)): places for continent, places in groups.items()}


@cache
def _zones() -> Zones:
    """The IANA's own table of places."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    names = sorted({fields[2] for fields in lines} | {settings.DEFAULT_ZONE})
    groups: Zones = {}
    for name in names:
        continent, called = _called(name)
        groups[continent] = (*groups.get(continent, ()), (name, called))
    return groups


@lru_cache(maxsize=1000)
def valid_zone(name: str) -> str:
    """`name` if it is an IANA zone, else nothing."""
    try:
        return ZoneInfo(name).key if name and len(name) <= 60 else ""
    except (KeyError, ValueError, OSError):
        return ""


def zone_of(name: str) -> ZoneInfo:
    """A reader's zone; the newsroom's for those who chose none."""
    return ZoneInfo(valid_zone(name) or settings.DEFAULT_ZONE)


def language_choices(also: str = "") -> list[tuple[str, str]]:
    """What readers may choose, each with its own name, `also` among them; nothing where there is no choice."""
    tags: list[str] = settings.READERS_LANGUAGES if len(settings.READERS_LANGUAGES) > 1 else []
    return [(tag, _own_name(tag)) for tag in dict.fromkeys([*tags, *([also] if also else [])])]


def best_language(*wanted: str) -> str:
    """The first of `wanted` that readers may choose or that we speak, as we name it; the newsroom's own if none is."""
    tags = [*settings.READERS_LANGUAGES, *TRANSLATED_LANGUAGES]
    return next((found for tag in wanted if (found := nearest_tag(tags, tag))), newsroom_language())


def language_to_store(chosen: str | None, spoken: str) -> str:
    """What is kept as a reader's language: the one chosen, else the one in which they were asked.

    Nothing (alerts as they were written) for the newsroom's own, and for whoever could have chosen one and did not.
    """
    if known := valid_language(chosen or ""):
        return known
    could = chosen is not None and bool(language_choices()) and spoken in settings.READERS_LANGUAGES
    return "" if could or spoken == newsroom_language() else spoken


def valid_language(tag: str) -> str:
    """`tag` if readers may choose it, else nothing: alerts as they were written."""
    return tag if tag in settings.READERS_LANGUAGES else ""


def _called(name: str) -> tuple[str, str]:
    """`America`, and `Argentina, Buenos Aires`."""
    continent, _, place = name.partition("/")
    return continent, (place or continent).replace("_", " ").replace("/", ", ")


def _own_name(tag: str) -> str:
    try:
        return str(get_language_info(tag)["name_local"])
    except KeyError:
        return tag
