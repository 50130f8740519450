"""Asking the REST API as a program does."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client

from seattle.clearinghouse.accounts import services
from seattle.clearinghouse.accounts.models import User, UserKey
from seattle.client.site.signing import Signer
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line

ROOT = "/api/v1"
NONE = f"U{'A' * 55}:v9"  # the handle of no vessel

Authorization = Callable[[str, str, bytes], str]  # method, path, body


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        return str(self.body["code"])


@dataclass
class Asking:
    """One who asks; `authorization` makes the header of each request."""

    authorization: Authorization | None = None
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, data: Any = None, **headers: str) -> Answer:
        body = b"" if data is None else data if isinstance(data, bytes) else json.dumps(data).encode()
        if self.authorization is not None:
            headers.setdefault("Authorization", self.authorization(method, ROOT + path, body))
        got = self.client.generic(method, ROOT + path, body, "application/json", headers=headers)
        return Answer(got.status_code, json.loads(got.content) if got.content else None, got.headers)

    def get(self, path: str) -> Answer:
        return self("GET", path)

    def post(self, path: str, data: Any = None) -> Answer:
        return self("POST", path, data)

    def delete(self, path: str) -> Answer:
        return self("DELETE", path)


def with_api_key(user: User) -> Asking:
    """Asks as a program of this user's does."""
    secret = services.make_api_key(user, f"test {user.api_keys.count()}")
    return Asking(lambda *_: f"Bearer {secret}")


def with_a_key(user: User) -> Asking:
    """Asks as the `seattle` command of this user does: a new key of theirs signs each request."""
    key = KeyPair.generate()
    UserKey.objects.create(user=user, key_id=key.id, public_line=format_public_line(key.public), label="test")
    return Asking(Signer(key, settings.SITE.origin).authorization)
