"""Signing in may take a second step, for which there are minutes. A password that was changed meanwhile ends it."""

from typing import Final

from allauth.account.stages import LoginStage
from django.http import HttpResponse

FIRST: Final = f"{__name__}.NotePassword"
LAST: Final = f"{__name__}.SamePassword"

_NOTED: Final = "password"


class NotePassword(LoginStage):  # type: ignore[misc] # it comes without types
    """Keeps, in the session, by which password somebody began: as a digest with our secret, as sessions have it."""

    key = "note_password"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Note it, and go on."""
        if self.login.user is not None:  # or nobody signs in, and it must not be seen
            self.state[_NOTED] = self.login.user.get_session_auth_hash()
        return None, True


class SamePassword(LoginStage):  # type: ignore[misc] # as above
    """Has who began with another password than there is now begin anew."""

    key = "same_password"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Go on, or back to the start."""
        noted = self.controller.get_stage(NotePassword.key).state.get(_NOTED)
        if self.login.user is not None and noted != self.login.user.get_session_auth_hash():
            return self.abort(), False
        return None, True
