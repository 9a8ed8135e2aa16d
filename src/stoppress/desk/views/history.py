"""The history of a post with its older revisions, and the log of a live blog."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from stoppress.coverage.actions import update
from stoppress.coverage.errors import CoverageError
from stoppress.coverage.public_posts import revision_content
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.screens.blog_log import KINDS, PAGE_SIZE, LogFilter, blog_log, log_as_csv, people_in_log
from stoppress.desk.screens.post_history import post_history
from stoppress.desk.views.conflict import find_post


@require_permission("edit")
@require_http_methods(["GET", "HEAD", "POST"])
def show_post_history(request, blog, post_id):
    """Show every change of a post; a POST restores an older revision as a new one."""
    post, view = find_post(blog, post_id)
    if request.method == "POST":
        return _restore(request, blog, post)
    context = {"blog": blog, "post": view, "current": post.revision.number, "entries": post_history(post)}
    return render(request, "desk/post_history.html", context)


@require_permission("edit")
@require_safe
def show_log(request, blog):
    """Show what was done in a live blog, filtered by person and kind; `format=csv` exports all of it."""
    page, kind = request.GET.get("page", "1"), request.GET.get("kind", "")
    if not _is_number(page) or int(page) < 1:
        return HttpResponse(status=400)
    wanted = LogFilter(request.GET.get("by", ""), kind if kind in KINDS else "")
    if request.GET.get("format") == "csv":
        name = f'attachment; filename="{blog.slug}-log.csv"'
        headers = {"Content-Disposition": name}
        return HttpResponse(log_as_csv(blog, wanted), content_type="text/csv; charset=utf-8", headers=headers)
    end = int(page) * PAGE_SIZE
    entries = blog_log(blog, wanted, limit=end + 1)
    context = {"blog": blog, "entries": entries[end - PAGE_SIZE : end], "wanted": wanted, "people": people_in_log(blog)}
    context["next_page"] = int(page) + 1 if len(entries) > end else None
    return render(request, "desk/blog_log.html", context)


def _restore(request, blog, post):
    number, based_on = request.POST.get("revision", ""), request.POST.get("based_on", "")
    revision = post.revisions.filter(number=int(number)).first() if _is_number(number) else None
    if revision is None or not _is_number(based_on):
        raise Http404
    try:
        update(
            blog.slug,
            post.pk,
            revision_content(revision),
            by=request.user.username,
            now=timezone.now(),
            based_on=int(based_on),
        )
    except CoverageError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Version {number} is published again.").format(number=number))
    return redirect("desk:post-history", blog.slug, post.pk)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7
