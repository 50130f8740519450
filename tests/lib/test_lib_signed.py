"""Data signed with Ed25519: by Seattle's users and by programs; and everything for which it is refused."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from tests.lib.conftest import Run

from seattle.identity.errors import UnsafeKey
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.nkey import NkeyKind, encode_nkey

ALICE, BOB = KeyPair.from_seed(bytes(range(32))), KeyPair.from_seed(bytes(range(1, 33)))
NAMES = f"""
import ed25519, nkey, signed
private, alice, bob = {ALICE.seed!r}, {ALICE.id!r}, {BOB.id!r}

def outcome(*arguments, **options):
    try:
        return signed.verify(*arguments, **options).data
    except signed.SignedError as why:
        return type(why).__name__
"""


def by_pyjwt(data: bytes, key: KeyPair = ALICE, **header: Any) -> str:
    """What another program signs, with the header that the docstring of `sign` describes."""
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    return jwt.PyJWS(algorithms=["EdDSA"]).encode(
        data, private, algorithm="EdDSA", headers={"typ": "seattle-data", "iss": key.id, "iat": 1000, **header}
    )


def test_given_what_a_seattle_user_signed_when_checked_by_id_then_it_is_known_for_theirs(run: Run) -> None:
    program = NAMES + (
        f"ed25519.verify(nkey.public_of(alice), {ALICE.sign(b'mine')!r}, b'mine')\n"
        "try:\n"
        f"    ed25519.verify(nkey.public_of(bob), {ALICE.sign(b'mine')!r}, b'mine')\n"
        "except ed25519.BadSignature as why:\n    print(why)\n"
    )
    assert run(program) == "this key's holder did not sign this message\n"


def test_given_keys_when_written_as_ids_then_they_are_those_of_seattle(run: Run) -> None:
    keys = [KeyPair.from_seed(bytes([number]) * 32).public for number in range(8)]
    program = (
        f"import nkey\nfor raw in {[key.raw for key in keys]!r}:\n"
        "    print(nkey.id_of(raw), nkey.public_of(nkey.id_of(raw)) == raw)\n"
    )
    assert run(program).splitlines() == [f"{key.id} True" for key in keys]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "U",
        ALICE.id[:-1],
        ALICE.id + "A",
        ALICE.id.lower(),
        ALICE.id[:-1] + ("A" if ALICE.id[-1] != "A" else "B"),
        ALICE.id[:20] + ("A" if ALICE.id[20] != "A" else "B") + ALICE.id[21:],
        ALICE.id[:-1] + "=",
        ALICE.id[:-1] + "é",
        encode_nkey(NkeyKind.ACCOUNT, ALICE.public.raw),
        encode_nkey(NkeyKind.USER_SEED, ALICE.seed),
    ],
)
def test_given_text_that_is_no_id_when_read_then_a_value_error_says_so(run: Run, text: str) -> None:
    program = f"import nkey\ntry:\n    print(nkey.public_of({text!r}))\nexcept ValueError as why:\n    print(why)\n"
    assert run(program).startswith("an id has 56 characters")


def test_given_data_when_signed_in_a_vessel_then_other_programs_can_check_it(run: Run) -> None:
    program = NAMES + (
        "print(signed.sign('caf\\u00e9', private, to=[bob], expires=2000.5, sequence=7, issued=1000))\n"
        "print(signed.sign(b'', private, issued=1000))\n"
    )
    public = Ed25519PublicKey.from_public_bytes(ALICE.public.raw)
    first, second = (
        jwt.PyJWS(algorithms=["EdDSA"]).decode_complete(text, public, algorithms=["EdDSA"])
        for text in run(program).split()
    )
    header = {"alg": "EdDSA", "typ": "seattle-data", "iss": ALICE.id, "iat": 1000}
    assert (first["payload"], first["header"]) == (
        "café".encode(),
        {**header, "aud": [BOB.id], "exp": 2000.5, "seq": 7},
    )
    assert (second["payload"], second["header"]) == (b"", header)


def test_given_data_that_another_program_signed_when_checked_then_all_of_it_is_there(run: Run) -> None:
    program = NAMES + (
        f"told = signed.verify({by_pyjwt(b'hello', aud=[BOB.id], exp=2000, seq=7)!r}, alice, me=bob, now=1500)\n"
        "print(told.data, told.signer == alice, told.issued, told.expires, told.sequence, told.to == (bob,))\n"
        f"told = signed.verify({by_pyjwt(bytes(range(256)))!r}.encode(), [bob, alice])\n"
        "print(told.data == bytes(range(256)), told.expires, told.sequence, told.to)\n"
        f"print(signed.verify({by_pyjwt(b'from whom?')!r}, None).signer == alice)\n"
    )
    assert run(program).splitlines() == [
        "b'hello' True 1000 2000 7 True",
        "True None None ()",
        "True",
    ]


def test_given_reasons_for_mistrust_when_checked_then_each_has_its_error(run: Run) -> None:
    program = NAMES + (
        "text = signed.sign(b'x', private, to=[bob], expires=2000)\n"
        "print(outcome(text, alice, me=bob, now=1999), outcome(text, alice, me=bob, now=2000))\n"
        "print(outcome(text, bob, me=bob, now=1), outcome(text, [], me=bob, now=1))\n"
        "print(outcome(text, alice, me=alice, now=1), outcome(text, alice, now=1))\n"
        "print(outcome(signed.sign(b'for all', private), alice, me=bob))\n"
        f"print(outcome({by_pyjwt(b'forged', BOB, iss=ALICE.id)!r}, alice))\n"
    )
    assert run(program).splitlines() == [
        "b'x' Expired",
        "BadSignature BadSignature",
        "NotForMe NotForMe",
        "b'for all'",
        "BadSignature",
    ]


def test_given_signed_text_when_any_character_is_changed_then_it_is_refused(run: Run) -> None:
    program = NAMES + (
        "text = signed.sign(b'pay 5', private, sequence=1)\n"
        "changed = [text[:at] + ('A' if text[at] != 'A' else 'B') + text[at + 1:] for at in range(len(text))]\n"
        "changed += [text[:size] for size in range(0, len(text), 5)] + [text + 'A', text + '=', text + '.']\n"
        "changed.append(' ' + text)\n"
        "print({outcome(one, alice) for one in changed} - {'BadSignature', 'Malformed'})\n"
    )
    assert run(program) == "set()\n"


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "seattle-request+jwt"},
        {"crit": ["exp"]},
        {"jwk": {}},
        {"kid": "1"},
        {"iss": "Alice"},
        {"iss": None},
        {"iat": None},
        {"iat": True},
        {"exp": "never"},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": -1},
        {"seq": 1.5},
        {"seq": -1},
        {"seq": 2**63},
        {"seq": True},
        {"aud": ALICE.id},
        {"aud": [1]},
        {"aud": {}},
    ],
)
def test_given_a_header_that_is_not_ours_when_checked_then_it_is_malformed(run: Run, header: dict[str, Any]) -> None:
    assert run(NAMES + f"print(outcome({by_pyjwt(b'x', **header)!r}, None))\n") == "Malformed\n"


def test_given_a_token_without_a_signature_when_checked_then_it_is_malformed(run: Run) -> None:
    header = json.dumps({"alg": "none", "typ": "seattle-data", "iss": ALICE.id, "iat": 1})
    program = NAMES + (
        "import base64\n"
        f"part = base64.urlsafe_b64encode({header.encode()!r}).decode().rstrip('=')\n"
        "print(outcome(part + '.eA.', alice), outcome(part + '.eA.eA', alice), outcome('..', alice))\n"
        "print(outcome('', None), outcome(b'\\xff.\\xff.\\xff', None))\n"
        "deep = base64.urlsafe_b64encode(b'[' * 3000).decode()\n"
        "print(outcome(deep + '.eA.eA', None), outcome('A' * 5000 + '.eA.eA', None))\n"
    )
    assert set(run(program).split()) == {"Malformed"}


def test_given_a_receiver_when_texts_come_again_or_late_then_each_is_taken_once_in_order(run: Run) -> None:
    program = NAMES + (
        "other = ed25519.new_key()\nother_id = nkey.id_of(ed25519.public_key(other))\n"
        "receiver = signed.Receiver([alice, other_id], me=bob)\n"
        "def receive(*arguments, **options):\n"
        "    try:\n        return receiver.receive(signed.sign(*arguments, **options)).data\n"
        "    except signed.SignedError as why:\n        return type(why).__name__\n\n"
        "for number in (0, 0, 5, 4, None, 6):\n    print(receive(str(number), private, sequence=number))\n"
        "print(receive(b'other', other, sequence=1), receive(b'9', private, sequence=9, expires=1))\n"
        "print(receive(b'7', private, sequence=7, to=[bob]), receive(b'who?', ed25519.new_key(), sequence=99))\n"
    )
    assert run(program).splitlines() == [
        *("b'0'", "OutOfOrder", "b'5'", "OutOfOrder", "OutOfOrder", "b'6'"),
        "b'other' Expired",
        "b'7' BadSignature",
    ]


def test_given_a_receiver_when_it_would_take_from_anybody_then_it_is_not_made(run: Run) -> None:
    program = NAMES + "try:\n    signed.Receiver(None)\nexcept ValueError as why:\n    print(why)\n"
    assert run(program) == "name the ids of those from whom something is taken\n"


def test_given_fields_that_can_t_be_when_signing_then_a_value_error_says_which(run: Run) -> None:
    program = NAMES + (
        "for fields in ({'expires': -1}, {'sequence': 'one'}, {'to': ['Bob']}, {'issued': float('nan')}):\n"
        "    try:\n        print(signed.sign(b'x', private, **fields))\n"
        "    except ValueError as why:\n        print(why)\n"
    )
    lines = run(program).splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["exp", "seq", "aud", "iat"]


def test_given_an_unsafe_key_when_it_has_an_id_then_nothing_is_signed_by_it(run: Run) -> None:
    low = encode_nkey(NkeyKind.USER, (1).to_bytes(32, "little"))
    with pytest.raises(UnsafeKey):
        PublicKey.from_id(low)
    header = {"alg": "EdDSA", "typ": "seattle-data", "iss": low, "iat": 1}
    program = NAMES + (
        "import base64, json\n"
        f"part = base64.urlsafe_b64encode(json.dumps({header!r}).encode()).decode().rstrip('=')\n"
        "fits_all = base64.urlsafe_b64encode((1).to_bytes(32, 'little') + bytes(32)).decode().rstrip('=')\n"
        "print(outcome(f'{part}.eA.{fits_all}', None))\n"
    )
    assert run(program) == "BadSignature\n"
