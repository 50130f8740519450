"""The protocol's page is the one that the code makes, and its vectors open as it says, without any of our own code."""

import base64
import binascii
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import jwt
import msgspec
import nacl.bindings
import nacl.public
import nacl.signing
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.node.protocol_vectors import CONTENT, SLOW, make_vectors

from seattle.fabric.node_api import NodeMethod
from seattle.node.reference import OPERATIONS, fill_in, main, refusals

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "protocol.md"


def test_given_the_code_when_the_page_is_made_then_it_is_the_one_in_the_documentation() -> None:
    assert PAGE.read_text() == fill_in(PAGE.read_text()), (
        "bring it up to date: python -m seattle.node.reference docs/protocol.md"
    )


def test_given_a_page_when_it_is_brought_up_to_date_twice_then_the_second_time_changes_nothing(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- fields: Start -->\nold\n<!-- end -->\n")
    main(page)
    once = page.read_text()
    main(page)
    assert "program" in once
    assert "old" not in once
    assert page.read_text() == once


def test_given_what_can_be_asked_when_the_page_is_read_then_each_body_and_answer_has_a_table_once() -> None:
    page = PAGE.read_text()
    tables = re.findall(r"^\*\*(\w+)\*\*, a", page, re.MULTILINE)
    assert len(tables) == len(set(tables))
    assert {one.request.__name__ for one in OPERATIONS} | {one.reply.__name__ for one in OPERATIONS} <= set(tables)
    assert {one.method for one in OPERATIONS} == set(NodeMethod)
    named = set(re.findall(r"`([A-Z]\w+[a-z]\w*)`", page)) - {"Content"}
    assert named <= set(tables)


def test_given_the_refusals_when_listed_then_no_code_means_two_things() -> None:
    codes = [code for code, _ in refusals()]
    assert len(codes) == len(set(codes))
    assert {"not-allowed", "over-quota", "already-started", "proposal-too-large"} <= set(codes)


@pytest.fixture(params=["the file", "fresh ones"])
def vectors(request: pytest.FixtureRequest) -> Any:
    """Those in the documentation, and those that the code makes now."""
    stored = json.loads((DOCS / "protocol-vectors.json").read_text())
    return stored if request.param == "the file" else json.loads(json.dumps(make_vectors()))


def raw(key: dict[str, str], name: str) -> bytes:
    return bytes.fromhex(key[name])


def open_box(box: bytes, *, to: dict[str, str], sender: dict[str, str]) -> list[Any]:
    """What is in a box: token and body."""
    keys = nacl.public.PrivateKey(raw(to, "curve_secret")), nacl.public.PublicKey(raw(sender, "curve_public"))
    content: list[Any] = msgspec.msgpack.decode(nacl.public.Box(*keys).decrypt(box[24:], box[:24]))
    return content


def claims_of(token: str, *, signer: dict[str, str], kind: str) -> dict[str, Any]:
    public = Ed25519PublicKey.from_public_bytes(raw(signer, "public"))
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "typ": kind}
    unchecked = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    claims: dict[str, Any] = jwt.decode(token, public, algorithms=["EdDSA"], options=unchecked)  # type: ignore[arg-type]
    assert claims["iss"] == signer["id"]
    return claims


def body_of_reply(reply: dict[str, Any], vectors: Any) -> tuple[dict[str, Any], bytes]:
    node, caller = vectors["keys"]["node"], vectors["keys"]["caller"]
    version, box = msgspec.msgpack.decode(bytes.fromhex(reply["wire"]))
    assert version == 1
    token, body = open_box(box, to=caller, sender=node)
    claims = claims_of(token, signer=node, kind="seattle-reply+jwt")
    assert (claims["aud"], claims["jti"]) == (caller["id"], reply["nonce"])
    assert claims["digest"] == hashlib.sha256(body).hexdigest()
    return claims, body


@pytest.mark.parametrize("name", ["caller", "node"])
def test_given_a_seed_when_the_keys_are_made_as_the_page_says_then_they_are_those_of_the_vectors(
    vectors: Any, name: str
) -> None:
    key = vectors["keys"][name]
    signing = nacl.signing.SigningKey(raw(key, "seed"))
    assert bytes(signing.verify_key) == raw(key, "public")
    data = b"\xa0" + raw(key, "public")
    checksum = binascii.crc_hqx(data, 0).to_bytes(2, "little")
    assert base64.b32encode(data + checksum).decode().rstrip("=") == key["id"]
    curve = nacl.bindings.crypto_sign_ed25519_pk_to_curve25519(raw(key, "public"))
    assert curve == raw(key, "curve_public")
    secret = nacl.bindings.crypto_sign_ed25519_sk_to_curve25519(raw(key, "seed") + raw(key, "public"))
    assert secret == raw(key, "curve_secret")


@pytest.mark.parametrize("name", ["start", "add_file", "split"])
def test_given_a_request_when_it_is_opened_as_the_page_says_then_all_that_binds_it_is_right(
    vectors: Any, name: str
) -> None:
    node, caller = vectors["keys"]["node"], vectors["keys"]["caller"]
    request = vectors["requests"][name]
    version, key, mark, box = msgspec.msgpack.decode(bytes.fromhex(request["wire"]))
    assert (version, key) == (1, raw(caller, "public"))
    wanted = hashlib.blake2b(box[:24], digest_size=8, key=raw(node, "public"), person=b"seattle-mark\0\0\0\0")
    assert mark == wanted.digest()
    token, body = open_box(box, to=node, sender=caller)
    assert body == bytes.fromhex(request["body"])
    assert claims_of(token, signer=caller, kind="seattle-request+jwt") == {
        "iss": caller["id"],
        "aud": node["id"],
        "method": request["method"],
        "digest": hashlib.sha256(body).hexdigest(),
        "iat": request["now"],
        "exp": request["now"] + 30,
        "jti": request["nonce"],
    }


def test_given_the_bodies_when_they_are_decoded_then_they_are_plain_maps(vectors: Any) -> None:
    bodies = {name: msgspec.msgpack.decode(bytes.fromhex(one["body"])) for name, one in vectors["requests"].items()}
    assert bodies["start"] == {"vessel": "v1", "program": "hello.py", "arguments": ["one", "two"]}
    assert bodies["add_file"]["data"] == CONTENT
    assert bodies["add_file"]["digest"] == hashlib.sha256(CONTENT).hexdigest()
    assert (bodies["split"]["resources"]["cpu"], bodies["split"]["resources"]["connport"]) == (0.02, [63100])


def test_given_an_answer_and_a_refusal_when_they_are_opened_then_type_tells_them_apart(vectors: Any) -> None:
    claims, body = body_of_reply(vectors["replies"]["answer"], vectors)
    assert claims["kind"] == "answer"
    answer = msgspec.msgpack.decode(body)
    assert answer["type"] == "answer"
    assert msgspec.msgpack.decode(answer["value"]) == {
        "run": 3,
        "walls": [{"name": "seccomp", "state": "up"}],
        "log_offset": 120,
    }
    _, body = body_of_reply(vectors["replies"]["refusal"], vectors)
    refused = msgspec.msgpack.decode(body)
    assert (refused["type"], refused["code"]) == ("error", "already-started")


def test_given_a_skew_reply_when_it_is_opened_then_its_times_tell_how_far_the_clocks_are_apart(vectors: Any) -> None:
    claims, body = body_of_reply(vectors["replies"]["skew"], vectors)
    assert (claims["kind"], body) == ("skew", b"")
    assert claims["asked_at"] == vectors["replies"]["skew"]["asked_at"]
    assert claims["iat"] - claims["asked_at"] == SLOW


def test_given_an_advert_when_it_is_opened_as_the_page_says_then_its_node_has_signed_it(vectors: Any) -> None:
    node, caller = vectors["keys"]["node"], vectors["keys"]["caller"]
    payload, signature = msgspec.msgpack.decode(bytes.fromhex(vectors["advert"]["wire"]))
    nacl.signing.VerifyKey(raw(node, "public")).verify(b"seattle advert 1\0" + payload, signature)
    told = msgspec.msgpack.decode(payload)
    assert (told["node"], told["vessels"]) == (node["id"], {caller["id"]: ["v1", "v2"]})


def test_given_a_proof_of_possession_when_it_is_made_as_the_page_says_then_it_is_the_one_in_the_vectors(
    vectors: Any,
) -> None:
    asked = vectors["enrolment"]
    parts = [hashlib.sha256(asked[name].encode()).digest() for name in ("challenge", "role", "invitation")]
    key = nacl.signing.SigningKey(raw(vectors["keys"]["caller"], "seed"))
    assert key.sign(b"seattle enrolment 1\0" + b"".join(parts)).signature.hex() == asked["signature"]


def test_given_the_subjects_when_they_are_put_together_as_the_page_says_then_they_are_those_of_the_vectors(
    vectors: Any,
) -> None:
    node, caller = vectors["keys"]["node"]["id"], vectors["keys"]["caller"]["id"]
    assert vectors["subjects"] == {
        "call": f"seattle.node.{node}.{caller}",
        "reply": f"_INBOX.{caller}.{node}.SECRET.1",
        "lookup": f"seattle.directory.lookup.{caller}",
        "live": f"seattle.directory.live.{caller}",
    }
