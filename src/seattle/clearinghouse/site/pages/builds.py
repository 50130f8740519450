"""The permanent page of a build, its files, and the page to donate from without an account."""

from typing import Final

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_POST, require_safe

from seattle.clearinghouse.api import rates
from seattle.clearinghouse.builds import installers, services
from seattle.clearinghouse.builds.installers import Installer
from seattle.clearinghouse.builds.key_files import PUBLIC_ZIP, public_zip
from seattle.clearinghouse.builds.layout import RESERVED, TO_GIVE
from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.errors import BadRequest, CannotFulfil, ClearinghouseError, sentence
from seattle.clearinghouse.serving import send_file
from seattle.clearinghouse.site.pages.builder import planner_of
from seattle.clearinghouse.site.pages.requests import SignedIn, page_of, signed_in, telling

RETRY_AFTER: Final = 5  # seconds


@require_safe
def build(request: HttpRequest, build_id: str) -> HttpResponse:
    """All that there is of a build."""
    found = _find(build_id)
    address = settings.SITE.origin + reverse("build", args=[found.build_id])
    context = {
        **_standing(found),
        "address": address,
        "code": _code(address),
        "parts": services.parts_of(found),
        "reserved": RESERVED,
        "to_give": TO_GIVE,
        "is_mine": found.is_custom and found.planner_id is not None and planner_of(request) == found.planner,
    }
    return render(request, "builds/build.html", context)


@require_safe
def installer_part(request: HttpRequest, build_id: str) -> HttpResponse:
    """The part of the page that waits for a signature, alone."""
    return render(request, "builds/installer.html", _standing(_find(build_id)))


@require_safe
def installer(request: HttpRequest, build_id: str, platform: str) -> HttpResponseBase:
    """The file."""
    if platform not in installers.PLATFORMS:
        raise Http404(f"installers are built for {', '.join(installers.PLATFORMS)}, and run in its likes elsewhere")
    try:
        file = installers.installer_of(services.bring_up_to_date(_find(build_id)))
    except CannotFulfil as why:
        words = {"Retry-After": str(RETRY_AFTER)}
        return HttpResponse(f"{why.message}\n", status=503, content_type="text/plain; charset=utf-8", headers=words)
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "Cache-Control": "no-cache",
        "ETag": f'"{file.sha256}"',
    }
    try:
        return send_file(request, file.path, content_type="application/octet-stream", headers=headers)
    except FileNotFoundError:  # pruned just now
        return HttpResponse("try again\n", status=503, headers={"Retry-After": "1"})


@require_safe
def public_keys(_: HttpRequest, build_id: str) -> HttpResponse:
    """The public halves of the keys of everybody in a build."""
    headers = {"Content-Disposition": f'attachment; filename="{PUBLIC_ZIP}"'}
    return HttpResponse(public_zip(_find(build_id)), content_type="application/zip", headers=headers)


@require_safe
@signed_in
def my_builds(request: SignedIn) -> HttpResponse:
    """The user's own."""
    rows = page_of(request, services.mine(request.user))
    return render(request, "builds/builds.html", {"rows": rows, "why_not": services.why_not()})


@require_POST
@signed_in
def withdraw(request: SignedIn, build_id: str) -> HttpResponse:
    """Let no installer of a build be had, nor set a computer up, any more."""
    with telling(request):
        services.withdraw(request.user, build_id)
        messages.success(request, "Withdrawn: its installers set up no computer any more. Those that are, stay.")
    return redirect("builds")


@require_POST
@signed_in
def donation_installer(request: SignedIn, number: int) -> HttpResponse:
    """Have an installer built for a donation token."""
    try:
        rates.BUILDS.charge(str(request.user.pk))
        made = services.build_donation(request.user, number)
    except ClearinghouseError as why:
        messages.error(request, sentence(why.message))
        return redirect("donations")
    return redirect("build", made.build_id)


@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """The installer for who wants to donate a computer, and has no account."""
    found = services.general()
    if found is None:
        why = services.why_not() or "it is being made: it takes a minute while a worker runs"
        return render(request, "builds/download.html", {"build": None, "why": sentence(why)})
    return render(request, "builds/download.html", _standing(found))


def _find(build_id: str) -> Build:
    try:
        return services.find(build_id)
    except BadRequest as why:
        raise Http404(sentence(why.message)) from why


def _standing(build: Build) -> dict[str, object]:
    """Whether its installer can be had."""
    file: Installer | None = None
    why = ""
    try:
        build = services.bring_up_to_date(build)
        if build.state == Build.State.SIGNED:
            file = installers.installer_of(build)
        elif build.state == Build.State.REFUSED or build.why:
            why = sentence(build.why)
    except CannotFulfil as no:
        why = sentence(no.message)
    link = settings.SITE.origin + reverse("installer", args=[build.build_id, installers.PLATFORMS[0]])
    waits = build.state == Build.State.WAITING
    return {"build": build, "file": file, "link": link, "why": why, "waits": waits}


def _code(address: str) -> SafeString:
    """A QR code of the page, for phones, as SVG without styles of its own."""
    made = segno.make(address, error="m", micro=False)
    drawing = made.svg_inline(scale=4, border=2, svgclass="qr", lineclass="dots", omitsize=True)
    return mark_safe(drawing)  # noqa: S308 - numbers alone
