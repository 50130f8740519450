"""What happens when allauth says that somebody has joined, or has signed in."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_logged_in, user_signed_up
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.accounts.recent import signed_in_recently
from seattle.clearinghouse.accounts.services import join


@receiver(email_confirmed)
def _join_when_confirmed(email_address: EmailAddress, **_: object) -> None:
    join(email_address.user)


@receiver(user_signed_up)
def _join_at_once(user: User, **_: object) -> None:
    """Where nothing is to be confirmed: by the operator's wish, or since another site vouches for the address."""
    if not settings.SITE.confirm_email or EmailAddress.objects.filter(user=user, verified=True).exists():
        join(user)


@receiver(user_logged_in)
def _note_when(request: HttpRequest, user: User, **_: object) -> None:
    """Whoever has just registered has shown to be it, too; allauth notes that of those who sign in only."""
    if not signed_in_recently(request):
        record_authentication(request, user, method="registration")


@receiver(user_logged_in)
def _tell_operators(request: HttpRequest, user: User, **_: object) -> None:
    if user.is_staff and not is_mfa_enabled(user):
        messages.warning(
            request,
            "You are an operator without a second factor: set one up on your profile page. Whoever has your password"
            " could do all that you can.",
        )
