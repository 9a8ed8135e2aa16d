"""Figures as people write them."""

from django import template

register = template.Library()


@register.filter
def thousands(number: int) -> str:
    """`18,204`."""
    return f"{number:,}"
