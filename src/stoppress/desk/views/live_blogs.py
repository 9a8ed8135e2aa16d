"""The list of live blogs; open a live blog, edit its header, set its state."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from stoppress.coverage.actions import edit_blog, open_blog, set_state
from stoppress.coverage.choices import BlogState
from stoppress.coverage.errors import InvalidContentError, SlugTakenError, StaleBlogHeaderError
from stoppress.coverage.models import LiveBlog
from stoppress.desk.access.permission_check import ANY_SEAT, require_permission
from stoppress.desk.access.permissions import find_grants
from stoppress.desk.forms.blog_and_topic_forms import BlogForm

EDITABLE_FIELDS = ("headline", "slug", "standfirst", "zone", "language", "state", "poll_wait")


@require_permission(ANY_SEAT)
def list_live_blogs(request):
    """Show the live blogs that this person may work on, the last changed first."""
    grants = find_grants(request.user)
    covers_all = any(grant.blog_id is None for grant in grants)
    own = Q() if covers_all else Q(pk__in=[grant.blog_id for grant in grants])
    blogs = (
        LiveBlog.objects.filter(own)
        .order_by("-changed_at")
        .annotate(
            standing_count=Count("posts", filter=Q(posts__withdrawn_at=None)),
            withdrawn_count=Count("posts", filter=Q(posts__withdrawn_at__isnull=False)),
        )
    )
    return render(request, "desk/live_blogs.html", {"blogs": blogs})


@require_permission("open_blog")
@require_http_methods(["GET", "POST"])
def open_live_blog(request):
    """Open a live blog."""
    form = BlogForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data | {"state": BlogState(form.cleaned_data["state"])}
        try:
            blog = open_blog(**values, by=request.user.username, now=timezone.now())
        except (InvalidContentError, SlugTakenError) as error:
            form.add_error(getattr(error, "field", "slug"), str(error))
        else:
            messages.success(request, _("The live blog is open. Write the first post."))
            return redirect("desk:live-blog", blog.slug)
    return _show_form(request, form)


@require_permission("edit_blog")
@require_http_methods(["GET", "POST"])
def edit_live_blog(request, blog):
    """Edit headline, standfirst, time zone, language and seconds between polls."""
    initial = {name: getattr(blog, name) for name in EDITABLE_FIELDS}
    form = BlogForm(request.POST or None, initial=initial, is_open=True)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data | {"language": form.cleaned_data["language"] or None}
        based_on = request.POST.get("based_on", "")
        try:
            edit_blog(blog.slug, **values, based_on=based_on, by=request.user.username, now=timezone.now())
        except InvalidContentError as error:
            form.add_error(error.field, str(error))
        except StaleBlogHeaderError as error:
            form.add_error("headline", str(error))
            blog.refresh_from_db()
            return _show_form(request, form, blog, status=409)
        else:
            messages.success(request, _("Saved. Readers see it now."))
            return redirect("desk:live-blog", blog.slug)
    return _show_form(request, form, blog)


@require_permission("set_state")
@require_POST
def change_state(request, blog):
    """Set the state of a live blog; an unknown state changes nothing."""
    requested = request.POST.get("state", "")
    if requested in BlogState.values:
        blog = set_state(blog.slug, BlogState(requested), by=request.user.username, now=timezone.now())
        messages.success(request, _("Readers now see the state “{state}”.").format(state=blog.get_state_display()))
    return redirect("desk:live-blog", blog.slug)


def _show_form(request, form, blog=None, status=None):
    context = {"form": form} | ({"blog": blog} if blog else {})
    return render(request, "desk/live_blog_form.html", context, status=status or (422 if form.errors else 200))
