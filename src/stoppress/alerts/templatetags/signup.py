"""The words of sign-up forms, out of the one place that consents are written from."""

from django import template

from stoppress.alerts import topics
from stoppress.alerts.phrases import own_language, phrases_for
from stoppress.alerts.signup import wording

register = template.Library()


@register.simple_tag
def form_title(form, said):
    """What stands above a form: `page`, `live` or `embed`."""
    return wording.heading(wording.Form(form), said)


@register.simple_tag
def phrases_of(blog):
    """What a live page's form says: in the language of its live blog."""
    return phrases_for(blog.language if blog else "", own_language())


@register.simple_tag
def breaking_name():
    """What the newsroom calls its breaking news."""
    return topics.breaking_name()


@register.filter
def followed(blog):
    """Whether readers can sign up for this live blog alone."""
    return topics.can_be_followed(blog)


@register.filter
def offered_as(topic, said):
    """How forms offer a topic."""
    return wording.line(topic, said=said)


@register.filter
def filled(phrase, title):
    """A phrase about a title."""
    return phrase.format(title=title)
