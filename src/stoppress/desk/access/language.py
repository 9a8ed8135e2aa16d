"""The language of the desk: the setting of the signed-in person, else the browser's, else English."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from stoppress.coverage.localisation.languages import SOURCE_LANGUAGE, accepted_languages, in_language, nearest_tag
from stoppress.desk.models import PersonalSettings

DESK_LANGUAGES = ("en", "de")
"""Languages that the desk is translated into."""
P = ParamSpec("P")


def desk_language(request: HttpRequest) -> str:
    """Return the language that this request is answered in, one of DESK_LANGUAGES."""
    chosen = ""
    if request.user.is_authenticated:
        own = PersonalSettings.objects.filter(user=request.user).values_list("language", flat=True)
        chosen = own.first() or ""
    wanted = (chosen, *accepted_languages(request.headers.get("Accept-Language", "")))
    found = (nearest_tag(DESK_LANGUAGES, language) for language in wanted)
    return next((tag for tag in found if tag), SOURCE_LANGUAGE)


def store_language(user_id: int, language: str) -> None:
    """Store the language that one person works in; empty for that of the browser."""
    if language and language not in DESK_LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(DESK_LANGUAGES)} or empty, got {language!r}")
    PersonalSettings.objects.update_or_create(user_id=user_id, defaults={"language": language})


def in_desk_language(
    view: "Callable[P, HttpResponseBase]",
) -> "Callable[P, HttpResponseBase]":
    """Decorate a view of the desk, whose first argument is the request; its page is rendered in the desk's language."""

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        request = args[0]
        assert isinstance(request, HttpRequest)
        with in_language(desk_language(request)):
            response = view(*args, **kwargs)
            return response.render() if isinstance(response, TemplateResponse) else response

    return wrapped
