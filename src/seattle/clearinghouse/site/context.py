"""What all pages know."""

from django.conf import settings
from django.http import HttpRequest


def testbed(_: HttpRequest) -> dict[str, object]:
    """The testbed's name and contact, as `site`."""
    return {"site": settings.SITE}
