"""The desk proper: the running page, and the composer beside it."""

from dataclasses import replace
from uuid import uuid4

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from stoppress.coverage.actions import publish
from stoppress.coverage.choices import BlogState
from stoppress.coverage.errors import InvalidContentError, PostIdTakenError
from stoppress.coverage.models import Post
from stoppress.coverage.newsroom import newsroom
from stoppress.desk import drafts
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.forms.form_parsing import parse_composer, parse_uuid
from stoppress.desk.screens.alert_receipt import recent_alerts
from stoppress.desk.screens.post_composer import PostComposer, new_post_composer
from stoppress.desk.screens.timeline import load_timeline
from stoppress.desk.views.conflict import show_already_published
from stoppress.syndication.embed_code import embed_code


@require_permission("read")
@require_http_methods(["GET", "HEAD", "POST"])
def live_blog(request, blog):
    """The desk of one live blog; a POST publishes."""
    if request.method == "POST":
        return _publish(request, blog)
    return render_live_blog(request, blog, new_post_composer(blog, request.user, _draft(request, blog)))


@require_permission("read")
@require_GET
def timeline(request, blog):
    """The running page alone, for what keeps it up to date."""
    context = {"blog": blog, "timeline": load_timeline(blog, request.GET.get("shown", "")), "permissions": request.permissions}
    return render(request, "desk/parts/timeline.html", context)


def render_live_blog(request, blog, composer, status=200):
    """The whole desk around a composer."""
    context = {
        "blog": blog,
        "composer": composer,
        "timeline": load_timeline(blog, request.GET.get("shown", "")),
        "states": BlogState.choices,
        "drafts": drafts.find_new_post_drafts(request.user, blog),
        "edits": drafts.find_edit_drafts(request.user, blog),
        "alerts": recent_alerts(blog, timezone.now()),
        "embed_code": embed_code(blog.slug, blog.headline, newsroom()),
    }
    return render(request, "desk/live_blog.html", context, status=status)


def _publish(request, blog):
    sent = parse_composer(request)
    try:
        post = _do_publish(request, blog, sent)
    except InvalidContentError as error:
        return render_live_blog(request, blog, _again(blog, sent, {error.field: str(error)}), status=422)
    except PostIdTakenError as error:
        if Post.objects.filter(blog=blog, pk=sent.id).exists():
            return show_already_published(request, blog, sent)
        fresh = replace(sent, id=uuid4())  # the id is one of another live blog: what was typed comes back under its own
        return render_live_blog(request, blog, _again(blog, fresh, {"body": str(error)}), status=409)
    drafts.discard_draft(sent.id, user=request.user)
    messages.success(request, "Published.")
    if request.POST.get("then") == "alert" and request.permissions["alert"]:
        return redirect("desk:alert", blog.slug, post.pk)
    return redirect("desk:live-blog", blog.slug)


def _do_publish(request, blog, sent):
    sent.raise_upload_error()
    form_data = sent.form_data
    return publish(
        blog.slug,
        form_data.content,
        by=request.user.username,
        now=timezone.now(),
        post_id=sent.id,
        labels=form_data.labels,
    )


def _again(blog, sent, errors):
    return PostComposer(blog, sent.form_data, id=sent.id, errors=errors)


def _draft(request, blog):
    """The draft asked for, or the newest; `new` asks for none."""
    asked = request.GET.get("draft", "")
    kept = drafts.find_new_post_drafts(request.user, blog)
    if not asked:
        return kept[0] if kept else None
    return next((draft for draft in kept if draft.pk == parse_uuid(asked)), None)
