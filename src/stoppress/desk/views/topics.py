"""What readers can sign up for: the list, with how many read what; add, rename, describe, retire, bring back."""

import logging

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from stoppress.alerts.actions import topics as actions
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.forms.blog_and_topic_forms import TopicForm
from stoppress.subscribers.choices import Rhythm
from stoppress.subscribers.errors import InvalidTopicError, TopicNotFoundError, TopicConflictError
from stoppress.subscribers.topics import BREAKING, add_topic

log = logging.getLogger(__name__)


@require_permission("topics")
@require_safe
def list_topics(request):
    """Every topic and its readers, by rhythm."""
    return render(request, "desk/topics.html", {"roll": actions.topic_overview(), "rhythms": Rhythm})


@require_permission("topics")
@require_http_methods(["GET", "HEAD", "POST"])
def create_topic(request):
    """Add a section, which all forms then offer."""
    form = TopicForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            topic = add_topic(**form.cleaned_data)
        except InvalidTopicError as error:
            form.add_error(error.field, str(error))
        else:
            _note(request, "added", topic)
            return _done(request, f"Readers can now sign up for “{topic.name}”.")
    return _form(request, form)


@require_permission("topics")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_topic(request, name):
    """Rename and describe one; its address, by which mail programs know it, stays."""
    topic = _find(name)
    form = TopicForm(request.POST or None, initial={"name": topic.name, "description": topic.description}, opened=True)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form, topic)
    read = {field: request.POST.get(f"was_{field}", "") for field in ("name", "description")}
    topic.name, topic.description = read["name"], read["description"]
    try:
        actions.update_topic(topic, **form.cleaned_data)
    except InvalidTopicError as error:
        form.add_error(error.field, str(error))
        return _form(request, form, topic)
    except TopicConflictError as error:
        form.add_error("name", str(error))
        return _form(request, form, _find(name), status=409)
    _note(request, "described", topic)
    return _done(request, "Saved. Forms and the next alert show it.")


@require_permission("topics")
@require_http_methods(["GET", "HEAD", "POST"])
def retire_topic(request, name):
    """Say what retiring means; do it."""
    topic = _find(name)
    if topic.slug == BREAKING or topic.retired_at:
        return _done(
            request, "Breaking news stays." if topic.slug == BREAKING else f"“{topic.name}” is retired already."
        )
    if request.method != "POST":
        return render(request, "desk/topic_retire.html", {"row": actions.count_topic_readers(topic)})
    actions.retire_topic(topic, now=timezone.now())
    _note(request, "retired", topic)
    return _done(request, f"“{topic.name}” is retired: nobody can sign up for it, and no alert goes to its readers.")


@require_permission("topics")
@require_POST
def bring_back_topic(request, name):
    """Offer it again."""
    topic = _find(name)
    actions.restore_topic(topic)
    _note(request, "brought back", topic)
    return _done(request, f"Readers can sign up for “{topic.name}” again.")


def _find(name):
    try:
        return actions.find_editable_topic(name)
    except TopicNotFoundError as error:
        raise Http404 from error


def _form(request, form, topic=None, status=None):
    status = status or (422 if form.errors else 200)
    return render(request, "desk/topic_form.html", {"form": form, "topic": topic}, status=status)


def _done(request, text):
    messages.success(request, text)
    return redirect("desk:topics")


def _note(request, what, topic):
    log.info("topic %s: %s by %s", topic.slug, what, request.user.username)
