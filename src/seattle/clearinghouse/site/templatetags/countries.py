"""Names of countries."""

from django import template

from seattle.clearinghouse.site.drawing import world

register = template.Library()


@register.filter
def country_name(code: str) -> str:
    """The name of a country by its code."""
    return world.country_name(code)
