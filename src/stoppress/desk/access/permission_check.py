"""The one door of the desk: every view names the permission it needs and is only reached by who may do it.

    @door("withdraw")
    def withdraw_post(request, blog, post_id): …

A view with a `slug` in its address is given the live blog in its place. Nobody learns of one that is not theirs.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.language import in_desk_language
from stoppress.desk.access.permissions import MINIMUM_ROLE, Grant, is_allowed, permission_flags, find_grants

View = Callable[..., HttpResponseBase]
ANY_SEAT = "enter"
"""The permission of pages that show each person what is theirs."""


def require_permission(permission: str) -> Callable[[View], View]:
    """Let a view be reached only by people who may do `permission` there."""

    def guard(view: View) -> View:
        @never_cache
        @in_desk_language
        @wraps(view)
        def guarded(request: HttpRequest, slug: str | None = None, **rest: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_log_in(request, slug)
            seats = find_grants(request.user)
            if slug is None:
                return _enter(request, seats, permission, None) or view(request, **rest)
            blog = _blog(slug, seats)
            return _enter(request, seats, permission, blog.pk) or view(request, blog, **rest)

        guarded.permission = permission  # type: ignore[attr-defined]  # for the test that walks all addresses
        return guarded

    return guard


def _enter(request: HttpRequest, seats: list[Grant], permission: str, blog_id: int | None) -> HttpResponseBase | None:
    """None if the view may be reached, else the page that says why not."""
    request.permissions = permission_flags(seats, blog_id)  # type: ignore[attr-defined]  # read by templates
    allowed = bool(seats) if permission == ANY_SEAT else is_allowed(seats, permission, blog_id)
    return None if allowed else render(request, "desk/forbidden.html", {"role": MINIMUM_ROLE.get(permission)}, status=403)


def _blog(slug: str, seats: list[Grant]) -> LiveBlog:
    blog = LiveBlog.objects.filter(slug=slug).first()
    if blog is None or not is_allowed(seats, "read", blog.pk):
        raise Http404
    return blog


def _ask_to_log_in(request: HttpRequest, slug: str | None) -> HttpResponseBase:
    """Scripts are told with 401; people go to log in and come back to a page that can be opened."""
    if request.headers.get("X-Requested-With") == "fetch" or request.headers.get("HX-Request"):
        return HttpResponse("You have been logged out.", status=401, content_type="text/plain")
    back = request.get_full_path()
    if request.method not in ("GET", "HEAD"):
        back = f"/desk/live/{slug}" if slug else "/desk/"
    return redirect(f"/desk/log-in?{urlencode({'next': back})}")
