"""The builder: a planner lays out vessels, and gets a page from which computers become nodes."""

import base64
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.accounts.services import active_keys
from seattle.clearinghouse.api.credentials import charge_build
from seattle.clearinghouse.builds import services
from seattle.clearinghouse.builds.key_files import PRIVATE_ZIP, private_zip
from seattle.clearinghouse.builds.layout import BadLayout, Mistake
from seattle.clearinghouse.errors import BadRequest, ClearinghouseError, NotAuthenticated, sentence
from seattle.clearinghouse.site import builder_form
from seattle.clearinghouse.site.builder_form import Draft


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def builder(request: HttpRequest) -> HttpResponse:
    """The form; what its buttons change of it; and, at last, a build."""
    planner = planner_of(request)
    try:
        services.may_build(planner)
    except NotAuthenticated:
        return redirect_to_login(request.get_full_path())
    except ClearinghouseError as why:
        return render(request, "builder/closed.html", {"why": sentence(why.message)}, status=why.status)
    if request.method != "POST":
        return _page(request, _beginning(request, planner))
    draft = builder_form.read_draft(request.POST)
    if request.POST.get("do") != "build":
        return _page(request, builder_form.press(draft, request.POST.get("do", "")))
    return _build(request, draft, planner)


def planner_of(request: HttpRequest) -> User | None:
    """Who asks, if they are signed in."""
    return request.user if request.user.is_authenticated else None


@sensitive_variables()
def _build(request: HttpRequest, draft: Draft, planner: User | None) -> HttpResponse:
    try:
        charge_build(request, planner)
        built = services.build(draft.layout(), planner=planner)
    except BadLayout as why:
        return _page(request, draft, why.mistakes, status=400)
    except ClearinghouseError as why:
        return _page(request, draft, [Mistake(why.message)], status=why.status)
    if not built.pairs:
        return redirect("build", built.build.build_id)
    # In the page itself: it is kept nowhere, so it can be had this once.
    context = {
        "build": built.build,
        "names": list(built.pairs),
        "file": PRIVATE_ZIP,
        "zip": base64.b64encode(private_zip(built.pairs)).decode(),
    }
    return render(request, "builder/pairs.html", context)


def _beginning(request: HttpRequest, planner: User | None) -> Draft:
    """As another build is, or one vessel for who asks."""
    if like := request.GET.get("like"):
        try:
            found = services.find(like)
        except BadRequest:
            found = None
        if found is not None and found.is_custom:
            return builder_form.draft_of(services.layout_of(found))
    if planner is None:
        return builder_form.first_draft()
    key = active_keys(planner).first()
    return builder_form.first_draft(planner.username, "" if key is None else key.public_line)


def _page(request: HttpRequest, draft: Draft, mistakes: Sequence[Mistake] = (), *, status: int = 200) -> HttpResponse:
    told = [replace(one, text=sentence(one.text)) for one in mistakes]
    context = {**builder_form.shown(draft, told), "site_key": settings.SITE.worker_key}
    return render(request, "builder/builder.html", context, status=status)
