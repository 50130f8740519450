"""Pages for when the database may be what failed: they don't ask it who looks at them."""

from collections.abc import Mapping

from django.conf import settings
from django.template.loader import render_to_string


def render_bare(template: str, context: Mapping[str, object] | None = None) -> str:
    """The page, as for somebody who isn't signed in."""
    return render_to_string(template, {"testbed": settings.SITE, **(context or {})})
