"""/updates/: the folder of releases, as `seattle release-update` makes it, for nodes that stay current.

Any web server can serve it in our place. Only names that such a folder has are looked for, so no path leads out of it.
What a name means never changes, but for the timestamp and the first root: caches may keep the rest.
"""

import hashlib
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import re_path
from django.views.decorators.http import require_safe

from seattle.clearinghouse.serving import send_file

MOST_METADATA: Final = 4 * 2**20  # bytes of one file; clients take less
_NUMBERED: Final = r"[1-9][0-9]{0,9}\.(?:root|targets|snapshot|canary)\.json"
_METADATA: Final = rf"^metadata/(?P<name>{_NUMBERED}|(?:root|timestamp)\.json)\Z"
_BUNDLE: Final = r"^targets/(?P<channel>stable|canary)/(?P<digest>[0-9a-f]{64})\.bundle\Z"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_NEWS: Final = "public, no-cache"  # kept, and asked about each time


@require_safe
def metadata(request: HttpRequest, name: str) -> HttpResponse:
    """What was signed, under its number."""
    try:
        with _in("metadata", name).open("rb") as file:
            data = file.read(MOST_METADATA)
    except OSError:
        return missing(request)
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": _FOR_EVER if name[0].isdigit() else _NEWS}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(data, content_type="application/json", headers=headers)


@require_safe
def bundle(request: HttpRequest, channel: str, digest: str) -> HttpResponseBase:
    """A version of Seattle."""
    headers = {"ETag": f'"{digest}"', "Cache-Control": _FOR_EVER}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponse(status=304, headers=headers)
    try:
        path = _in("targets", channel, f"{digest}.bundle")
        return send_file(request, path, content_type="application/octet-stream", headers=headers)
    except OSError:
        return missing(request)


def missing(_: HttpRequest) -> HttpResponse:
    """In few words: whether there is a newer root is asked for each time, and mostly there is none."""
    return HttpResponse("there is no such file\n", status=404, content_type="text/plain; charset=utf-8")


def _in(*names: str) -> Path:
    folder: Path | None = settings.SITE.releases
    if folder is None:
        raise FileNotFoundError
    return folder.joinpath(*names)


urlpatterns = [
    re_path(_METADATA, metadata, name="update_metadata"),
    re_path(_BUNDLE, bundle, name="update_bundle"),
    re_path("", missing),
]
