"""The list of live blogs; open one, edit its head, set its state."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from stoppress.coverage.actions import edit_blog, open_blog, set_state
from stoppress.coverage.choices import BlogState
from stoppress.coverage.errors import InvalidContentError, SlugTakenError, StaleBlogHeaderError
from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.permission_check import ANY_SEAT, require_permission
from stoppress.desk.access.permissions import find_grants
from stoppress.desk.forms.blog_and_topic_forms import BlogForm


@require_permission(ANY_SEAT)
def list_live_blogs(request):
    """Every live blog that is mine to work on, the last changed first."""
    seats = find_grants(request.user)
    mine = Q() if any(seat.blog_id is None for seat in seats) else Q(pk__in=[seat.blog_id for seat in seats])
    found = (
        LiveBlog.objects.filter(mine)
        .order_by("-changed_at")
        .annotate(
            standing=Count("posts", filter=Q(posts__withdrawn_at=None)),
            gone=Count("posts", filter=Q(posts__withdrawn_at__isnull=False)),
        )
    )
    return render(request, "desk/live_blogs.html", {"blogs": found, "today": timezone.now() - timedelta(hours=20)})


@require_permission("open_blog")
@require_http_methods(["GET", "POST"])
def open_live_blog(request):
    """Open a live blog."""
    form = BlogForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            blog = open_blog(**given | {"state": BlogState(given["state"])}, by=request.user.username, now=timezone.now())
        except (InvalidContentError, SlugTakenError) as error:
            form.add_error(getattr(error, "field", "slug"), str(error))
        else:
            messages.success(request, "The live blog is open. Write the first post.")
            return redirect("desk:live-blog", blog.slug)
    return render(request, "desk/live_blog_form.html", {"form": form}, status=422 if form.errors else 200)


BLOG_FIELDS = ("headline", "slug", "standfirst", "zone", "language", "state", "poll_wait")


@require_permission("edit_blog")
@require_http_methods(["GET", "POST"])
def edit_live_blog(request, blog):
    """Edit headline, standfirst, zone and language."""
    before = {name: getattr(blog, name) for name in BLOG_FIELDS}
    form = BlogForm(request.POST or None, initial=before, opened=True)
    if request.method == "POST" and form.is_valid():
        try:
            based_on = request.POST.get("based_on", "")
            given = form.cleaned_data | {"language": form.cleaned_data["language"] or None}
            edit_blog(blog.slug, **given, based_on=based_on, by=request.user.username, now=timezone.now())
        except InvalidContentError as error:
            form.add_error(error.field, str(error))
        except StaleBlogHeaderError as error:
            form.add_error("headline", str(error))
            blog.refresh_from_db()
            return render(request, "desk/live_blog_form.html", {"form": form, "blog": blog}, status=409)
        else:
            messages.success(request, "Saved. Readers see it now.")
            return redirect("desk:live-blog", blog.slug)
    return render(request, "desk/live_blog_form.html", {"form": form, "blog": blog}, status=422 if form.errors else 200)


@require_permission("set_state")
@require_POST
def change_state(request, blog):
    """Say where coverage stands."""
    wanted = request.POST.get("state", "")
    if wanted in BlogState.values:
        blog = set_state(blog.slug, BlogState(wanted), by=request.user.username, now=timezone.now())
        messages.success(request, f"Readers now see: {blog.get_state_display().lower()}.")
    return redirect("desk:live-blog", blog.slug)
