"""What an installer says of itself is what somebody has signed."""

import base64
import json
from typing import Any

import pytest
from tests.installer.statements import SIGNER, statement

from seattle.identity.keys import KeyPair
from seattle.installer.errors import StatementBroken
from seattle.installer.statement import CONTEXT, LARGEST, NodePart, Updates, check, sign
from seattle.updater.roles import Channel

OTHER = KeyPair.from_seed(b"x" * 32)


def signature(data: bytes, pair: KeyPair = SIGNER, context: bytes = CONTEXT) -> bytes:
    text = base64.b64encode(pair.sign(context + data)).decode()
    return json.dumps({"key": pair.public.id, "signature": text}).encode()


def test_given_a_statement_when_it_is_signed_and_checked_then_it_is_the_same_and_says_by_whom() -> None:
    said = statement(updates=Updates("https://example.org/updates", Channel.STABLE, {"signed": {}}))
    signed = check(*sign(said, SIGNER), signed_by=SIGNER.public.id)
    assert (signed.statement, signed.by) == (said, SIGNER.public)


def test_given_the_same_statement_when_it_is_signed_twice_then_it_is_the_same_to_the_byte() -> None:
    assert sign(statement(), SIGNER) == sign(statement(), SIGNER)


def test_given_a_statement_with_one_bit_changed_when_it_is_checked_then_it_is_refused() -> None:
    data, signed = sign(statement(), SIGNER)
    for place in range(0, len(data), 7):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(StatementBroken):
            check(bytes(changed), signed)


ODDLY = {
    "a root that nests deeply": b',"updates":{"url":"https://x","channel":"stable","root":'
    + b'{"":' * 9000
    + b"1"
    + b"}" * 9001,
    "a size that is a truth": b',"bundle":{"version":"1","sha256":"' + b"0" * 64 + b'","size":true}',
    "a share that is no number": b',"percent":NaN',
    "half a character": b',"name":"\\ud800"',
    "a field in capitals": b',"Name":"a class"',
    "a second statement": b'}{"format":1',
}


@pytest.mark.parametrize("more", ODDLY.values(), ids=ODDLY)
def test_given_a_signed_statement_that_is_oddly_written_when_it_is_checked_then_it_is_refused(more: bytes) -> None:
    data, _ = sign(statement(), SIGNER)
    odd = data[:-1] + more + b"}"
    with pytest.raises(StatementBroken):
        check(odd, signature(odd))


def test_given_another_signer_when_one_is_expected_then_it_is_refused_with_both_names() -> None:
    with pytest.raises(StatementBroken, match=f"{OTHER.public.id}, not by {SIGNER.public.id}"):
        check(*sign(statement(), OTHER), signed_by=SIGNER.public.id)


def test_given_a_signature_for_something_else_by_the_same_key_when_it_is_checked_then_it_is_refused() -> None:
    data, _ = sign(statement(), SIGNER)
    for context in (b"", b"seattle request 1\n"):
        with pytest.raises(StatementBroken):
            check(data, signature(data, context=context))


def test_given_the_signature_of_another_under_a_trusted_name_when_it_is_checked_then_it_is_refused() -> None:
    data, _ = sign(statement(), SIGNER)
    forged = {**json.loads(signature(data, OTHER)), "key": SIGNER.public.id}
    with pytest.raises(StatementBroken):
        check(data, json.dumps(forged).encode())


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"null", b"\xff", b'{"key": 1, "signature": ""}', b"[" * 5000])
def test_given_what_is_no_signature_when_it_is_checked_then_it_is_refused(text: bytes) -> None:
    data, _ = sign(statement(), SIGNER)
    with pytest.raises(StatementBroken):
        check(data, text)


@pytest.mark.parametrize(
    "changes",
    [
        {"vesselinfo": "Percent 100\n"},
        {"vesselinfo": "Percent 90\nOwner x\n"},
        {"id": "../../../../../../../../../../../../etc/x"},
        {"percent": 0},
        {"percent": 101},
        {"format": 2},
        {"loader": "z" * 64},
        {"node": NodePart([])},
        {"node": NodePart(["nats://example.org:4222"])},  # in clear text, and nobody said so
        {"node": NodePart(["tls://example.org:4222"], enrol_url="file:///etc/passwd")},
        {"vesselinfo": "#" * LARGEST},
        {"id": "a" * 40 + "\n"},
        {"loader": "a" * 64 + "\n"},
        {"name": "A class\x1b[1A\x1b[2K"},  # which would take back the line before it
        {"site": "https://example.org\n  part 1: 100 % of what is lent, owned by you"},
        {"node": NodePart(["tls://example.org:4222\x9b2J"])},
        {"updates": Updates("https://example.org/\u202egro.elpmaxe", Channel.STABLE, {})},  # read from right to left
    ],
)
def test_given_what_no_installer_can_be_when_it_is_to_be_signed_then_that_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(StatementBroken):
        sign(statement(**changes), SIGNER)


@pytest.mark.parametrize("extra", [{"run": "rm"}, {"bundle": {"version": "1", "sha256": "0" * 64, "size": 1, "x": 1}}])
def test_given_a_signed_statement_that_says_more_than_we_know_when_it_is_checked_then_it_is_refused(
    extra: dict[str, Any],
) -> None:
    data, _ = sign(statement(), SIGNER)
    more = json.dumps({**json.loads(data), **extra}).encode()
    with pytest.raises(StatementBroken):
        check(more, signature(more))
