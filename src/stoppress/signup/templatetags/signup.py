"""The words of sign-up forms, out of the one place that consents are written from."""

from django import template

from stoppress.signup import consent_wording
from stoppress.subscribers import default_topic, topics

register = template.Library()
register.filter("shown_name", default_topic.shown_name)
register.filter("shown_description", default_topic.shown_description)


@register.simple_tag
def form_title(form):
    """Return the heading of a form: `page`, `live` or `embed`."""
    return consent_wording.heading(consent_wording.Form(form))


@register.simple_tag
def breaking_name():
    """What the newsroom calls its breaking news."""
    return default_topic.shown_name(topics.breaking_name())


@register.filter
def followed(blog):
    """Whether readers can sign up for this live blog alone."""
    return topics.can_be_followed(blog)


@register.filter
def offered_as(topic):
    """How forms offer a topic."""
    return consent_wording.line(topic)
