"""What a password opens here: a new API key, and another public key. Guesses count as those on the site's page do."""

from allauth.account.adapter import get_adapter
from allauth.account.utils import has_verified_email
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.errors import NotAuthenticated, TooManyRequests

# Whichever it is: names of accounts, and which address is whose, are not to be found out here.
_WRONG = "the user name or the password is wrong, or there were too many wrong ones: those have to wait for minutes"


def user_by_password(request: HttpRequest, username: str, password: str) -> User:
    """The user with this password. Raises NotAuthenticated, and TooManyRequests for who guesses."""
    try:
        user = get_adapter(request).authenticate(request, username=username, password=password)
    except ValidationError as why:
        raise TooManyRequests("too many wrong passwords: try again later") from why
    if not isinstance(user, User) or user.username != username:
        raise NotAuthenticated(_WRONG)
    if not user.is_active:
        raise NotAuthenticated("this account was closed by the operators")
    if settings.SITE.confirm_email and not has_verified_email(user):
        raise NotAuthenticated("confirm your mail address first: sign in to the site")
    if is_mfa_enabled(user):
        raise NotAuthenticated("this account has a second factor: its password alone opens nothing, so use the site")
    return user
