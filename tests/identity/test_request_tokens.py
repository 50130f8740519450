"""Tokens that a strict reader must refuse, however well the rest of the message is made."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seattle.identity import tokens
from seattle.identity.errors import Malformed, Tampered
from seattle.identity.keys import KeyPair
from seattle.identity.tokens import ReplyClaims, RequestClaims

MakeClaims = Callable[..., dict[str, Any]]
Forge = Callable[..., str]


def read(token: str, key: KeyPair) -> RequestClaims:
    return tokens.verify(token, RequestClaims, key=key.public)


def test_a_token_says_what_was_signed(alice: KeyPair, node: KeyPair, claims: MakeClaims, forge: Forge) -> None:
    signed = read(forge(claims()), alice)
    assert (signed.iss, signed.aud, signed.method) == (alice.id, node.id, "look")
    assert signed.nonce == bytes.fromhex("0123456789abcdef" * 2)


def test_a_token_is_an_ordinary_jwt_for_other_libraries(
    alice: KeyPair, node: KeyPair, claims: MakeClaims, now: float
) -> None:
    token = tokens.sign(RequestClaims(**claims()), key=alice)
    public = Ed25519PrivateKey.from_private_bytes(alice.seed).public_key()
    read_elsewhere = jwt.decode(
        token, public, algorithms=["EdDSA"], audience=node.id, options={"verify_exp": False, "verify_iat": False}
    )
    assert read_elsewhere == claims()


def test_a_claim_of_a_later_version_is_ignored(alice: KeyPair, claims: MakeClaims, forge: Forge) -> None:
    assert read(forge(claims(colour="blue", nested={"a": [1]})), alice).method == "look"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, 7, "EDDSA", "ES256", "Ed25519", "Ed448"])
def test_another_algorithm_is_refused_even_with_our_signature(
    alice: KeyPair, claims: MakeClaims, forge: Forge, alg: object
) -> None:
    with pytest.raises(Tampered):
        read(forge(claims(), {"alg": alg, "typ": "seattle-request+jwt"}), alice)


@pytest.mark.parametrize("alg", ["none", "EdDSA"])
def test_an_unsigned_token_is_refused(alice: KeyPair, claims: MakeClaims, forge: Forge, alg: object) -> None:
    with pytest.raises(Tampered):
        read(forge(claims(), {"alg": alg, "typ": "seattle-request+jwt"}, lambda _: b""), alice)


@pytest.mark.parametrize("alg", ["HS256", "EdDSA"])
def test_a_public_key_used_as_a_shared_secret_signs_nothing(
    alice: KeyPair, claims: MakeClaims, forge: Forge, alg: object
) -> None:
    def mac(signed: bytes) -> bytes:
        return hmac.digest(alice.public.raw, signed, hashlib.sha256)

    with pytest.raises(Tampered):
        read(forge(claims(), {"alg": alg, "typ": "seattle-request+jwt"}, mac), alice)


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"]},
        {"b64": True},
        {"kid": "../../etc/passwd"},
        {"jku": "https://example.org/keys"},
        {"jwk": {"kty": "OKP"}},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"colour": "blue"},
        {"typ": "JWT"},
        {"typ": "seattle-reply+jwt"},
        {"typ": None},
    ],
    ids=str,
)
def test_a_header_that_is_not_exactly_ours_is_refused(
    alice: KeyPair, claims: MakeClaims, forge: Forge, extra: dict[str, Any]
) -> None:
    with pytest.raises(Tampered):
        read(forge(claims(), {"alg": "EdDSA", "typ": "seattle-request+jwt", **extra}), alice)


def test_a_header_without_type_is_refused(alice: KeyPair, claims: MakeClaims, forge: Forge) -> None:
    with pytest.raises(Tampered):
        read(forge(claims(), {"alg": "EdDSA"}), alice)


def test_a_token_of_another_key_is_refused(alice: KeyPair, bob: KeyPair, claims: MakeClaims, forge: Forge) -> None:
    with pytest.raises(Tampered):
        read(forge(claims(), sign=bob.sign), alice)


def test_a_token_in_which_a_key_calls_itself_another_is_refused(
    alice: KeyPair, bob: KeyPair, claims: MakeClaims, forge: Forge
) -> None:
    with pytest.raises(Tampered, match="issuer"):
        read(forge(claims(iss=bob.id)), alice)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": 7},
        {"iss": None},
        {"aud": ["one", "two"]},
        {"aud": "U"},
        {"method": ""},
        {"method": "x" * 129},
        {"method": None},
        {"digest": ""},
        {"digest": "F" * 64},
        {"digest": "f" * 64 + "\n"},
        {"iat": "1800000000"},
        {"iat": True},
        {"iat": None},
        {"exp": -1},
        {"exp": 1e12},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"jti": "0" * 31},
        {"jti": "g" * 32},
        {"jti": 10**31},
    ],
    ids=str,
)
def test_a_claim_of_a_wrong_type_or_size_is_refused(
    alice: KeyPair, claims: MakeClaims, forge: Forge, changed: dict[str, Any]
) -> None:
    with pytest.raises(Malformed):
        read(forge(claims(**changed)), alice)


@pytest.mark.parametrize("missing", ["iss", "aud", "method", "digest", "iat", "exp", "jti"])
def test_a_missing_claim_is_refused(alice: KeyPair, claims: MakeClaims, forge: Forge, missing: str) -> None:
    incomplete = claims()
    del incomplete[missing]
    with pytest.raises(Malformed):
        read(forge(incomplete), alice)


@pytest.mark.parametrize("token", ["", ".", "..", "...", "a.b.c", "é.é.é", "e30.e30.", "e30.e30.AAAA", "\x00"])
def test_text_that_is_no_token_is_refused(alice: KeyPair, token: str) -> None:
    with pytest.raises(Tampered):
        read(token, alice)


def test_a_request_token_does_not_pass_for_a_reply(alice: KeyPair, claims: MakeClaims, forge: Forge) -> None:
    with pytest.raises(Tampered):
        tokens.verify(forge(claims(kind="answer")), ReplyClaims, key=alice.public)


def test_what_nobody_would_accept_is_not_signed(alice: KeyPair, claims: MakeClaims) -> None:
    with pytest.raises(Malformed):
        tokens.sign(RequestClaims(**claims(method="")), key=alice)
