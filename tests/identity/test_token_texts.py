"""One token, several readings: texts that one reader understands so and another otherwise."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from seattle.identity import tokens
from seattle.identity.envelope import open_request
from seattle.identity.errors import EnvelopeError, IdentityError, Replayed
from seattle.identity.keys import KeyPair
from seattle.identity.nonces import NonceCache
from seattle.identity.tokens import ReplyClaims, RequestClaims, SiteClaims

MakeClaims = Callable[..., dict[str, Any]]
Forge = Callable[..., str]
Wrap = Callable[..., bytes]
DEEP = "[" * 1500 + "]" * 1500
HEADER = '{"alg":"EdDSA","typ":"seattle-request+jwt"}'


def b64(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(header: str, payload: str | bytes, key: KeyPair) -> str:
    """A token of these very texts."""
    text = f"{b64(header)}.{b64(payload)}"
    return f"{text}.{b64(key.sign(text.encode()))}"


def test_given_two_issuers_in_one_token_when_it_is_read_then_both_readers_see_the_same_one(
    alice: KeyPair, bob: KeyPair, claims: MakeClaims
) -> None:
    for first, second in ((alice, bob), (bob, alice)):
        payload = '{"iss":"' + first.id + '",' + json.dumps(claims(iss=second.id))[1:]
        token = signed(HEADER, payload, first)
        assert tokens.issuer(token) == second.public
        for key in (first, second):
            with pytest.raises(IdentityError):
                tokens.verify(token, RequestClaims, key=key.public)


def test_given_another_nonce_or_body_said_twice_when_it_is_read_then_there_is_one_reading(
    alice: KeyPair, claims: MakeClaims
) -> None:
    payload = '{"jti":"' + "f" * 32 + '","method":"stop",' + json.dumps(claims())[1:]
    read = tokens.verify(signed(HEADER, payload, alice), RequestClaims, key=alice.public)
    assert (read.jti, read.method) == (claims()["jti"], "look")


@pytest.mark.parametrize(
    "header",
    [
        '{"alg":"EdDSA","alg":"none","typ":"seattle-request+jwt"}',
        '{"typ":"seattle-site+jwt","alg":"EdDSA","typ":"seattle-reply+jwt"}',
        '{"alg":"EdDSA","typ":"SEATTLE-REQUEST+JWT"}',
        '{"alg":"EdDSA","typ":["seattle-request+jwt"]}',
        '{"alg":"EdDSA","typ":"seattle-request+jwt","x":{}}',
        '["EdDSA"]',
        '"EdDSA"',
        "null",
        "",
        "{" * 5000,
        '{"alg":"EdDSA","typ":' + DEEP + "}",
    ],
)
def test_given_a_header_that_says_two_things_or_nothing_when_it_is_read_then_the_token_is_refused(
    alice: KeyPair, claims: MakeClaims, header: str
) -> None:
    with pytest.raises(IdentityError):
        tokens.verify(signed(header, json.dumps(claims()), alice), RequestClaims, key=alice.public)


@pytest.mark.parametrize(
    "payload", ["[" * 50_000, '{"iss":' * 10_000, "\xff", "{}", "[]", "1", '"' + "x" * 1000, '{"x":' + DEEP + "}"]
)
def test_given_a_payload_that_is_no_claims_when_it_is_read_then_it_is_refused_in_our_words(
    alice: KeyPair, payload: str
) -> None:
    token = signed(HEADER, payload.encode("latin-1"), alice)
    with pytest.raises(IdentityError):
        tokens.issuer(token)
    with pytest.raises(IdentityError):
        tokens.verify(token, RequestClaims, key=alice.public)


def test_given_a_token_of_one_kind_when_it_is_read_as_another_then_it_is_refused(
    alice: KeyPair, claims: MakeClaims
) -> None:
    kinds: list[tuple[Any, Any]] = [
        (RequestClaims, SiteClaims),
        (SiteClaims, ReplyClaims),
        (ReplyClaims, RequestClaims),
    ]
    everything = claims(path="/", kind="answer", aud="https://testserver", asked_at=0)
    for made, read in kinds:
        header = json.dumps({"alg": "EdDSA", "typ": tokens._TYPES[made]})
        with pytest.raises(IdentityError):
            tokens.verify(signed(header, json.dumps(everything), alice), read, key=alice.public)


def other_texts(token: str) -> list[str]:
    """The same token for a reader that is lenient with base64."""
    head, payload, signature = token.split(".")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(signature[-1])
    spare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1]
    return [
        f"{head}.{payload}.{signature}=",
        f"{head}.{payload}.{signature}==",
        f"{head}.{payload}.{signature[:-1]}{spare}",
        f"{head}.{payload}.{signature[:9]}!{signature[9:]}",
        f"{head}.{payload}.{signature[:9]}\n{signature[9:]}",
        f"{head}.{payload}.{signature.replace('-', '+').replace('_', '/')}",
        f"{head}.{payload}.{signature}.{signature}",
        f" {token}",
        f"{token}\n",
    ]


@pytest.mark.parametrize("which", range(9))
def test_given_a_request_that_was_served_when_its_token_comes_in_another_text_then_it_is_not_served_again(
    alice: KeyPair,
    node: KeyPair,
    forge: Forge,
    claims: MakeClaims,
    wrap: Wrap,
    nonces: NonceCache,
    now: float,
    which: int,
) -> None:
    token = forge(claims())
    assert open_request(wrap(token), node=node, nonces=nonces, now=now).caller == alice.public
    with pytest.raises(EnvelopeError) as refused:
        open_request(wrap(other_texts(token)[which]), node=node, nonces=nonces, now=now)
    assert isinstance(refused.value, Replayed) or refused.value.code in ("tampered", "malformed")
