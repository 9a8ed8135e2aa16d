"""Ids of forms that were published or saved, for the script that deletes the browser's copies of them."""

from uuid import UUID

from django.http import HttpRequest

SESSION_KEY = "finished_forms"


def add_finished_form(request: HttpRequest, form_id: UUID) -> None:
    """Note in the session that this form was published or saved."""
    request.session[SESSION_KEY] = [*request.session.get(SESSION_KEY, []), str(form_id)]


def pop_finished_forms(request: HttpRequest) -> list[str]:
    """Return the ids noted since the last call."""
    found: list[str] = request.session.pop(SESSION_KEY, [])
    return found
