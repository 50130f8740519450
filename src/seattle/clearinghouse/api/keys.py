"""The keys by which nodes know a user, and the API keys of their programs."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Router, Schema, Status
from pydantic import Field

from seattle.clearinghouse.accounts import services
from seattle.clearinghouse.accounts.models import KEY_ID
from seattle.clearinghouse.api import rates
from seattle.clearinghouse.api.credentials import AskedBy, Credentials
from seattle.clearinghouse.api.forms import Asked, RowId, answers, note

router = Router(tags=["keys"], auth=Credentials())
api_keys = Router(tags=["API keys"], auth=Credentials())


class KeyTold(Schema):
    """The public half of a key pair. Your vessels carry it."""

    key_id: str
    public_line: Annotated[str, note("in OpenSSH's form")]
    label: str
    created_at: datetime


class NewKey(Asked):
    """A key to add."""

    public_line: Annotated[str, Field(max_length=1000, description="`ssh-ed25519 AAAA...`, or the key's id: U...")]
    label: Annotated[str, Field(max_length=100, description="where its private half is, in your words")] = ""


class ApiKeyTold(Schema):
    """An API key, without its secret."""

    id: int
    name: str
    hint: Annotated[str, note("how it begins")]
    created_at: datetime
    used_at: datetime | None


class NewApiKey(Asked):
    """An API key to make."""

    name: Annotated[str, Field(min_length=1, max_length=100)]


class Secret(Schema):
    """A new API key. It is told this once."""

    secret: str


@router.get("", response=answers(200, list[KeyTold]), summary="Your keys")
def list_keys(request: AskedBy) -> Any:
    """The keys that are in use, oldest first."""
    return list(services.active_keys(request.auth.user))


@router.post("", response=answers(201, KeyTold), summary="Add a key")
def add_key(request: AskedBy, key: NewKey) -> Any:
    """Have your vessels carry one more key. The request must be signed with a key that you have already."""
    request.auth.must_have_signed()
    rates.SECRETS.charge(str(request.auth.user.pk))
    return Status(201, services.add_key(request.auth.user, key.public_line, key.label))


@router.delete("/{key_id}", response=answers(204, None), summary="Retire a key")
def retire_key(request: AskedBy, key_id: Annotated[str, Field(max_length=KEY_ID)]) -> Any:
    """Take a key from all of your vessels, for good. The request must be signed with one of your keys."""
    request.auth.must_have_signed()
    services.retire_key(request.auth.user, key_id)
    return Status(204, None)


@api_keys.get("", response=answers(200, list[ApiKeyTold]), summary="Your API keys")
def list_api_keys(request: AskedBy) -> Any:
    """The API keys that are in use, newest first."""
    return list(services.api_keys(request.auth.user))


@api_keys.post("", response=answers(201, Secret), summary="Make an API key")
def make_api_key(request: AskedBy, key: NewApiKey) -> Any:
    """Make an API key for a program. The request must be signed with one of your keys."""
    request.auth.must_have_signed()
    rates.SECRETS.charge(str(request.auth.user.pk))
    return Status(201, {"secret": services.make_api_key(request.auth.user, key.name)})


@api_keys.delete("/{api_key_id}", response=answers(204, None), summary="Revoke an API key")
def revoke_api_key(request: AskedBy, api_key_id: RowId) -> Any:
    """Make an API key worthless. An API key may revoke itself and others: that harms nobody."""
    services.revoke_api_key(request.auth.user, api_key_id)
    return Status(204, None)
