"""ChaCha20-Poly1305 in Repy, against RFC 8439 and against OpenSSL's."""

import hashlib
import random

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from tests.lib.conftest import Run

SUNSCREEN = (
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    b"sunscreen would be it."
)


def test_given_rfc_8439_s_chacha20_when_encrypting_then_it_is_what_section_2_4_2_says(run: Run) -> None:
    program = (
        "import chacha20poly1305\n"
        "nonce = bytes.fromhex('000000000000004a00000000')\n"
        f"print(chacha20poly1305.chacha20(bytes(range(32)), nonce, {SUNSCREEN!r}, counter=1).hex())\n"
    )
    assert run(program).strip() == (
        "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab"
        "8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42"
        "874d"
    )


def test_given_rfc_8439_s_poly1305_when_tagging_then_it_is_what_section_2_5_2_says(run: Run) -> None:
    key = "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"
    program = (
        "import chacha20poly1305\n"
        f"print(chacha20poly1305.poly1305(bytes.fromhex({key!r}), b'Cryptographic Forum Research Group').hex())\n"
    )
    assert run(program).strip() == "a8061dc1305136c6c22b8baf0c0127a9"


def test_given_poly1305_s_corner_cases_when_tagging_then_they_are_what_appendix_a_3_says(run: Run) -> None:
    # Key and data of test vectors 7 to 11: sums at and around the prime, which reduce to almost nothing.
    cases = [
        ("01" + "00" * 31, "ff" * 16 + "f0" + "ff" * 15 + "11" + "00" * 15, "05" + "00" * 15),
        ("01" + "00" * 31, "ff" * 16 + "fb" + "fe" * 15 + "01" * 16, "00" * 16),
        ("02" + "00" * 31, "fd" + "ff" * 15, "fa" + "ff" * 15),
        (
            "0100000000000000040000000000000000000000000000000000000000000000",
            "e33594d7505e43b900000000000000003394d7505e4379cd01000000000000000000000000000000000000000000000001"
            + "00" * 15,
            "14000000000000005500000000000000",
        ),
        (
            "0100000000000000040000000000000000000000000000000000000000000000",
            "e33594d7505e43b900000000000000003394d7505e4379cd010000000000000000000000000000000000000000000000",
            "13000000000000000000000000000000",
        ),
    ]
    program = (
        "import chacha20poly1305\n"
        f"for key, data, tag in {cases!r}:\n"
        "    print(chacha20poly1305.poly1305(bytes.fromhex(key), bytes.fromhex(data)).hex() == tag)\n"
    )
    assert run(program) == "True\n" * len(cases)


def test_given_rfc_8439_s_aead_when_encrypting_then_it_is_what_section_2_8_2_says(run: Run) -> None:
    program = (
        "import chacha20poly1305\n"
        "key, nonce = bytes(range(0x80, 0xa0)), bytes.fromhex('070000004041424344454647')\n"
        "about = bytes.fromhex('50515253c0c1c2c3c4c5c6c7')\n"
        f"hidden = chacha20poly1305.encrypt(key, nonce, {SUNSCREEN!r}, about)\n"
        "print(hidden.hex())\n"
        "print(chacha20poly1305.decrypt(key, nonce, hidden, about).decode())\n"
    )
    assert run(program).split("\n") == [
        (
            "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b29"
            "05d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b"
            "6116"
            "1ae10b594f09e26a7e902ecbd0600691"
        ),
        SUNSCREEN.decode(),
        "",
    ]


def test_given_messages_of_many_sizes_when_encrypted_then_openssl_has_the_same(run: Run) -> None:
    chance = random.Random(8439)
    sizes = (0, 1, 15, 16, 17, 63, 64, 65, 255, 8191, 8192, 8193, 20_000)
    cases = [(chance.randbytes(32), chance.randbytes(12), size, chance.randbytes(size % 40)) for size in sizes]
    program = (
        "import chacha20poly1305, hashlib\n"
        f"for key, nonce, size, about in {cases!r}:\n"
        "    data = hashlib.shake_256(key).digest(size)\n"
        "    hidden = chacha20poly1305.encrypt(key, nonce, data, about)\n"
        "    assert chacha20poly1305.decrypt(key, nonce, hidden, about) == data\n"
        "    print(hidden.hex())\n"
    )
    expected = [
        ChaCha20Poly1305(key).encrypt(nonce, hashlib.shake_256(key).digest(size), about).hex()
        for key, nonce, size, about in cases
    ]
    assert run(program).split() == expected


def test_given_any_bit_changed_when_decrypting_then_it_is_refused(run: Run) -> None:
    program = """
import chacha20poly1305
key, nonce = bytes(32), bytes(12)
hidden = chacha20poly1305.encrypt(key, nonce, b"the truth", b"about")

def refused(data, about=b"about", key=key, nonce=nonce):
    try:
        chacha20poly1305.decrypt(key, nonce, data, about)
    except chacha20poly1305.InvalidTag:
        return True

for at in range(8 * len(hidden)):
    changed = bytearray(hidden)
    changed[at // 8] ^= 1 << at % 8
    assert refused(changed), at
for size in range(len(hidden)):
    assert refused(hidden[:size]), size
assert refused(hidden + b"\\0") and refused(hidden, b"") and refused(hidden, b"about\\0")
assert refused(hidden, key=bytes(31) + b"\\1") and refused(hidden, nonce=bytes(11) + b"\\1")
print("all refused")
"""
    assert run(program) == "all refused\n"


def test_given_a_key_a_nonce_or_a_count_that_can_t_be_when_encrypting_then_a_value_error_says_so(run: Run) -> None:
    program = """
import chacha20poly1305
for key, nonce, counter in ((bytes(16), bytes(12), 0), (bytes(32), bytes(8), 0), (bytes(32), bytes(12), 2**32 - 1)):
    try:
        chacha20poly1305.chacha20(key, nonce, bytes(65), counter)
    except ValueError as why:
        print(why)
"""
    assert run(program).splitlines() == [
        "a key has 32 bytes and a nonce 12, not 16 and 12",
        "a key has 32 bytes and a nonce 12, not 32 and 8",
        "there are not so many blocks for one nonce",
    ]
