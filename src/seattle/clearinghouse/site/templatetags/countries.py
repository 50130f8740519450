"""Names of countries."""

from django import template

from seattle.clearinghouse.site import countries

register = template.Library()


@register.filter
def country_name(code: str) -> str:
    """The name of a country by its code."""
    return countries.country_name(code)
