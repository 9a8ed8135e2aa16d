"""Find posts by their words, in one live blog or in all that the person may read."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from stoppress.coverage.models import LiveBlog
from stoppress.coverage.search import find_posts
from stoppress.desk.access.permission_check import ANY_SEAT, require_permission
from stoppress.desk.access.permissions import find_grants, is_allowed

MAX_RESULTS = 100
MAX_QUERY_LENGTH = 200


@require_permission("read")
@require_safe
def find_in_live_blog(request, blog):
    """Show the posts of one live blog that contain all words of `q`."""
    return _show(request, [blog], blog)


@require_permission(ANY_SEAT)
@require_safe
def find_everywhere(request):
    """Show the posts of all live blogs that this person may read and that contain all words of `q`."""
    grants = find_grants(request.user)
    blogs = [blog for blog in LiveBlog.objects.all() if is_allowed(grants, "read", blog.pk)]
    return _show(request, blogs, None)


def _show(request, blogs, blog):
    query = request.GET.get("q", "")[:MAX_QUERY_LENGTH].replace("\x00", "")
    found = list(find_posts(query, [each.pk for each in blogs], MAX_RESULTS + 1))
    context = {"blog": blog, "query": query, "posts": found[:MAX_RESULTS], "has_more": len(found) > MAX_RESULTS}
    return render(request, "desk/find.html", context)
