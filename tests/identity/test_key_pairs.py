import ast
import copy
import dataclasses
import json
import logging
import pickle
import pprint
import random
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import rich.pretty
from hypothesis import given
from hypothesis import strategies as st

import seattle.identity
from seattle.identity import envelope
from seattle.identity.errors import BadSignature, InvalidKey, UnsafeKey
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.nkey import NkeyKind, encode_nkey

P = 2**255 - 19  # the field of the curve

LOW_ORDER = [
    (0).to_bytes(32, "little"),  # order 4
    (1).to_bytes(32, "little"),  # the neutral element
    (P - 1).to_bytes(32, "little"),  # order 2
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),  # order 8
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),  # order 8
]
NON_CANONICAL = [
    P.to_bytes(32, "little"),  # another way to write 0
    (P + 1).to_bytes(32, "little"),
    b"\xff" * 32,
    bytes([1]) + bytes(30) + bytes([0x80]),  # a sign that the point doesn't have
]


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200))
def test_a_signature_holds_for_its_message_and_key_alone(seed: bytes, message: bytes) -> None:
    key = KeyPair.from_seed(seed)
    signature = key.sign(message)
    assert len(signature) == 64
    key.public.verify(signature, message)
    with pytest.raises(BadSignature):
        key.public.verify(signature, message + b"!")
    with pytest.raises(BadSignature):
        KeyPair.generate().public.verify(signature, message)


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_a_signature_of_a_wrong_length_is_a_bad_signature(alice: KeyPair, length: int) -> None:
    with pytest.raises(BadSignature):
        alice.public.verify(bytes(length), b"message")


def test_a_signature_that_was_stretched_to_an_equivalent_one_is_refused(alice: KeyPair) -> None:
    signature = alice.sign(b"message")
    group_order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signature[32:], "little") + group_order
    with pytest.raises(BadSignature):
        alice.public.verify(signature[:32] + scalar.to_bytes(32, "little"), b"message")


@pytest.mark.parametrize("raw", LOW_ORDER + NON_CANONICAL, ids=lambda raw: raw.hex()[:8])
def test_a_low_order_or_non_canonical_point_is_refused_as_a_key(raw: bytes) -> None:
    with pytest.raises(UnsafeKey):
        PublicKey(raw)
    with pytest.raises(UnsafeKey):
        PublicKey.from_id(encode_nkey(NkeyKind.USER, raw))


@pytest.mark.parametrize("raw", [b"", bytes(31), bytes(33)])
def test_bytes_of_a_wrong_length_are_no_key(raw: bytes) -> None:
    with pytest.raises(InvalidKey):
        PublicKey(raw)
    with pytest.raises(InvalidKey):
        KeyPair.from_seed(raw)


@given(seed=st.binary(min_size=32, max_size=32))
def test_an_id_names_its_key(seed: bytes) -> None:
    key = KeyPair.from_seed(seed).public
    assert PublicKey.from_id(key.id) == key
    assert str(key) == key.id
    assert hash(PublicKey.from_id(key.id)) == hash(key)


@pytest.mark.parametrize("kind", [kind for kind in NkeyKind if kind is not NkeyKind.USER])
def test_text_of_another_kind_is_no_id(alice: KeyPair, kind: NkeyKind) -> None:
    with pytest.raises(InvalidKey):
        PublicKey.from_id(encode_nkey(kind, alice.public.raw))


def test_keys_are_ordered_by_id() -> None:
    keys = [KeyPair.generate().public for _ in range(50)]
    assert [key.id for key in sorted(keys)] == sorted(key.id for key in keys)


def test_no_way_of_printing_a_key_pair_shows_its_secret(alice: KeyPair, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("%s %r", alice, alice, extra={"key": alice})
    shown = [repr(alice), str(alice), f"{alice}", f"{[alice]}", f"{alice!r:>99}", caplog.text]
    shown += [pprint.pformat({"key": alice}), rich.pretty.pretty_repr({"key": alice}), traceback_with_locals(alice)]
    for text in shown:
        assert alice.id in text
        for secret in (alice.seed.decode(), alice.seed.hex(), encode_nkey(NkeyKind.USER_SEED, alice.seed)):
            assert secret not in text


def traceback_with_locals(key: KeyPair) -> str:
    try:
        key.public.verify(b"no signature", b"message")
    except BadSignature as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    raise AssertionError


@pytest.mark.parametrize("dump", [vars, dataclasses.asdict, msgspec.to_builtins, msgspec.json.encode, json.dumps])
def test_what_dumps_the_fields_of_any_object_gets_none_of_a_key_pair(
    alice: KeyPair, dump: Callable[[object], object]
) -> None:
    with pytest.raises(TypeError):
        dump(alice)


def test_a_key_pair_is_not_pickled_and_a_copy_is_itself(alice: KeyPair) -> None:
    with pytest.raises(TypeError, match="key file"):
        pickle.dumps(alice)
    assert copy.copy(alice) is alice
    assert copy.deepcopy([alice])[0] is alice


def test_keys_are_frozen(alice: KeyPair) -> None:
    with pytest.raises(AttributeError):
        alice.seed = bytes(32)  # type: ignore[misc] # the type checker knows; this is for who has none
    with pytest.raises(AttributeError):
        alice.public.raw = bytes(32)  # type: ignore[misc] # likewise


def test_given_a_seeded_random_module_when_keys_and_nonces_are_made_then_they_still_differ(
    node: KeyPair, now: float
) -> None:
    made = []
    for _ in range(2):
        random.seed(2008)
        alice = KeyPair.generate()
        wire, nonce = envelope.seal_request(caller=alice, node=node.public, method="look", body=b"", now=now)
        made += [alice.seed, nonce, wire[-40:]]
    assert len(set(made)) == len(made)
    assert len({KeyPair.generate().seed for _ in range(500)}) == 500


def test_no_module_of_identity_can_reach_weak_random_numbers_or_the_clock() -> None:
    modules = sorted(Path(seattle.identity.__file__).parent.glob("*.py"))
    assert len(modules) > 8
    for module in modules:
        for statement in ast.walk(ast.parse(module.read_text())):
            names = (
                [alias.name for alias in statement.names]
                if isinstance(statement, ast.Import)
                else [statement.module]
                if isinstance(statement, ast.ImportFrom)
                else []
            )
            assert not {"random", "time", "datetime", "uuid", "logging", "structlog"} & set(names), module
