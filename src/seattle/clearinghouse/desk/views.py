"""The pages of the abuse desk."""

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.desk import services
from seattle.clearinghouse.desk.access import for_operators, operator
from seattle.clearinghouse.desk.forms import CutOffForm, CutOffKeyForm, LookUpForm, ReasonForm
from seattle.clearinghouse.desk.look_ups import look_up
from seattle.clearinghouse.desk.models import CutOff, LookUp
from seattle.clearinghouse.desk.progress import progress
from seattle.clearinghouse.errors import ClearinghouseError

PAGE: Final = 50  # rows
RECENT: Final = 20
MOST_FOUND: Final = 50  # accounts


@require_http_methods(["GET", "HEAD", "POST"])
@for_operators
def desk(request: HttpRequest) -> HttpResponse:
    """Ask who it was. It is a POST, since it is logged."""
    form = LookUpForm(request.POST if request.method == "POST" else None)
    answer = None
    if form.is_valid():
        try:
            answer = look_up(operator(request), **form.cleaned_data)
        except ClearinghouseError as why:
            form.add_error(None, why.message)
    return render(
        request,
        "desk/desk.html",
        {"form": form, "answer": answer, "key_form": CutOffKeyForm(), "asked": form.cleaned_data if answer else None},
    )


@require_safe
@for_operators
def users(request: HttpRequest) -> HttpResponse:
    """Accounts by name or address of mail."""
    query = request.GET.get("find", "").strip()[:100]
    found = User.objects.none()
    if query:
        by_name = User.objects.filter(username__icontains=query) | User.objects.filter(email__iexact=query)
        found = (by_name | User.objects.filter(keys__key_id=query)).distinct().order_by("username")
    return render(request, "desk/users.html", {"query": query, "found": found[:MOST_FOUND]})


@require_safe
@for_operators
def user(request: HttpRequest, username: str) -> HttpResponse:
    """One account: keys, what it holds and has held, and how it is cut off."""
    who = get_object_or_404(User, username=username)
    leases = who.leases.order_by("-pk")[:RECENT]
    cut_offs = [progress(one) for one in who.cut_offs.select_related("by", "pardoned_by")[:RECENT]]
    return render(
        request, "desk/user.html", {"who": who, "keys": who.keys.all(), "leases": leases, "cut_offs": cut_offs}
    )


@require_POST
@for_operators
def cut_off_user(request: HttpRequest, username: str) -> HttpResponse:
    """Take everything from somebody."""
    who = get_object_or_404(User, username=username)
    form = CutOffForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give a reason: it is kept, and told to whom it concerns.")
        return redirect("desk_user", username)
    try:
        cut = services.cut_off_user(who, by=operator(request), **form.cleaned_data)
    except ClearinghouseError as why:
        messages.error(request, why.message)
        return redirect("desk_user", username)
    messages.success(request, f"{who.username} is cut off: the workers tell brokers and nodes about {len(cut)} keys.")
    return redirect("desk_user", username)


@require_POST
@for_operators
def cut_off_key(request: HttpRequest) -> HttpResponse:
    """Take everything from a key."""
    form = CutOffKeyForm(request.POST)
    try:
        if not form.is_valid():
            messages.error(request, "Give the id of a key (U..., 56 characters) and a reason.")
            return redirect("desk")
        services.cut_off_key(**form.cleaned_data, by=operator(request))
    except ClearinghouseError as why:
        messages.error(request, why.message)
        return redirect("desk")
    messages.success(request, "The key is cut off: the workers tell brokers and nodes.")
    return redirect("desk_cut_offs")


@require_POST
@for_operators
def reopen(request: HttpRequest, username: str) -> HttpResponse:
    """Let somebody in again."""
    who = get_object_or_404(User, username=username)
    form = ReasonForm(request.POST)
    try:
        services.reopen(who, by=operator(request), reason=form.data.get("reason", ""))
        messages.success(request, f"{who.username} may sign in again, and has to add a key.")
    except ClearinghouseError as why:
        messages.error(request, why.message)
    return redirect("desk_user", username)


@require_POST
@for_operators
def pardon(request: HttpRequest, cut_off_id: int) -> HttpResponse:
    """Let a key be enrolled again."""
    cut_off = get_object_or_404(CutOff, pk=cut_off_id)
    try:
        services.pardon(cut_off, by=operator(request), reason=request.POST.get("reason", ""))
        messages.success(request, "The key is pardoned: it may be added to an account, and enrolled, again.")
    except ClearinghouseError as why:
        messages.error(request, why.message)
    return redirect("desk_cut_offs")


@require_safe
@for_operators
def cut_offs(request: HttpRequest) -> HttpResponse:
    """What was cut off, and how far that is."""
    rows = CutOff.objects.select_related("user", "by", "pardoned_by")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = [progress(one) for one in page]
    template = "desk/_cut_offs.html" if getattr(request, "htmx", False) else "desk/cut_offs.html"
    return render(request, template, {"page": page, "cut_offs": shown, "working": any(not one.over for one in shown)})


@require_safe
@for_operators
def log(request: HttpRequest) -> HttpResponse:
    """Who looked up whom."""
    page = Paginator(LookUp.objects.select_related("by"), PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/log.html", {"page": page})
