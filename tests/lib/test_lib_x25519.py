"""X25519 and HKDF in Repy, against RFC 7748, RFC 5869, OpenSSL and libsodium."""

import random

import nacl.signing
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from tests.lib.conftest import Run
from tests.lib.test_lib_ed25519 import LOW_ORDER

ALICE = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
BOB = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"
SECRET = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"


def test_given_rfc_7748_s_vectors_when_multiplied_then_it_is_what_section_5_2_says(run: Run) -> None:
    cases = [
        (
            "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
            "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ),
        (  # the highest bit of the coordinate is set, and does not count
            "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
            "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ),
        (
            "0900000000000000000000000000000000000000000000000000000000000000",
            "0900000000000000000000000000000000000000000000000000000000000000",
            "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
        ),
    ]
    program = (
        "import x25519\n"
        f"for private, public, secret in {cases!r}:\n"
        "    print(x25519.shared(bytes.fromhex(private), bytes.fromhex(public)).hex() == secret)\n"
    )
    assert run(program) == "True\n" * len(cases)


@pytest.mark.soak
def test_given_rfc_7748_s_vector_when_multiplied_a_thousand_times_then_it_is_what_section_5_2_says(run: Run) -> None:
    program = (
        "import x25519\nk = u = (9).to_bytes(32, 'little')\n"
        "for _ in range(1000):\n    k, u = x25519.shared(k, u), k\nprint(k.hex())\n"
    )
    assert run(program).strip() == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"


def test_given_alice_and_bob_when_they_exchange_keys_then_both_have_section_6_1_s_secret(run: Run) -> None:
    program = (
        "import x25519\n"
        f"alice, bob = bytes.fromhex({ALICE!r}), bytes.fromhex({BOB!r})\n"
        "print(x25519.public_key(alice).hex())\n"
        "print(x25519.public_key(bob).hex())\n"
        "print(x25519.shared(alice, x25519.public_key(bob)).hex())\n"
        "print(x25519.shared(bob, x25519.public_key(alice)).hex())\n"
    )
    assert run(program).split() == [
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        SECRET,
        SECRET,
    ]


def test_given_random_keys_when_exchanged_then_openssl_finds_the_same_secret(run: Run) -> None:
    chance = random.Random(7748)
    # Any 32 bytes are a public key, those above the prime too.
    cases = [(chance.randbytes(32), chance.randbytes(32)) for _ in range(12)]
    cases += [(chance.randbytes(32), b"\xf0" + b"\xff" * 31), (chance.randbytes(32), b"\xf0" + b"\xff" * 30 + b"\x7f")]
    program = f"import x25519\nfor private, public in {cases!r}:\n    print(x25519.shared(private, public).hex())\n"
    assert run(program).split() == [
        X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public)).hex()
        for private, public in cases
    ]


def test_given_a_public_key_of_low_order_when_exchanged_then_it_is_refused(run: Run) -> None:
    prime = 2**255 - 19
    coordinates = [
        0,
        1,
        prime - 1,
        prime,
        prime + 1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    ]
    low = [(u | high << 255).to_bytes(32, "little") for u in coordinates for high in (0, 1)]
    program = f"""
import x25519
for public in {low!r}:
    try:
        print(x25519.shared(x25519.new_key(), public))
    except ValueError as why:
        print("refused" if "not safe" in str(why) else why)
"""
    assert set(run(program).splitlines()) == {"refused"}


def test_given_keys_of_ed25519_when_converted_then_libsodium_converts_alike(run: Run) -> None:
    keys = [nacl.signing.SigningKey(bytes([number]) * 32) for number in range(6)]
    cases = [(bytes(key), bytes(key.verify_key)) for key in keys]
    program = (
        "import x25519\n"
        f"for private, public in {cases!r}:\n"
        "    print(x25519.public_of_ed25519(public).hex())\n"
        "    print(x25519.public_key(x25519.private_of_ed25519(private)).hex())\n"
    )
    expected = [bytes(key.verify_key.to_curve25519_public_key()).hex() for key in keys for _ in range(2)]
    assert run(program).split() == expected


def test_given_unsafe_keys_of_ed25519_when_converted_then_they_are_refused(run: Run) -> None:
    keys = [*LOW_ORDER, bytes(31), (2).to_bytes(32, "little")]  # no point has y = 2
    program = f"""
import x25519
for public in {keys!r}:
    try:
        print(x25519.public_of_ed25519(public))
    except ValueError:
        print("refused")
"""
    assert set(run(program).splitlines()) == {"refused"}


def test_given_rfc_5869_s_vectors_when_keys_are_derived_then_they_are_what_appendix_a_says(run: Run) -> None:
    cases = [
        (
            b"\x0b" * 22,
            bytes(range(13)),
            bytes(range(0xF0, 0xFA)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            bytes(range(0x50)),
            bytes(range(0x60, 0xB0)),
            bytes(range(0xB0, 0x100)),
            (
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8"
                "367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
            ),
        ),
        (
            b"\x0b" * 22,
            b"",
            b"",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ]
    program = (
        "import hkdf\n"
        f"for secret, salt, info, made in {cases!r}:\n"
        "    print(hkdf.derive(secret, len(made) // 2, salt, info).hex() == made)\n"
        "try:\n    hkdf.derive(b'secret', 8161)\nexcept ValueError as why:\n    print(why)\n"
    )
    assert run(program) == "True\n" * len(cases) + "a key gives 0 to 8160 bytes, not 8161\n"
