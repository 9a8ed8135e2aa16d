"""The language of the desk: the setting of the signed-in person, else the browser's, else English."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from stoppress.coverage.localisation.languages import (
    SOURCE_LANGUAGE,
    in_language,
    nearest_tag,
    parse_accept_language,
)
from stoppress.desk.models import PersonalSettings

DESK_LANGUAGES = ("en", "de")
"""Languages that the desk is translated into."""
P = ParamSpec("P")


def desk_language(request: HttpRequest) -> str:
    """Return the language of the response to this request, one of DESK_LANGUAGES.

    The person's own setting, empty if there is none, is stored as `request.chosen_language` for the language form.
    """
    chosen = ""
    if request.user.is_authenticated:
        own = PersonalSettings.objects.filter(user=request.user).values_list("language", flat=True)
        chosen = own.first() or ""
    request.chosen_language = chosen  # type: ignore[attr-defined]  # read by templates
    wanted = (chosen, *parse_accept_language(request.headers.get("Accept-Language", "")))
    languages = (nearest_tag(DESK_LANGUAGES, language) for language in wanted)
    return next((tag for tag in languages if tag), SOURCE_LANGUAGE)


def language_choices() -> list[tuple[str, str]]:
    """Return tag and own name of each language of the desk; first the empty tag, for the browser's language."""
    names = [(tag, str(get_language_info(tag)["name_local"])) for tag in DESK_LANGUAGES]
    return [("", _("that of the browser")), *names]


def store_language(user_id: int, language: str) -> None:
    """Store the language that one person works in.

    Args:
        user_id: primary key of the person.
        language: one of DESK_LANGUAGES, or empty for the browser's language.

    Raises:
        ValueError: if `language` is another one.
    """
    if language and language not in DESK_LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(DESK_LANGUAGES)} or empty, got {language!r}")
    PersonalSettings.objects.update_or_create(user_id=user_id, defaults={"language": language})


def in_desk_language(view: "Callable[P, HttpResponseBase]") -> "Callable[P, HttpResponseBase]":
    """Decorate a view, whose first argument is the request, so that its page is rendered in the desk's language."""

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request = args[0]
        assert isinstance(request, HttpRequest)
        with in_language(desk_language(request)):
            response = view(*args, **kwargs)
            return response.render() if isinstance(response, TemplateResponse) else response

    return wrapped
