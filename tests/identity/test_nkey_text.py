import base64
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.identity.errors import InvalidKey
from seattle.identity.keys import KeyPair
from seattle.identity.nkey import NkeyKind, decode_nkey, encode_nkey

RAW = st.binary(min_size=32, max_size=32)
KINDS = st.sampled_from(NkeyKind)

# A pair that the NATS client libraries test themselves with.
KNOWN_SEED = "SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU"
KNOWN_PUBLIC = "UCK5N7N66OBOINFXAYC2ACJQYFSOD4VYNU6APEJTAVFZB2SVHLKGEW7L"


@given(kind=KINDS, raw=RAW)
def test_any_key_survives_being_written_and_read(kind: NkeyKind, raw: bytes) -> None:
    text = encode_nkey(kind, raw)
    assert decode_nkey(text) == (kind, raw)
    assert text.startswith(kind.value)
    assert len(text) == (58 if kind.is_secret else 56)


@given(kind=KINDS, raw=RAW, where=st.integers(0, 55), letter=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_one_mistyped_character_is_noticed(kind: NkeyKind, raw: bytes, where: int, letter: str) -> None:
    text = encode_nkey(kind, raw)
    mistyped = text[:where] + letter + text[where + 1 :]
    if mistyped != text:
        with pytest.raises(InvalidKey):
            decode_nkey(mistyped)


@given(text=st.text(max_size=70))
def test_given_any_text_when_it_is_read_then_the_answer_is_a_key_or_an_invalid_key(text: str) -> None:
    try:
        kind, raw = decode_nkey(text)
    except InvalidKey:
        return
    assert encode_nkey(kind, raw) == text


@given(raw=RAW, spare=st.integers(1, 3))
def test_a_seed_has_exactly_one_text(raw: bytes, spare: int) -> None:
    text = encode_nkey(NkeyKind.USER_SEED, raw)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    other = text[:-1] + alphabet[alphabet.index(text[-1]) ^ spare]  # bits that base32 throws away
    assert base64.b32decode(other + "======") == base64.b32decode(text + "======")
    with pytest.raises(InvalidKey, match="canonical"):
        decode_nkey(other)


@pytest.mark.parametrize("lowered", [str.lower, str.title])
def test_lower_case_is_refused(lowered: Callable[[str], str]) -> None:
    with pytest.raises(InvalidKey):
        decode_nkey(lowered(encode_nkey(NkeyKind.USER, bytes(range(32)))))


def test_a_kind_that_is_not_used_here_is_refused() -> None:
    body = bytes([2 << 3]) + bytes(32)  # C: a cluster
    text = base64.b32encode(body + _crc16(body)).decode().rstrip("=")
    assert text.startswith("C")
    with pytest.raises(InvalidKey, match="not used here"):
        decode_nkey(text)


def test_the_error_of_a_mistyped_seed_does_not_quote_it() -> None:
    seed = encode_nkey(NkeyKind.USER_SEED, random.Random(1).randbytes(32))
    for wrong in (seed[:-1], seed[:20] + "!" + seed[21:], seed[:20] + "A" + seed[21:]):
        with pytest.raises(InvalidKey) as caught:
            decode_nkey(wrong)
        assert wrong[5:15] not in repr(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def _crc16(data: bytes) -> bytes:
    """CRC-16/XMODEM, bit by bit, as the nkeys format defines it."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc.to_bytes(2, "little")


@given(raw=RAW)
def test_the_checksum_is_the_one_that_the_format_defines(raw: bytes) -> None:
    data = base64.b32decode(encode_nkey(NkeyKind.USER, raw))
    assert data[-2:] == _crc16(data[:-2])


def test_a_seed_made_by_other_nkey_tools_gives_the_public_key_that_they_give() -> None:
    kind, seed = decode_nkey(KNOWN_SEED)
    assert kind is NkeyKind.USER_SEED
    assert KeyPair.from_seed(seed).id == KNOWN_PUBLIC
