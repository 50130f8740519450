"""AES in Repy, against NIST's vectors and against OpenSSL's."""

import random

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tests.lib.conftest import Run


def test_given_fips_197_s_examples_when_a_block_is_encrypted_then_it_is_what_appendix_c_says(run: Run) -> None:
    program = (
        "import aes\n"
        "for size in (16, 24, 32):\n"
        "    block = bytes.fromhex('00112233445566778899aabbccddeeff')\n"
        "    print(aes.encrypt_blocks(bytes(range(size)), block).hex())\n"
    )
    assert run(program).split() == [
        "69c4e0d86a7b0430d8cdb78070b4c55a",
        "dda97ca4864cdfe06eaf70a0ec0d7191",
        "8ea2b7ca516745bfeafc49904b496089",
    ]


def test_given_sp_800_38a_s_example_when_in_counter_mode_then_it_is_what_f_5_1_says(run: Run) -> None:
    plain = (
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17"
        "ad2b417be66c3710"
    )
    program = (
        "import aes\nkey = bytes.fromhex('2b7e151628aed2a6abf7158809cf4f3c')\n"
        f"print(aes.ctr(key, bytes(range(0xf0, 0x100)), bytes.fromhex({plain!r})).hex())\n"
    )
    assert run(program).strip() == (
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1"
        "792170a0f3009cee"
    )


# McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: cases 1, 2 and 4.
@pytest.mark.parametrize(
    ("key", "nonce", "plain", "about", "hidden"),
    [
        ("00" * 16, "00" * 12, "", "", "58e2fccefa7e3061367f1d57a4e7455a"),
        ("00" * 16, "00" * 12, "00" * 16, "", "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"),
        (
            "feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888",
            (
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0d"
                "e657ba637b39"
            ),
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            (
                "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0a"
                "ac973d58e0915bc94fbc3221a5db94fae95ae7121a47"
            ),
        ),
    ],
)
def test_given_gcm_s_test_cases_when_encrypting_then_they_are_as_published(
    run: Run, key: str, nonce: str, plain: str, about: str, hidden: str
) -> None:
    program = (
        "import aes\n"
        f"key, nonce, plain, about = map(bytes.fromhex, {(key, nonce, plain, about)!r})\n"
        "hidden = aes.encrypt(key, nonce, plain, about)\n"
        "print(hidden.hex(), aes.decrypt(key, nonce, hidden, about) == plain)\n"
    )
    assert run(program) == f"{hidden} True\n"


@pytest.mark.parametrize("key_size", [16, 24, 32])
def test_given_messages_of_many_sizes_when_encrypted_then_openssl_has_the_same(run: Run, key_size: int) -> None:
    chance = random.Random(key_size)
    key, counter = chance.randbytes(key_size), b"\xff" * 15 + b"\xfe"  # which soon begins at 0 again
    cases = [
        (chance.randbytes(12), chance.randbytes(size), chance.randbytes(size % 40)) for size in (0, 1, 15, 16, 17, 99)
    ]
    cases.append((chance.randbytes(12), bytes(8200), b""))  # more blocks than are encrypted at once
    program = (
        f"import aes\nkey, counter = {key!r}, {counter!r}\n"
        f"for nonce, data, about in {cases!r}:\n"
        "    hidden = aes.encrypt(key, nonce, data, about)\n"
        "    assert aes.decrypt(key, nonce, hidden, about) == data\n"
        "    print(hidden.hex(), aes.ctr(key, counter, data).hex(), sep=',')\n"
    )
    assert run(program).split() == [
        AESGCM(key).encrypt(nonce, data, about).hex()
        + ","
        + Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor().update(data).hex()
        for nonce, data, about in cases
    ]


def test_given_any_bit_changed_when_decrypting_then_it_is_refused(run: Run) -> None:
    program = """
import aes
key, nonce = bytes(16), bytes(12)
hidden = aes.encrypt(key, nonce, b"true", b"about")

def refused(data, about=b"about", key=key, nonce=nonce):
    try:
        aes.decrypt(key, nonce, data, about)
    except aes.InvalidTag:
        return True

for at in range(8 * len(hidden)):
    changed = bytearray(hidden)
    changed[at // 8] ^= 1 << at % 8
    assert refused(changed), at
for size in range(len(hidden)):
    assert refused(hidden[:size]), size
assert refused(hidden + b"\\0") and refused(hidden, b"") and refused(hidden, b"about\\0")
assert refused(hidden, key=bytes(15) + b"\\1") and refused(hidden, nonce=bytes(11) + b"\\1")
print("all refused")
"""
    assert run(program) == "all refused\n"


def test_given_keys_nonces_and_blocks_of_other_sizes_when_used_then_a_value_error_says_so(run: Run) -> None:
    program = """
import aes
for attempt in (
    lambda: aes.encrypt(bytes(17), bytes(12), b""),
    lambda: aes.encrypt(bytes(16), bytes(16), b""),
    lambda: aes.ctr(bytes(16), bytes(12), b""),
    lambda: aes.encrypt_blocks(bytes(16), bytes(17)),
):
    try:
        print(attempt())
    except ValueError as why:
        print(why)
"""
    assert run(program).splitlines() == [
        "a key has 16, 24 or 32 bytes, not 17",
        "a nonce has 12 bytes, not 16",
        "a counter has 16 bytes, not 12",
        "a block has 16 bytes, and 17 are no whole number of blocks",
    ]
