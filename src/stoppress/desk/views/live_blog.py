"""The desk proper: the running page, and the composer beside it."""

from dataclasses import replace
from uuid import uuid4

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from stoppress.coverage.actions import publish
from stoppress.coverage.choices import State
from stoppress.coverage.errors import BadContent, IdTaken
from stoppress.coverage.models import Post
from stoppress.coverage.newsroom import newsroom
from stoppress.desk import drafts
from stoppress.desk.access.permission_check import door
from stoppress.desk.forms.form_parsing import receive, uuid_or_none
from stoppress.desk.screens.alert_receipt import recent_of
from stoppress.desk.screens.post_composer import Composer, for_new
from stoppress.desk.screens.timeline import running
from stoppress.desk.views.conflict import published_before
from stoppress.syndication.embed_code import embed_code


@door("read")
@require_http_methods(["GET", "HEAD", "POST"])
def live(request, blog):
    """The desk of one live blog; a POST publishes."""
    if request.method == "POST":
        return _publish(request, blog)
    return show(request, blog, for_new(blog, request.user, _draft(request, blog)))


@door("read")
@require_GET
def running_page(request, blog):
    """The running page alone, for what keeps it up to date."""
    context = {"blog": blog, "running": running(blog, request.GET.get("shown", "")), "rights": request.rights}
    return render(request, "desk/parts/running.html", context)


def show(request, blog, composer, status=200):
    """The whole desk around a composer."""
    context = {
        "blog": blog,
        "composer": composer,
        "running": running(blog, request.GET.get("shown", "")),
        "states": State.choices,
        "drafts": drafts.new_posts(request.user, blog),
        "edits": drafts.edits(request.user, blog),
        "alerts": recent_of(blog, timezone.now()),
        "embed_code": embed_code(blog.slug, blog.headline, newsroom()),
    }
    return render(request, "desk/live.html", context, status=status)


def _publish(request, blog):
    sent = receive(request)
    try:
        post = _do_publish(request, blog, sent)
    except BadContent as error:
        return show(request, blog, _again(blog, sent, {error.field: str(error)}), status=422)
    except IdTaken as error:
        if Post.objects.filter(blog=blog, pk=sent.id).exists():
            return published_before(request, blog, sent)
        fresh = replace(sent, id=uuid4())  # the id is one of another live blog: what was typed comes back under its own
        return show(request, blog, _again(blog, fresh, {"body": str(error)}), status=409)
    drafts.discard(sent.id, user=request.user)
    messages.success(request, "Published.")
    if request.POST.get("then") == "alert" and request.rights["alert"]:
        return redirect("desk:alert", blog.slug, post.pk)
    return redirect("desk:live", blog.slug)


def _do_publish(request, blog, sent):
    sent.refuse()
    written = sent.written
    return publish(
        blog.slug,
        written.content,
        by=request.user.username,
        now=timezone.now(),
        post_id=sent.id,
        labels=written.labels,
    )


def _again(blog, sent, errors):
    return Composer(blog, sent.written, id=sent.id, errors=errors)


def _draft(request, blog):
    """The draft asked for, or the newest; `new` asks for none."""
    asked = request.GET.get("draft", "")
    kept = drafts.new_posts(request.user, blog)
    if not asked:
        return kept[0] if kept else None
    return next((draft for draft in kept if draft.pk == uuid_or_none(asked)), None)
