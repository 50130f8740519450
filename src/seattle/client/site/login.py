"""Having our key approved: we show a code, and the user who sees the same one on the site says yes to it there."""

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final
from urllib.parse import quote

import msgspec

from seattle.client.errors import LoginNotApproved, SiteRefused, SiteUnreachable
from seattle.client.site.client import SiteClient
from seattle.identity.keys import PublicKey
from seattle.identity.openssh import format_public_line

LONGEST_WAIT: Final = 600.0  # seconds, whatever the site says
MAX_LABEL: Final = 100  # characters
SLOWER: Final = 1.2  # by so much with each time that we ask
SLOWEST: Final = 10.0  # seconds
_TOO_MANY: Final = 429


class LoginState(StrEnum):
    """What became of a login."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What the site says of it. Once it is approved: who we are, and where the testbed is."""

    state: LoginState
    code: str = ""
    url: str = ""  # of the page where it is approved
    expires_in: float = 0.0  # seconds
    poll_seconds: float = 1.0
    username: str = ""
    testbed: str = ""
    brokers: tuple[str, ...] = ()
    enrol_url: str = ""


class _Begin(msgspec.Struct, frozen=True):
    public_key: str
    label: str


def log_in(
    site: SiteClient,
    key: PublicKey,
    label: str,
    *,
    show: Callable[[Login], None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Login:
    """Have the key that signs for `site` approved; what the site said then. A key that is approved already, is.

    `show` is called once with the code and the page. Raises SiteRefused, SiteUnreachable, LoginNotApproved.
    """
    login = site.post("/login", _Begin(format_public_line(key), label[:MAX_LABEL]), Login)
    if login.state is not LoginState.PENDING:
        return _approved(login)
    show(login)
    code, pause = login.code, max(login.poll_seconds, 0.2)
    ends = clock() + min(login.expires_in, LONGEST_WAIT)
    while clock() < ends:
        sleep(pause)
        pause = min(pause * SLOWER, SLOWEST)
        try:
            login = site.get(f"/login/{quote(code, safe='')}", Login)
        except SiteUnreachable:  # it may be back in time
            continue
        except SiteRefused as no:
            if no.status != _TOO_MANY:
                raise
            pause = max(pause, no.retry_after)
            continue
        if login.state is not LoginState.PENDING:
            return _approved(login)
    raise _too_late()


def _approved(login: Login) -> Login:
    match login.state:
        case LoginState.APPROVED:
            return login
        case LoginState.DENIED:
            raise LoginNotApproved("it was refused on the site")
        case _:
            raise _too_late()


def _too_late() -> LoginNotApproved:
    return LoginNotApproved("nobody approved it in time", hint="run the command again for a new code")
