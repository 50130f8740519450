"""What django-allauth is to do our way."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from seattle.clearinghouse.accounts import stages
from seattle.clearinghouse.accounts.recent import signed_in_recently


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # it comes without types
    """Accounts with a password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth calls it so
        """Whether anybody may register."""
        return bool(settings.SITE.registration_open)

    def get_login_stages(self) -> list[str]:
        """What is asked one after the other of who signs in."""
        return [stages.FIRST, *super().get_login_stages(), stages.LAST]

    def is_reauthentication_required(self, **_: object) -> bool:
        """Whether the password is asked for again: not of who has just given it to sign in."""
        return not signed_in_recently(context.request)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # as above
    """Accounts that another site vouches for."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:  # noqa: ARG002 - as above
        """Whether anybody may register."""
        return bool(settings.SITE.registration_open)
