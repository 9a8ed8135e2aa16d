"""The words of sign-up forms, out of the one place that consents are written from."""

from django import template

from stoppress.alerts.signup import wording
from stoppress.alerts.topics import can_be_followed

register = template.Library()


@register.simple_tag
def form_title(form):
    """What stands above a form: `page`, `live` or `embed`."""
    return wording.Form(form).heading


@register.simple_tag
def small_print():
    """What every form promises."""
    return wording.SMALL_PRINT


@register.simple_tag
def sign_up_button():
    """What its button says."""
    return wording.BUTTON


@register.simple_tag
def this_story():
    """How a page of live coverage offers its own story."""
    return wording.STORY


@register.filter
def followed(blog):
    """Whether readers can sign up for this live blog alone."""
    return can_be_followed(blog)


@register.filter
def offered_as(topic):
    """How forms offer a topic."""
    return wording.line(topic)
