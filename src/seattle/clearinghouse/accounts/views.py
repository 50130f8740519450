"""The pages about oneself: profile, keys, API keys, leaving. What is about passwords and sessions, allauth serves."""

from typing import Final

from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seattle.clearinghouse.accounts import services
from seattle.clearinghouse.accounts.forms import Affiliation, Deletion, NewApiKey, NewKey
from seattle.clearinghouse.accounts.models import MAX_KEYS, User
from seattle.clearinghouse.accounts.recent import recent
from seattle.clearinghouse.api.rates import SECRETS
from seattle.clearinghouse.errors import ClearinghouseError, sentence
from seattle.devkit import Owner, zipped
from seattle.devkit.kit import FOLDER

_get_or_post: Final = require_http_methods(["GET", "HEAD", "POST"])


def user_of(request: HttpRequest) -> User:
    """Who is signed in, which a decorator has seen to."""
    assert not isinstance(request.user, AnonymousUser)
    return request.user


@_get_or_post
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Who one is here, and what one may change."""
    user = user_of(request)
    form = Affiliation(request.POST or None, initial={"affiliation": user.affiliation})
    if request.method == "POST" and form.is_valid():
        user.affiliation = form.cleaned_data["affiliation"]
        user.save(update_fields=["affiliation"])
        messages.success(request, "Your affiliation was changed.")
        return redirect("profile")
    facts = {
        "form": form,
        "keys": services.active_keys(user).count(),
        "api_keys": services.api_keys(user).count(),
        "second_factor": is_mfa_enabled(user),
        "providers": get_social_adapter().list_providers(request),
    }
    return render(request, "account/profile.html", facts)


@require_safe
@login_required
@never_cache
def devkit(request: HttpRequest) -> HttpResponse:
    """A zip file with which one begins to write programs: it has one's port and the address of this site."""
    user = user_of(request)
    owner = Owner(user.username, user.port, request.build_absolute_uri("/").rstrip("/"))
    attachment = {"Content-Disposition": f'attachment; filename="{FOLDER}.zip"'}
    return HttpResponse(zipped(owner), content_type="application/zip", headers=attachment)


@require_safe
@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """The keys that one's vessels obey."""
    user = user_of(request)
    facts = {"keys": services.active_keys(user), "most": MAX_KEYS, "waiting": services.vessels_to_tell(user).count()}
    return render(request, "account/keys.html", facts)


@_get_or_post
@sensitive_post_parameters()
@sensitive_variables()
@recent()
def add_key(request: HttpRequest) -> HttpResponse:
    """Add a key that was made elsewhere."""
    form = NewKey(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            SECRETS.charge(str(request.user.pk))
            added = services.add_key(user_of(request), form.cleaned_data["public_key"], form.cleaned_data["label"])
        except ClearinghouseError as why:
            form.add_error(None, sentence(why.message))
        else:
            messages.success(request, f"Added the key {added}.")
            return redirect("keys")
    return render(request, "account/add_key.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@recent()
def make_key(request: HttpRequest) -> HttpResponse:
    """Make a key pair in the browser, which posts the public half to `add_key`."""
    return render(request, "account/make_key.html")


@require_POST
@recent("keys")
def retire_key(request: HttpRequest, key_id: str) -> HttpResponse:
    """Have one's vessels obey a key no longer."""
    try:
        services.retire_key(user_of(request), key_id)
    except ClearinghouseError as why:
        messages.error(request, sentence(why.message))
    else:
        messages.success(request, "The key is retired: your vessels will not obey it any more.")
    return redirect("keys")


@never_cache
@_get_or_post
@sensitive_variables()
@recent()
def api_keys(request: HttpRequest) -> HttpResponse:
    """The secrets that one's programs have; a new one is shown once, here."""
    user, secret = user_of(request), ""
    form = NewApiKey(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            SECRETS.charge(str(user.pk))
            secret = services.make_api_key(user, form.cleaned_data["name"])
        except ClearinghouseError as why:
            form.add_error("name", sentence(why.message))
        else:
            form = NewApiKey()
    facts = {"form": form, "secret": secret, "api_keys": services.api_keys(user), "most": services.MAX_API_KEYS}
    return render(request, "account/api_keys.html", facts, status=422 if form.errors else 200)


@require_POST
@recent("api_keys")
def revoke_api_key(request: HttpRequest, api_key_id: int) -> HttpResponse:
    """Have an API key be good for nothing."""
    try:
        services.revoke_api_key(user_of(request), api_key_id)
    except ClearinghouseError as why:
        messages.error(request, sentence(why.message))
    else:
        messages.success(request, "The API key is revoked.")
    return redirect("api_keys")


@_get_or_post
@recent()
def delete_account(request: HttpRequest) -> HttpResponse:
    """Leave."""
    user = user_of(request)
    form = Deletion(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            services.delete_account(user)
        except ClearinghouseError as why:
            form.add_error(None, sentence(why.message))
        else:
            logout(request)
            messages.success(request, "Your account was deleted, and your vessels were given back.")
            return redirect("home")
    facts = {"form": form, "held": user.leases.filter(ended_at=None).count(), "donations": user.donations.count()}
    return render(request, "account/delete.html", facts, status=422 if form.errors else 200)
