"""Where a user says yes to a key that `seattle login` has made on some computer; let them be sure that it is theirs."""

from typing import Final

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from seattle.clearinghouse.accounts import logins
from seattle.clearinghouse.accounts.forms import LoginCode
from seattle.clearinghouse.accounts.models import LoginRequest, User
from seattle.clearinghouse.accounts.recent import recent
from seattle.clearinghouse.accounts.views import user_of
from seattle.clearinghouse.errors import ClearinghouseError, NotFound, TooManyRequests, sentence
from seattle.identity.openssh import fingerprint, parse_public_line

MOST_WRONG: Final = 10  # codes that nothing waits for, of one user
WINDOW: Final = 3600  # seconds


@require_http_methods(["GET", "HEAD", "POST"])
@recent()
def approve_login(request: HttpRequest) -> HttpResponse:
    """Show which key waits with a code, from where; and, by POST alone, let it be the user's, or refuse it."""
    user = user_of(request)
    code = request.POST.get("code") or request.GET.get("code", "")
    form = LoginCode({"code": code} if code else None)
    if not form.is_valid():
        return render(request, "account/login_code.html", {"form": form})
    try:
        login = _find(user, form.cleaned_data["code"])
        if request.method == "POST" and request.POST.get("answer") in ("approve", "deny"):
            return _decide(request, user, login, approve=request.POST["answer"] == "approve")
    except ClearinghouseError as why:
        form.add_error("code", sentence(why.message))
        return render(request, "account/login_code.html", {"form": form}, status=why.status)
    key = parse_public_line(login.public_line)
    return render(request, "account/approve_login.html", {"login": login, "fingerprint": fingerprint(key)})


def _decide(request: HttpRequest, user: User, login: LoginRequest, *, approve: bool) -> HttpResponse:
    if not approve:
        logins.deny_login(login.code)
        messages.warning(request, "The login was refused: that key is not yours here.")
        return redirect("keys")
    key = logins.approve_login(user, login.code)
    messages.success(request, f"Approved: the key on {key.label} is yours. `seattle login` goes on by itself.")
    return redirect("keys")


def _find(user: User, code: str) -> LoginRequest:
    """The login that waits with this code. Who guesses is stopped soon. Raises NotFound, TooManyRequests."""
    wrong = f"wrong-login-codes:{user.pk}"
    cache.add(wrong, 0, WINDOW)
    if cache.get(wrong, 0) >= MOST_WRONG:
        raise TooManyRequests("too many codes that nothing waits for: try again in an hour")
    try:
        return logins.find_login(code)
    except NotFound:
        cache.incr(wrong)
        raise
