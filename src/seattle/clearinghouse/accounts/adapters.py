"""What django-allauth is to do our way."""

import smtplib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from seattle.clearinghouse.accounts import stages
from seattle.clearinghouse.accounts.addresses import can_be_mailed
from seattle.clearinghouse.accounts.recent import signed_in_recently

WRONG_PASSWORDS: Final = "5/5m/key"  # of one account, as allauth has it for what is typed

_COUNTED: Final = {"app": "allauth.account", "action": "account", "config": {"account": WRONG_PASSWORDS}}
_WRONG: Final = "The user name, the mail address or the password is wrong."
_OR_WAIT: Final = "After several wrong passwords even the right one has to wait for five minutes."

log = structlog.get_logger()


class MailNotSent(Exception):  # noqa: N818 - named for what happened
    """The mail server is away, or takes nothing from us."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # it comes without types
    """Accounts with a password.

    Wrong passwords count twice: for what was typed, and for the account that it leads to, which has a name and an
    address. Who is over the first is told; who is over the second alone gets the answer to a wrong password, since any
    other would tell that the name and the address are of one account.
    """

    error_messages: Final = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": f"{_WRONG} {_OR_WAIT}",
        "email_password_mismatch": f"{_WRONG} {_OR_WAIT}",
        "incorrect_password": f"Incorrect password. {_OR_WAIT}",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth calls it so
        """Whether anybody may register."""
        return bool(settings.SITE.registration_open)

    def get_login_stages(self) -> list[str]:
        """What is asked one after the other of who signs in."""
        return [stages.FIRST, *super().get_login_stages(), stages.LAST]

    def clean_email(self, email: str) -> str:
        """An address to register, add or ask a reset for. Raises ValidationError."""
        cleaned: str = super().clean_email(email)
        if not can_be_mailed(cleaned):
            raise ValidationError("Enter an address in its usual form: NAME@DOMAIN, as others write to you.")
        return cleaned

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Have links lead where users are told that the site is: who has a mail sent could name any port of it."""
        ours = {name: _on_our_site(value) if name.endswith("_url") else value for name, value in context.items()}
        try:
            super().send_mail(template_prefix, email, ours)
        except smtplib.SMTPRecipientsRefused as why:  # theirs to mend; as for all addresses, nothing is told
            log.warning("mail_refused", why=str(why))
        except (OSError, smtplib.SMTPException) as why:
            raise MailNotSent from why

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002 - allauth's
        """By what wrong passwords are counted; without the name by which the site was asked, which can be many."""
        login: str = credentials.get("email", credentials.get("username", ""))
        return login.lower()

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a try. Raises ValidationError for one too many of what was typed."""
        super().pre_authenticate(request, **credentials)
        self._tries = [ratelimit.consume(request, key=key, **_COUNTED) for key in _counters(credentials)]

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The user with this password; None also for one too many of this account, which takes as long."""
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return user if all(self._tries) else None

    def _rollback_login_failed_rl_usage(self) -> None:
        """Don't count a right password; of one too many nothing may tell that it was right."""
        if all(self._tries):
            super()._rollback_login_failed_rl_usage()
            for one in self._tries:
                one.rollback()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Begin to count anew, after a reset."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        for key in _counters(credentials):
            ratelimit.clear(request, key=key, **_COUNTED)

    def is_reauthentication_required(self, **_: object) -> bool:
        """Whether the password is asked for again: not of who has just given it to sign in."""
        return not signed_in_recently(context.request)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # it comes without types
    """Accounts that another site vouches for."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:  # noqa: ARG002 - allauth's
        """Whether anybody may register."""
        return bool(settings.SITE.registration_open)


def _counters(credentials: Mapping[str, Any]) -> list[str]:
    """One for each account that these may open. What opens none has one, too, or a clock would tell."""
    name, address = credentials.get("username", ""), credentials.get("email", "")
    users = [*filter_users_by_email(address or name, prefer_verified=True, for_login=True), get_user_by_username(name)]
    accounts = sorted({user.pk for user in users if user is not None})
    return [f"account {pk}" for pk in accounts] or [f"nobody {(address or name).lower()}"]


def _on_our_site(url: str) -> str:
    return f"{settings.SITE.origin}{urlsplit(url)._replace(scheme='', netloc='').geturl()}"
