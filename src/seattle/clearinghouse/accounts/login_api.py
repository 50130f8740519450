"""`seattle login`, the site's half: two calls, under /api/v1/login, each signed by the key that waits for approval.

So whoever begins a login has shown to hold its key, and nobody else can ask what became of it.
"""

from typing import Annotated, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from seattle.clearinghouse.accounts import logins
from seattle.clearinghouse.accounts.authentication import Signature, signature
from seattle.clearinghouse.accounts.logins import LoginState
from seattle.clearinghouse.accounts.models import LoginRequest, UserKey
from seattle.clearinghouse.accounts.public_keys import MAX_LABEL, MAX_TEXT, read_key
from seattle.clearinghouse.api.forms import Asked, answers
from seattle.clearinghouse.errors import NotAuthenticated

POLL_SECONDS: Final = 1.0

router = Router(tags=["login"], auth=None)


class BeginLogin(Asked):
    """A key that wants to be somebody's."""

    public_key: Annotated[str, Field(max_length=MAX_TEXT, description="an OpenSSH public line, or an id (U...)")]
    label: Annotated[str, Field(max_length=MAX_LABEL, description="the machine's name")] = ""


class Login(Schema):
    """How far it is; and, once it is approved, where the testbed is."""

    state: LoginState
    code: Annotated[str, Field(description="to be compared with the one on the page")] = ""
    url: Annotated[str, Field(description="of the page where it is approved")] = ""
    expires_in: Annotated[float, Field(description="seconds")] = 0
    poll_seconds: Annotated[float, Field(description="ask again after so long, not sooner")] = POLL_SECONDS
    username: str = ""
    testbed: Annotated[str, Field(description="its name")] = ""
    brokers: tuple[str, ...] = ()
    enrol_url: Annotated[str, Field(description="where the key gets its credential; empty: nowhere")] = ""


@router.post("", response=answers(200, Login), url_name="begin_login")
def begin(request: HttpRequest, asked: BeginLogin) -> Login:
    """Have a key wait for a user's approval; of a key that was approved already, say by whom.

    The request must be signed with that key.
    """
    key, signed = read_key(asked.public_key), _signature(request)
    if signed.key != key:
        raise NotAuthenticated("the request is to be signed by the key that it is about")
    address = request.META.get("REMOTE_ADDR", "")
    # A key that was only pasted may have been so by anybody: its holder is asked who they are.
    approved = UserKey.objects.select_related("user").filter(key_id=key.id, retired_at=None).exclude(proved_at=None)
    if (known := approved.first()) is not None:
        signed.spend()
        if not known.user.is_active:
            raise NotAuthenticated("this account was closed by the operators")
        return _approved(known.user.username)
    logins.check_room(address)
    signed.spend()
    return _waiting(logins.begin_login(key, asked.label, address))


@router.get("/{code}", response=answers(200, Login), url_name="login_state")
def state(request: HttpRequest, code: Annotated[str, Field(max_length=20)]) -> Login:
    """What became of a login. The request must be signed with its key."""
    signed = _signature(request)
    progress = logins.login_state(code, signed.key)
    signed.spend()
    return _approved(progress.username) if progress.state is LoginState.APPROVED else Login(state=progress.state)


def _signature(request: HttpRequest) -> Signature:
    authorization = request.headers.get("Authorization", "")
    return signature(request.method or "", request.get_full_path(), request.body, authorization)


def _waiting(login: LoginRequest) -> Login:
    page = f"{settings.SITE.origin}{reverse('approve_login')}?code={login.code}"
    left = (login.expires_at - timezone.now()).total_seconds()
    return Login(state=LoginState.PENDING, code=login.code, url=page, expires_in=left)


def _approved(username: str) -> Login:
    site = settings.SITE
    return Login(
        state=LoginState.APPROVED,
        username=username,
        testbed=site.name,
        brokers=tuple(site.brokers),
        enrol_url=site.enrol_url,
    )
