"""What all pages know."""

from django.conf import settings
from django.http import HttpRequest


def testbed(_: HttpRequest) -> dict[str, object]:
    """The site's settings, as `testbed`: its name, contact, policies; the libraries call another thing `site`."""
    return {"testbed": settings.SITE}
