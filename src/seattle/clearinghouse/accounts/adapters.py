"""What django-allauth is to do our way."""

import smtplib
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from seattle.clearinghouse.accounts import stages
from seattle.clearinghouse.accounts.addresses import can_be_mailed
from seattle.clearinghouse.accounts.recent import signed_in_recently

log = structlog.get_logger()


class MailNotSent(Exception):  # noqa: N818 - named for what happened
    """The mail server is away, or takes nothing from us."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # it comes without types
    """Accounts with a password."""

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

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002 - as above
        """By what wrong passwords are counted; without the name by which the site was asked, which can be many."""
        login: str = credentials.get("email", credentials.get("username", ""))
        return login.lower()

    def is_reauthentication_required(self, **_: object) -> bool:
        """Whether the password is asked for again: not of who has just given it to sign in."""
        return not signed_in_recently(context.request)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc] # as above
    """Accounts that another site vouches for."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:  # noqa: ARG002 - as above
        """Whether anybody may register."""
        return bool(settings.SITE.registration_open)


def _on_our_site(url: str) -> str:
    return f"{settings.SITE.origin}{urlsplit(url)._replace(scheme='', netloc='').geturl()}"
