"""Making administrators, which only who runs commands on the site's computer can do."""

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.accounts.services import join
from seattle.clearinghouse.errors import BadRequest


@transaction.atomic
def make_admin(username: str, email: str, password: str) -> bool:
    """Make this account an administrator's, with this password; whether it was not there before. Raises BadRequest.

    A new one may hold as many vessels as anybody who registers.
    """
    user = User.objects.select_for_update().filter(username__iexact=username).first()
    new = user is None
    user = user or User(username=username)
    user.email, user.is_staff, user.is_superuser, user.is_active = email, True, True, True
    user.affiliation = user.affiliation or "operator"
    try:
        validate_password(password, user)
        user.set_password(password)
        user.full_clean()
    except ValidationError as why:
        raise BadRequest(" ".join(why.messages)) from why
    user.save()
    EmailAddress.objects.filter(user=user).update(primary=False)
    EmailAddress.objects.update_or_create(user=user, email=email.lower(), defaults={"verified": True, "primary": True})
    join(user)
    return new
