"""The permission check of the desk: every view names its permission and runs only for people who have it.

    @require_permission("withdraw")
    def withdraw_post(request, blog, post_id): …

A view with a `slug` in its address receives the live blog instead. A live blog that the person may not read is answered
with 404, so that its existence stays hidden.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.audit_log import record_refusal, request_actor
from stoppress.desk.access.language import in_desk_language
from stoppress.desk.access.permissions import (
    MINIMUM_ROLE,
    Grant,
    NotPermittedError,
    find_grants,
    is_allowed,
    permission_flags,
)
from stoppress.desk.models import AuditAct
from stoppress.runtime.clock import utc_now

View = Callable[..., HttpResponseBase]
ANY_SEAT = "enter"
"""The permission of pages that show each person their own things: every seat has it."""


def require_permission(permission: str) -> Callable[[View], View]:
    """Decorate a view so that only people with `permission` reach it, in the language of their desk."""

    def decorate(view: View) -> View:
        @never_cache
        @in_desk_language
        @wraps(view)
        def checked(request: HttpRequest, slug: str | None = None, **rest: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_log_in(request, slug)
            grants = find_grants(request.user)
            blog = None if slug is None else _find_blog(request, slug, grants)
            if refusal := _refuse(request, grants, permission, blog.pk if blog else None):
                return refusal
            try:
                return view(request, blog, **rest) if blog else view(request, **rest)
            except NotPermittedError as error:  # from an action that needs more than the page
                return _show_refusal(request, error.permission)

        checked.permission = permission  # type: ignore[attr-defined]  # for the test that requests all addresses
        return checked

    return decorate


def _refuse(request: HttpRequest, grants: list[Grant], permission: str, blog_id: int | None) -> HttpResponseBase | None:
    """Return the page with status 403, or None if the person has the permission."""
    request.permissions = permission_flags(grants, blog_id)  # type: ignore[attr-defined]  # read by templates
    if bool(grants) if permission == ANY_SEAT else is_allowed(grants, permission, blog_id):
        return None
    return _show_refusal(request, permission)


def _show_refusal(request: HttpRequest, permission: str) -> HttpResponseBase:
    _record_refusal(request, permission)
    return render(request, "desk/forbidden.html", {"role": MINIMUM_ROLE.get(permission)}, status=403)


def _record_refusal(request: HttpRequest, permission: str) -> None:
    actor = request_actor(request)
    record_refusal(AuditAct.PERMISSION_REFUSED, actor, request.path, f"needs {permission}", now=utc_now())


def _find_blog(request: HttpRequest, slug: str, grants: list[Grant]) -> LiveBlog:
    blog = LiveBlog.objects.filter(slug=slug).first()
    if blog is None:
        raise Http404
    if not is_allowed(grants, "read", blog.pk):
        _record_refusal(request, "read")
        raise Http404
    return blog


def _ask_to_log_in(request: HttpRequest, slug: str | None) -> HttpResponseBase:
    """Answer scripts with 401. Redirect people to the log-in, which returns to a page that GET can open."""
    if request.headers.get("X-Requested-With") == "fetch" or request.headers.get("HX-Request"):
        return HttpResponse(_("You have been logged out."), status=401, content_type="text/plain; charset=utf-8")
    target = request.get_full_path()
    if request.method not in ("GET", "HEAD"):
        target = f"/desk/live/{slug}" if slug else "/desk/"
    return redirect(f"/desk/log-in?{urlencode({'next': target})}")
