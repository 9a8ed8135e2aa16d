"""Wording of the sign-up forms for templates, from the same functions that write consents."""

from django import template

from stoppress.signup import consent_wording
from stoppress.subscribers import default_topic_names, topics

register = template.Library()
register.filter("localised_topic_name", default_topic_names.localised_topic_name)
register.filter("localised_topic_description", default_topic_names.localised_topic_description)


@register.simple_tag
def sign_up_heading(form):
    """Return the heading of a form: `page`, `live` or `embed`."""
    return consent_wording.form_heading(consent_wording.SignUpForm(form))


@register.simple_tag
def breaking_topic_name():
    """Return the newsroom's name for breaking news."""
    return default_topic_names.localised_topic_name(topics.breaking_topic_name())


@register.filter
def is_followable(blog):
    """Return True if readers can sign up for this live blog alone."""
    return topics.is_followable(blog)


@register.filter
def preferences_line(topic):
    """Return what the preferences page shows beside the name of a topic."""
    return consent_wording.preferences_line(topic)


@register.filter
def topic_line(topic):
    """Return the text with which forms offer a topic."""
    return consent_wording.topic_line(topic)
