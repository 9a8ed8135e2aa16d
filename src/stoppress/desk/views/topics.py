"""Topics at the desk: the list with reader counts; add, edit, retire and bring back a topic."""

import logging

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from stoppress.alerts.actions import topics as actions
from stoppress.desk.access.permission_check import require_permission
from stoppress.desk.forms.blog_and_topic_forms import TopicForm
from stoppress.subscribers.choices import Frequency
from stoppress.subscribers.default_topic_names import BREAKING_SLUG, localised_topic_name
from stoppress.subscribers.errors import InvalidTopicError, TopicConflictError, TopicNotFoundError
from stoppress.subscribers.topics import add_topic

log = logging.getLogger(__name__)


@require_permission("topics")
@require_safe
def list_topics(request):
    """Show every topic with its readers by frequency."""
    return render(request, "desk/topics.html", {"overview": actions.topic_overview(), "frequencies": Frequency})


@require_permission("topics")
@require_http_methods(["GET", "HEAD", "POST"])
def create_topic(request):
    """Add a topic, which all forms then offer."""
    form = TopicForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            topic = add_topic(**form.cleaned_data)
        except InvalidTopicError as error:
            form.add_error(error.field, str(error))
        else:
            _log(request, "added", topic)
            return _finish(request, _("Readers can now sign up for “{topic}”.").format(topic=_shown_name(topic)))
    return _show_form(request, form)


@require_permission("topics")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_topic(request, name):
    """Change name and description. The slug, which identifies the topic for mail programs, stays."""
    topic = _find_topic(name)
    form = TopicForm(request.POST or None, initial={"name": topic.name, "description": topic.description}, is_open=True)
    if request.method != "POST" or not form.is_valid():
        return _show_form(request, form, topic)
    topic.name, topic.description = (request.POST.get(f"was_{field}", "") for field in ("name", "description"))
    try:
        actions.update_topic(topic, **form.cleaned_data)
    except InvalidTopicError as error:
        form.add_error(error.field, str(error))
        return _show_form(request, form, topic)
    except TopicConflictError as error:
        form.add_error("name", str(error))
        return _show_form(request, form, _find_topic(name), status=409)
    _log(request, "edited", topic)
    return _finish(request, _("Saved. Forms and the next alert show it."))


@require_permission("topics")
@require_http_methods(["GET", "HEAD", "POST"])
def retire_topic(request, name):
    """Explain the effects of retiring a topic; a POST retires it."""
    topic = _find_topic(name)
    if topic.slug == BREAKING_SLUG:
        return _finish(request, _("Breaking news cannot be retired."))
    if topic.retired_at:
        return _finish(request, _("“{topic}” is already retired.").format(topic=_shown_name(topic)))
    if request.method != "POST":
        return render(request, "desk/topic_retire.html", {"row": actions.count_topic_readers(topic)})
    actions.retire_topic(topic, now=timezone.now())
    _log(request, "retired", topic)
    sentence = _("“{topic}” is retired: readers cannot sign up for it, and no alert goes to its readers.")
    return _finish(request, sentence.format(topic=_shown_name(topic)))


@require_permission("topics")
@require_POST
def bring_back_topic(request, name):
    """Offer a retired topic again."""
    topic = _find_topic(name)
    actions.restore_topic(topic)
    _log(request, "brought back", topic)
    return _finish(request, _("Readers can sign up for “{topic}” again.").format(topic=_shown_name(topic)))


def _shown_name(topic):
    return localised_topic_name(topic.name)


def _find_topic(name):
    try:
        return actions.find_editable_topic(name)
    except TopicNotFoundError as error:
        raise Http404 from error


def _show_form(request, form, topic=None, status=None):
    status = status or (422 if form.errors else 200)
    return render(request, "desk/topic_form.html", {"form": form, "topic": topic}, status=status)


def _finish(request, message):
    messages.success(request, message)
    return redirect("desk:topics")


def _log(request, what, topic):
    log.info("topic %s: %s by %s", topic.slug, what, request.user.username)
