"""Boxes: they open for the right one only, and unchanged only; and another implementation makes the same."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tests.lib.conftest import Run

OPENED_ANYHOW = """
import boxes

def opened(function, *arguments, **options):
    try:
        return function(*arguments, **options)
    except boxes.BoxError:
        return None

alice, alice_public = boxes.new_keys()
bob, bob_public = boxes.new_keys()
eve, eve_public = boxes.new_keys()
secret = boxes.new_secret()
"""


def test_given_a_sealed_box_when_the_recipient_opens_it_then_the_data_is_there(run: Run) -> None:
    program = """
import boxes
private, public = boxes.new_keys()
for data in (b"", b"hello", bytes(range(256)) * 100):
    box = boxes.seal(data, public)
    assert boxes.open_sealed(box, private) == data and len(box) == len(data) + boxes.LONGER
print(boxes.open_sealed(boxes.seal("caf\\u00e9", public), private).decode())
"""
    assert run(program) == "café\n"


def test_given_a_sealed_box_when_anybody_else_opens_it_then_it_stays_shut(run: Run) -> None:
    program = f"""{OPENED_ANYHOW}
box = boxes.seal(b"for bob", bob_public)
print(opened(boxes.open_sealed, box, eve), opened(boxes.open_sealed, box, bob))
"""
    assert run(program) == "None b'for bob'\n"


def test_given_a_box_with_its_sender_when_it_is_from_another_then_it_stays_shut(run: Run) -> None:
    program = f"""{OPENED_ANYHOW}
box = boxes.seal(b"I am Alice", bob_public, sender=alice)
forged = boxes.seal(b"I am Alice", bob_public, sender=eve)
anonymous = boxes.seal(b"I am Alice", bob_public)
print(opened(boxes.open_sealed, box, bob, sender=alice_public))
print(opened(boxes.open_sealed, forged, bob, sender=alice_public))
print(opened(boxes.open_sealed, anonymous, bob, sender=alice_public))
print(opened(boxes.open_sealed, box, bob))
print(opened(boxes.open_sealed, b"\\1" + box[1:], bob), opened(boxes.open_sealed, box, eve, sender=alice_public))
"""
    assert run(program).splitlines() == ["b'I am Alice'", "None", "None", "None", "None None"]


def test_given_a_box_for_eve_when_she_passes_it_on_to_bob_then_it_stays_shut(run: Run) -> None:
    program = f"""{OPENED_ANYHOW}
box = boxes.seal(b"I owe you 5", eve_public, sender=alice)
print(opened(boxes.open_sealed, box, bob, sender=alice_public))
"""
    assert run(program) == "None\n"


def test_given_a_locked_box_when_opened_then_only_the_secret_opens_it(run: Run) -> None:
    program = f"""{OPENED_ANYHOW}
box = boxes.lock("hello", secret)
print(opened(boxes.unlock, box, secret), opened(boxes.unlock, box, boxes.new_secret()))
"""
    assert run(program) == "b'hello' None\n"


def test_given_a_box_when_any_bit_is_changed_or_its_end_is_cut_then_it_stays_shut(run: Run) -> None:
    program = f"""{OPENED_ANYHOW}
def tampered(box):
    for at in range(8 * len(box)):
        changed = bytearray(box)
        changed[at // 8] ^= 1 << at % 8
        yield bytes(changed)
    yield from (box[:size] for size in range(len(box)))
    yield box + b"\\0"

locked = boxes.lock(b"5", secret)
print({{opened(boxes.unlock, changed, secret) for changed in tampered(locked)}})
sealed = boxes.seal(b"5", bob_public)
changes = [change for at, change in enumerate(tampered(sealed)) if at % 5 == 0 or len(change) != len(sealed)]
# X25519 ignores the highest bit of a key, but the box was closed over all of its bytes.
changes.append(sealed[:32] + bytes([sealed[32] ^ 0x80]) + sealed[33:])
print({{opened(boxes.open_sealed, changed, bob) for changed in changes}})
"""
    assert run(program) == "{None}\n{None}\n"


def test_given_what_a_box_is_about_when_it_is_another_then_the_box_stays_shut(run: Run) -> None:
    program = f"""{OPENED_ANYHOW}
first = boxes.lock(b"x", secret, about="message 1")
print(opened(boxes.unlock, first, secret, about="message 1"), opened(boxes.unlock, first, secret, about="message 2"))
sealed = boxes.seal(b"x", bob_public, about=b"message 1")
print(opened(boxes.open_sealed, sealed, bob, about="message 1"), opened(boxes.open_sealed, sealed, bob))
"""
    assert run(program) == "b'x' None\nb'x' None\n"


def test_given_the_same_data_when_boxed_again_then_the_boxes_have_nothing_in_common(run: Run) -> None:
    program = f"""{OPENED_ANYHOW}
boxes_made = [boxes.lock(bytes(100), secret) for _ in range(50)] + [boxes.seal(bytes(100), bob_public) for _ in "abc"]
print(len({{box[1:33] for box in boxes_made}}), len({{box[33:49] for box in boxes_made}}))
"""
    assert run(program) == "53 53\n"


def test_given_keys_and_secrets_that_are_unsafe_when_used_then_they_are_refused(run: Run) -> None:
    program = """
import boxes
private, public = boxes.new_keys()
for attempt in (
    lambda: boxes.lock(b"x", b"password"),
    lambda: boxes.seal(b"x", bytes(32)),
    lambda: boxes.seal(b"x", public[:31]),
    lambda: boxes.open_sealed(b"\\1" + bytes(100), private),
    lambda: boxes.open_sealed(b"", private),
    lambda: boxes.secret_of_password("password", b"salt"),
):
    try:
        print(attempt())
    except ValueError as why:
        print(why)
"""
    assert run(program).splitlines() == [
        "a secret has 16 bytes at least, not 8: new_secret() makes one",
        "this public key is not safe: everybody could find the secret",
        "a key has 32 bytes, not 32 and 31",
        "this public key is not safe: everybody could find the secret",
        "this is no box of the kind that was to be opened, or it was cut short",
        "a salt has 16 bytes at least, not 4",
    ]


def test_given_a_password_when_made_a_secret_then_pbkdf2_made_it(run: Run) -> None:
    # RFC 7914, section 11: PBKDF2-HMAC-SHA-256, with a salt that is long enough here.
    program = (
        "import boxes, hashlib\n"
        "made = boxes.secret_of_password('passwd', b'salt' * 4, rounds=2)\n"
        "print(made == hashlib.pbkdf2_hmac('sha256', b'passwd', b'salt' * 4, 2), boxes.ROUNDS)\n"
    )
    assert run(program) == "True 600000\n"


def test_given_a_box_of_another_implementation_when_opened_then_the_format_is_as_described(run: Run) -> None:
    """What the docstring says about the format is enough to write it: here it is, over OpenSSL."""
    bob = X25519PrivateKey.from_private_bytes(bytes(range(32)))
    alice = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    once = X25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
    to, by = bob.public_key().public_bytes_raw(), alice.public_key().public_bytes_raw()

    def box(kind: bytes, randomness: bytes, secret: bytes, parties: bytes) -> bytes:
        derived = HKDF(SHA256(), 44, salt=None, info=b"seattle box" + kind + randomness + parties).derive(secret)
        return kind + randomness + ChaCha20Poly1305(derived[:32]).encrypt(derived[32:], b"hello", b"about")

    anonymous = box(b"\1", once.public_key().public_bytes_raw(), once.exchange(bob.public_key()), to)
    secret = once.exchange(bob.public_key()) + alice.exchange(bob.public_key())
    signed = box(b"\2", once.public_key().public_bytes_raw(), secret, to + by)
    locked = box(b"\3", bytes(range(32)), b"s" * 16, b"")
    program = (
        "import boxes\n"
        f"print(boxes.open_sealed({anonymous!r}, bytes(range(32)), about='about'))\n"
        f"print(boxes.open_sealed({signed!r}, bytes(range(32)), sender={by!r}, about='about'))\n"
        f"print(boxes.unlock({locked!r}, b's' * 16, about='about'))\n"
    )
    assert run(program) == "b'hello'\n" * 3
