"""Ed25519 in Repy: RFC 8032's vectors, the same verdicts as libsodium, and what a forger would try."""

import random

import nacl.exceptions
import nacl.signing
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.lib.conftest import Run

# RFC 8032, section 7.1: private key, public key, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
            "655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
            "b00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
            "c027beceea1ec40a"
        ),
    ),
    (  # the SHA-512 of "abc"
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
            "2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17a"
            "d9bef1177331a704"
        ),
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493
VERDICTS = """
import ed25519
for public, signature, message in {cases!r}:
    try:
        ed25519.verify(public, signature, message)
        print("signed")
    except ed25519.BadSignature:
        print("refused")
"""
# The eight points of low order, and other ways to write those: y, or y + P, with either sign.
LOW_ORDER = [
    (number | sign << 255).to_bytes(32, "little")
    for number in (
        0,
        1,
        2**255 - 20,
        2**255 - 19,
        2**255 - 18,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    )
    for sign in (0, 1)
]


def test_given_rfc_8032_s_vectors_when_signing_and_checking_then_all_is_as_printed_there(run: Run) -> None:
    program = (
        "import ed25519\n"
        f"for private, public, message, signature in {[tuple(map(bytes.fromhex, one)) for one in VECTORS]!r}:\n"
        "    assert ed25519.public_key(private) == public\n"
        "    assert ed25519.sign(private, message) == signature\n"
        "    ed25519.verify(public, signature, message)\n"
        "print('as printed')\n"
    )
    assert run(program) == "as printed\n"


def test_given_random_keys_and_messages_when_signing_then_openssl_signs_the_same(run: Run) -> None:
    chance = random.Random(8032)
    cases = [(chance.randbytes(32), chance.randbytes(size)) for size in range(0, 200, 13)]
    program = f"import ed25519\nfor key, message in {cases!r}:\n    print(ed25519.sign(key, message).hex())\n"
    expected = [Ed25519PrivateKey.from_private_bytes(key).sign(message).hex() for key, message in cases]
    assert run(program).split() == expected


def test_given_forgeries_of_all_kinds_when_checked_then_the_verdict_is_libsodium_s(run: Run) -> None:
    key = nacl.signing.SigningKey(bytes(range(32)))
    public, message = bytes(key.verify_key), b"pay Alice 5"
    signature = key.sign(message).signature
    number = int.from_bytes(signature[32:], "little")
    flipped = [
        (public, (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big"), message) for bit in range(0, 512, 7)
    ]
    cases = [
        (public, signature, message),
        (public, signature, message + b"0"),
        (bytes(nacl.signing.SigningKey(bytes(32)).verify_key), signature, message),
        *((public, signature[:32] + (number + times * ORDER).to_bytes(32, "little"), message) for times in (1, 2, 8)),
        *((low, signature, message) for low in LOW_ORDER),
        *((low, low + bytes(32), message) for low in LOW_ORDER),  # fits every message where nobody looks
        *((public, low + signature[32:], message) for low in LOW_ORDER),
        *flipped,
    ]

    def verdict(public: bytes, signature: bytes, message: bytes) -> str:
        try:
            nacl.signing.VerifyKey(public).verify(message, signature)
        except nacl.exceptions.BadSignatureError:
            return "refused"
        return "signed"

    expected = [verdict(*case) for case in cases]
    assert expected[0] == "signed"
    assert expected.count("signed") == 1
    assert run(VERDICTS.format(cases=cases)).split() == expected


def test_given_a_signature_or_key_of_another_length_when_checked_then_it_is_refused(run: Run) -> None:
    _, public, message, signature = map(bytes.fromhex, VECTORS[1])
    cases = [
        *((public, signature[:size], message) for size in (0, 32, 63)),
        (public, signature + b"\0", message),
        (public[:31], signature, message),
        (public + b"\0", signature, message),
        (b"", b"", message),
    ]
    assert set(run(VERDICTS.format(cases=cases)).split()) == {"refused"}


def test_given_new_keys_when_made_then_each_is_another_one(run: Run) -> None:
    program = "import ed25519\nkeys = {ed25519.new_key() for _ in range(20)}\nprint(len(keys), {len(k) for k in keys})"
    assert run(program) == "20 {32}\n"
