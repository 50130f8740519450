"""Who a request to the APIs is from: API keys, signed requests, and what is tried to pass for them."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from seattle.clearinghouse.accounts import services
from seattle.clearinghouse.accounts.authentication import authenticate
from seattle.clearinghouse.accounts.models import ApiKey, User, UserKey
from seattle.clearinghouse.config import SiteSettings
from seattle.clearinghouse.errors import BadRequest, NotAuthenticated, NotFound
from seattle.client.site.signing import Signer, check_site_url
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line
from seattle.identity.tokens import RequestClaims, SiteClaims, digest, new_nonce, sign

PATH = "/api/v1/vessels/?wait=5"
BODY = b'{"count": 3}'


@pytest.fixture
def alice(new_user: Callable[..., User]) -> User:
    return new_user("alice")


@pytest.fixture
def key(alice: User) -> KeyPair:
    pair = KeyPair.generate()
    services.add_key(alice, format_public_line(pair.public))
    return pair


def signed(key: KeyPair, **changes: Any) -> str:
    """The header of a request that is right but for these claims."""
    now = time.time()
    claims = {
        "iss": key.id,
        "aud": settings.SITE.origin,
        "method": "POST",
        "path": PATH,
        "digest": digest(BODY),
        "iat": now,
        "exp": now + 60,
        "jti": new_nonce().hex(),
    }
    return f"Bearer {sign(SiteClaims(**{**claims, **changes}), key=key)}"


def refused(authorization: str, *, method: str = "POST", path: str = PATH, body: bytes = BODY) -> str:
    """The reason why this is nobody."""
    with pytest.raises(NotAuthenticated) as no:
        authenticate(method, path, body, authorization)
    return no.value.message


# Signed requests.


def test_given_a_request_signed_by_a_users_key_when_it_comes_then_it_is_from_the_user(
    alice: User, key: KeyPair
) -> None:
    header = Signer(key, settings.SITE.origin).authorization("POST", PATH, BODY)
    assert authenticate("POST", PATH, BODY, header) == alice


def test_given_a_request_that_was_here_when_it_comes_again_then_it_is_refused(key: KeyPair) -> None:
    header = signed(key)
    authenticate("POST", PATH, BODY, header)
    assert "here before" in refused(header)


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "DELETE"},
        {"method": "post"},
        {"path": "/api/v1/vessels/"},
        {"path": "/api/v1/vessels/?wait=5&wait=5"},
        {"path": "/api/v1/vessels/?wait=%35"},
        {"path": "/api/v1/vessels/%3Fwait=5"},
        {"path": "//api/v1/vessels/?wait=5"},
        {"path": "/api/v1/vessels/?wait=50"},
        {"path": "/api/v1/keys/?wait=5"},
        {"body": b'{"count": 30}'},
        {"body": BODY + b"\n"},
        {"body": b""},
    ],
)
def test_given_a_signed_request_when_it_is_altered_on_its_way_then_it_is_refused(
    key: KeyPair, changed: dict[str, Any]
) -> None:
    assert "made for another" in refused(signed(key), **changed) or "made for a POST" in refused(signed(key), **changed)


def test_given_a_path_that_is_escaped_otherwise_when_it_comes_then_it_is_the_same(alice: User, key: KeyPair) -> None:
    assert authenticate("POST", "/api/v1/vessels/U:v1", BODY, signed(key, path="/api/v1/vessels/U%3Av1")) == alice


def test_given_a_site_whose_url_has_capitals_and_the_usual_port_when_it_is_asked_then_names_agree() -> None:
    url = "https://Seattle.Example.org:443/"
    assert SiteSettings(url=url).origin == check_site_url(url) == "https://seattle.example.org"


def test_given_a_request_for_another_site_when_it_is_passed_on_to_us_then_it_is_refused(key: KeyPair) -> None:
    assert "this site is" in refused(signed(key, aud="https://evil.example"))


def test_given_a_token_signed_by_another_key_when_it_comes_then_it_is_refused(key: KeyPair) -> None:
    header = signed(key)
    head, payload, _ = header.removeprefix("Bearer ").split(".")
    forged = signed(KeyPair.generate()).rpartition(".")[2]
    assert "not signed by the key" in refused(f"Bearer {head}.{payload}.{forged}")


def test_given_a_token_without_a_signature_when_it_comes_then_it_is_refused(key: KeyPair) -> None:
    claims = jwt.decode(signed(key).removeprefix("Bearer "), options={"verify_signature": False})
    unsigned = jwt.encode(claims, "", algorithm="none", headers={"typ": "seattle-site+jwt"})
    assert "no signed token" in refused(f"Bearer {unsigned}")
    assert "neither an API key (sak_...) nor a signed token" in refused("Bearer password")


def test_given_a_token_of_another_kind_when_it_comes_then_it_is_refused(key: KeyPair) -> None:
    now = time.time()
    request = RequestClaims(
        iss=key.id, aud=KeyPair.generate().id, method="POST", digest=digest(BODY), iat=now, exp=now + 30, jti="0" * 32
    )
    assert "not that of a token of this kind" in refused(f"Bearer {sign(request, key=key)}")


def test_given_a_header_that_brings_its_own_key_when_it_comes_then_it_is_refused(key: KeyPair) -> None:
    claims = jwt.decode(signed(key).removeprefix("Bearer "), options={"verify_signature": False})
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    headers = {"typ": "seattle-site+jwt", "kid": "../../dev/null"}
    assert "header" in refused(f"Bearer {jwt.encode(claims, private, algorithm='EdDSA', headers=headers)}")


@pytest.mark.parametrize(
    "times",
    [(-61, -1), (120, 180), (-31, 600), (0, 0), (5, -5)],
    ids=["over", "not yet", "too long", "no time", "backwards"],
)
def test_given_a_token_whose_time_is_not_now_when_it_comes_then_it_is_refused(
    key: KeyPair, times: tuple[float, float]
) -> None:
    now = time.time()
    refused(signed(key, iat=now + times[0], exp=now + times[1]))


def test_given_a_clock_that_is_wrong_when_the_site_tells_its_own_then_requests_are_accepted(
    alice: User, key: KeyPair
) -> None:
    signer = Signer(key, settings.SITE.origin, clock=lambda: time.time() - 5000)
    assert "clock" in refused(signer.authorization("POST", PATH, BODY))
    assert signer.correct(time.time())
    assert authenticate("POST", PATH, BODY, signer.authorization("POST", PATH, BODY)) == alice


def test_given_a_retired_key_when_it_signs_then_it_is_refused(alice: User, key: KeyPair) -> None:
    services.retire_key(alice, key.id)
    assert "seattle login" in refused(signed(key))


def test_given_a_key_of_nobody_when_it_signs_then_it_is_refused(db: None) -> None:
    assert "not a key of an account" in refused(signed(KeyPair.generate()))


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b.c", "Bearer sak_", "Bearer " + "x" * 9000, "Bearer \u00e9.e.e",
     "Bearer ..", "Bearer a." + "W" * 4000 + ".c", "Bearer a.eyJpc3MiOiAxfQ.c"],
)  # fmt: skip
def test_given_what_is_no_credential_when_it_comes_then_it_is_refused(db: None, header: str) -> None:
    refused(header)


def test_given_one_request_when_many_copies_come_at_once_then_one_is_served(
    transactional_db: None, new_user: Callable[..., User]
) -> None:
    user, pair = new_user(), KeyPair.generate()
    services.add_key(user, pair.id)
    header = signed(pair)

    def come(_: int) -> bool:
        try:
            authenticate("POST", PATH, BODY, header)
        except NotAuthenticated:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(come, range(8))).count(True) == 1


# API keys.


def test_given_an_api_key_when_a_program_sends_it_then_it_is_from_the_user(alice: User) -> None:
    assert authenticate("GET", "/", b"", f"Bearer {services.make_api_key(alice, 'ci')}") == alice


def test_given_a_new_api_key_when_it_is_stored_then_its_secret_is_not(alice: User) -> None:
    secret = services.make_api_key(alice, "ci")
    assert secret not in str(list(ApiKey.objects.values()))
    assert len(secret) >= 40


def test_given_a_revoked_api_key_when_a_program_sends_it_then_it_is_refused(alice: User) -> None:
    secret = services.make_api_key(alice, "ci")
    services.revoke_api_key(alice, alice.api_keys.get().pk)
    assert "revoked" in refused(f"Bearer {secret}")


def test_given_anothers_api_key_when_it_is_revoked_then_it_is_not_found(
    alice: User, new_user: Callable[..., User]
) -> None:
    secret = services.make_api_key(alice, "ci")
    with pytest.raises(NotFound):
        services.revoke_api_key(new_user(), alice.api_keys.get().pk)
    assert authenticate("GET", "/", b"", f"Bearer {secret}") == alice


def test_given_an_api_key_when_another_gets_its_name_then_it_is_refused(alice: User) -> None:
    services.make_api_key(alice, "ci")
    with pytest.raises(BadRequest, match="choose another"):
        services.make_api_key(alice, " ci ")


def test_given_as_many_api_keys_as_may_be_when_one_is_made_then_it_is_refused(alice: User) -> None:
    for number in range(services.MAX_API_KEYS):
        services.make_api_key(alice, f"key {number}")
    with pytest.raises(BadRequest, match="revoke one"):
        services.make_api_key(alice, "one more")


@pytest.mark.parametrize("how", ["api key", "signature"])
def test_given_a_banned_user_when_a_request_comes_then_it_is_refused(alice: User, key: KeyPair, how: str) -> None:
    secret = services.make_api_key(alice, "ci")
    services.ban(alice)
    assert "closed" in refused(f"Bearer {secret}" if how == "api key" else signed(key))


def test_given_many_requests_in_a_minute_when_they_come_then_the_use_is_noted_once(alice: User, key: KeyPair) -> None:
    authenticate("POST", PATH, BODY, signed(key))
    noted = UserKey.objects.get(key_id=key.id).used_at
    authenticate("POST", PATH, BODY, signed(key))
    assert UserKey.objects.get(key_id=key.id).used_at == noted is not None


def test_given_an_api_key_when_it_is_used_then_the_queries_are_few(alice: User) -> None:
    secret = services.make_api_key(alice, "ci")
    with CaptureQueriesContext(connection) as queries:
        authenticate("GET", "/", b"", f"Bearer {secret}")
    assert len(queries) <= 2
