"""Signatures of `ssh-keygen`, checked in a vessel, and the other way round."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.lib.conftest import Run

from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_private, format_public_line

KEYGEN = shutil.which("ssh-keygen")
pytestmark = pytest.mark.skipif(KEYGEN is None, reason="ssh-keygen is not installed")
ALICE, BOB = KeyPair.from_seed(bytes(range(32))), KeyPair.from_seed(bytes(range(1, 33)))
DATA = b"who, when\nann, 5\n"
OUTCOME = f"""
import sshsig
alice, bob = {ALICE.id!r}, {BOB.id!r}

def outcome(*arguments):
    try:
        return sshsig.verify(*arguments) == alice
    except sshsig.BadSignature as why:
        return str(why).replace(alice, "Alice")
"""


@pytest.fixture
def signature(tmp_path: Path) -> str:
    """What Alice's key file and ssh-keygen make of the data."""
    key = tmp_path / "alice"
    key.touch(mode=0o600)
    key.write_text(format_private(ALICE))
    return ssh_keygen("-Y", "sign", "-f", str(key), "-n", "file", given=DATA)


def ssh_keygen(*arguments: str, given: bytes) -> str:
    done = subprocess.run([str(KEYGEN), *arguments], input=given, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_given_a_signature_of_ssh_keygen_when_checked_then_it_is_known_whose_it_is(run: Run, signature: str) -> None:
    program = OUTCOME + (
        f"print(outcome({signature!r}, {DATA!r}, alice), outcome({signature.encode()!r}, {DATA!r}, [bob, alice]),\n"
        f"      outcome({signature!r}, {DATA.decode()!r}, None))\n"
    )
    assert run(program) == "True True True\n"


def test_given_a_signature_of_ssh_keygen_when_it_is_for_something_else_then_it_is_refused(
    run: Run, signature: str
) -> None:
    program = OUTCOME + (
        f"print(outcome({signature!r}, {DATA + b'more'!r}, alice))\n"
        f"print(outcome({signature!r}, {DATA!r}, bob))\n"
        f"print(outcome({signature!r}, {DATA!r}, alice, 'email'))\n"
    )
    assert run(program).splitlines() == [
        "Alice did not sign this",
        "this is signed by Alice, who was not expected",
        "this was signed for another use: file",
    ]


def test_given_a_signature_of_ssh_keygen_when_any_byte_is_changed_or_cut_then_it_is_refused(
    run: Run, signature: str
) -> None:
    body = "".join(signature.split("-----")[2].split())
    program = OUTCOME + (
        f"import base64\nblob = base64.b64decode({body!r})\n"
        "first, last = '-----BEGIN SSH SIGNATURE-----\\n', '\\n-----END SSH SIGNATURE-----'\n"
        "def text(blob):\n    return first + base64.b64encode(blob).decode() + last\n"
        f"print(outcome(text(blob), {DATA!r}, alice))\n"
        "changed = [blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1:] for at in range(len(blob))]\n"
        "changed += [blob[:size] for size in range(0, len(blob), 9)] + [blob + b'x']\n"
        f"print(True in {{outcome(text(one), {DATA!r}, alice) for one in changed}})\n"
        f"print(outcome('', b'', None), outcome('x' * 5000, b'', None) == outcome(b'\\xff', b'', None))\n"
    )
    assert base64.b64decode(body).startswith(b"SSHSIG")
    assert run(program).splitlines() == [
        "True",
        "False",
        "this is no signature of ssh-keygen with a key of Ed25519, or it is damaged True",
    ]


def test_given_data_that_a_program_signed_when_ssh_keygen_checks_it_then_it_is_good(run: Run, tmp_path: Path) -> None:
    text = run(f"import sshsig\nprint(sshsig.sign({DATA!r}, {ALICE.seed!r}, 'results'), end='')")
    (tmp_path / "signature").write_text(text)
    (tmp_path / "signers").write_text(f"alice {format_public_line(ALICE.public)}\n")
    told = ssh_keygen(
        *("-Y", "verify", "-f", str(tmp_path / "signers"), "-I", "alice", "-n", "results"),
        *("-s", str(tmp_path / "signature")),
        given=DATA,
    )
    assert told.startswith('Good "results" signature for alice')


def test_given_a_namespace_of_nothing_when_signing_then_a_value_error_asks_for_one(run: Run) -> None:
    program = "import sshsig\ntry:\n    sshsig.sign(b'x', bytes(32), '')\nexcept ValueError as why:\n    print(why)\n"
    assert run(program) == "say what the signature is for: a namespace has one character at least\n"
