"""Links to pages, in menus."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def page(context: dict[str, Any], name: str, label: str) -> SafeString | str:
    """An item of a menu: a link to the page of this name, marked if it is the current one; nothing if there is none."""
    try:
        url = reverse(name)
    except NoReverseMatch:  # a part of the site that isn't installed
        return ""
    request: HttpRequest | None = context.get("request")
    here = "" if request is None else request.path
    if here == url:
        return format_html('<li><a href="{}" aria-current="page">{}</a></li>', url, label)
    if url != "/" and here.startswith(url):  # a page below it
        return format_html('<li><a href="{}" aria-current="true">{}</a></li>', url, label)
    return format_html('<li><a href="{}">{}</a></li>', url, label)
