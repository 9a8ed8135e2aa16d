"""End a session in which nothing happened for a while. Requests of scripts that only read are no activity."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from stoppress.runtime.clock import utc_now

LAST_ACTIVE_KEY = "last_active"
NOTED_EVERY = timedelta(minutes=1)
"""The time of the last activity is stored at most so often, so that reading pages costs no write."""


class IdleTimeoutMiddleware:
    """Log out a person whose last activity is older than the setting `session_idle_minutes`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """End the session or note the activity, and pass the request on."""
        if request.path.startswith("/desk/") and request.user.is_authenticated:
            _check_session(request, utc_now())
        return self._get_response(request)


def _check_session(request: HttpRequest, now: datetime) -> None:
    stored = request.session.get(LAST_ACTIVE_KEY)
    last_active = datetime.fromtimestamp(stored, tz=UTC) if stored else now
    if now - last_active > timedelta(minutes=settings.SESSION_IDLE_MINUTES):
        logout(request)
    elif (not stored or now - last_active >= NOTED_EVERY) and _is_activity(request):
        request.session[LAST_ACTIVE_KEY] = now.timestamp()
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)


def _is_activity(request: HttpRequest) -> bool:
    is_script = request.headers.get("X-Requested-With") == "fetch" or "HX-Request" in request.headers
    return request.method not in ("GET", "HEAD") or not is_script
