"""Ending what somebody is signed in with."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from seattle.clearinghouse.accounts.models import User


def end_sessions(user: User) -> None:
    """Sign a user out everywhere."""
    theirs = UserSession.objects.filter(user=user)
    Session.objects.filter(session_key__in=list(theirs.values_list("session_key", flat=True))).delete()
    theirs.delete()
