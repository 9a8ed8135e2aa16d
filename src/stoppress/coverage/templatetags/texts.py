"""Template tags for the number of posts, and for the sentences that the pages' scripts show."""

from django import template
from django.utils.html import json_script

from stoppress.coverage.localisation import script_texts as texts

register = template.Library()
register.filter("post_count", texts.post_count)


@register.simple_tag
def script_texts():
    """Return the script element with the JSON block that coverage/texts.js reads."""
    return json_script(texts.script_texts(), "page-texts")
