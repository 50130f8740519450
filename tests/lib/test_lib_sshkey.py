"""Key files of OpenSSH and OpenSSL, read in a vessel."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.lib.conftest import Run
from tests.lib.test_lib_rsa import halves, key_of

from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_private, format_public_line

SEED = bytes(range(32))
ED25519 = Ed25519PrivateKey.from_private_bytes(SEED)
PUBLIC = ED25519.public_key().public_bytes_raw()
PRIVATE_FORMATS = [s.PrivateFormat.OpenSSH, s.PrivateFormat.PKCS8]
PUBLIC_FORMATS = [(s.Encoding.OpenSSH, s.PublicFormat.OpenSSH), (s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)]


@pytest.mark.parametrize("kind", PRIVATE_FORMATS)
def test_given_a_private_key_of_ed25519_when_read_then_both_halves_are_there(run: Run, kind: s.PrivateFormat) -> None:
    text = ED25519.private_bytes(s.Encoding.PEM, kind, s.NoEncryption())
    assert run(f"import sshkey\nprint(sshkey.read_private({text!r}))") == f"{(PUBLIC, SEED)}\n"


@pytest.mark.parametrize("kind", [*PRIVATE_FORMATS, s.PrivateFormat.TraditionalOpenSSL])
def test_given_a_private_key_of_rsa_when_read_then_both_halves_are_there(run: Run, kind: s.PrivateFormat) -> None:
    text = key_of(1024).private_bytes(s.Encoding.PEM, kind, s.NoEncryption()).decode()
    assert run(f"import sshkey\nprint(sshkey.read_private({text!r}))") == f"{halves(key_of(1024))}\n"


@pytest.mark.parametrize(("encoding", "kind"), PUBLIC_FORMATS)
def test_given_a_public_key_when_read_then_it_is_there(run: Run, encoding: s.Encoding, kind: s.PublicFormat) -> None:
    texts = [key.public_key().public_bytes(encoding, kind) for key in (ED25519, key_of(1024))]
    program = f"import sshkey\nfor text in {texts!r}:\n    print(sshkey.read_public(text))\n"
    assert run(program).splitlines() == [str(PUBLIC), str(halves(key_of(1024))[0])]


def test_given_a_pem_of_rsa_alone_when_read_then_the_key_is_there(run: Run) -> None:
    text = key_of(1024).public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.PKCS1)
    assert run(f"import sshkey\nprint(sshkey.read_public({text!r}))") == f"{halves(key_of(1024))[0]}\n"


def test_given_seattle_s_own_key_files_when_read_then_the_keys_are_those(run: Run) -> None:
    key = KeyPair.from_seed(SEED)
    line = format_public_line(key.public, "me@home")
    program = (
        "import nkey, sshkey\n"
        f"public, private = sshkey.read_private({format_private(key)!r})\n"
        f"print(nkey.id_of(public), private == {SEED!r}, sshkey.read_public({line!r}) == public)\n"
        f"print(sshkey.public_line(public, 'me@home') == {line!r})\n"
    )
    assert run(program) == f"{key.id} True True\nTrue\n"


def test_given_an_rsa_key_when_its_line_is_written_then_openssl_reads_it(run: Run) -> None:
    public, _ = halves(key_of(1024))
    line = run(f"import sshkey\nprint(sshkey.public_line({public!r}))")
    assert s.load_ssh_public_key(line.encode()) == key_of(1024).public_key()


def test_given_a_line_with_options_before_the_key_when_read_then_the_key_is_found(run: Run) -> None:
    line = 'no-pty,command="ls" ' + format_public_line(KeyPair.from_seed(SEED).public, "a comment")
    assert run(f"import sshkey\nprint(sshkey.read_public({line!r}))") == f"{PUBLIC!r}\n"


def test_given_keys_in_files_when_read_by_the_reference_s_names_then_they_are_there(run: Run, tmp_path: Path) -> None:
    text = key_of(1024).private_bytes(s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption())
    (tmp_path / "id").write_bytes(text)
    program = (
        "k = dy_import_module('sshkey.r2py')\n"
        "public, private = k.sshkey_file_to_privatekey('id')\n"
        "print(sorted(private), k.sshkey_file_to_publickey('id') == public)\n"
    )
    assert run(program) == "['d', 'p', 'q'] True\n"


def _tampered() -> list[bytes]:
    pem = ED25519.private_bytes(s.Encoding.PEM, s.PrivateFormat.OpenSSH, s.NoEncryption())
    head, *middle, tail = pem.split(b"\n")[:-1]
    data = bytearray(base64.b64decode(b"".join(middle)))
    data[data.index(SEED)] ^= 1
    return [b"\n".join([head, base64.b64encode(data), tail]), pem[:100] + b"\n" + tail, head + b"\n" + tail]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "no key"),
        (b"ssh-ed25519", "no key"),
        (b"ssh-ed25519 AAAA", "damaged"),
        (b"ssh-ed25519 !!!!", "no key"),
        (b"ssh-rsa " + base64.b64encode(b"\0\0\0\7ssh-rsa" + b"\xff\xff\xff\xff"), "cut short"),
        (b"-----BEGIN RSA PUBLIC KEY-----\nMIAB\n-----END RSA PUBLIC KEY-----", "damaged"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "kind CERTIFICATE"),
        (b"x" * 65537, "65536 characters at most"),
        (
            ec.generate_private_key(ec.SECP256R1())
            .public_key()
            .public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo),
            "neither of RSA nor of Ed25519",
        ),
        (
            ED25519.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.BestAvailableEncryption(b"secret")),
            "has a passphrase",
        ),
        (_tampered()[0], "don't belong together"),
        (_tampered()[1], "damaged"),
        (_tampered()[2], "not known here"),
    ],
)
def test_given_text_of_no_key_when_read_then_an_error_says_why(run: Run, text: bytes, why: str) -> None:
    program = (
        f"import sshkey\ntry:\n    print(sshkey.read_public({text!r}))\n"
        "except sshkey.KeyFileError as wrong:\n    print(wrong)\n"
    )
    assert why in run(program)


def test_given_a_public_key_when_read_as_private_then_an_error_says_where_that_is(run: Run) -> None:
    line = format_public_line(KeyPair.from_seed(SEED).public)
    program = (
        f"import sshkey\ntry:\n    sshkey.read_private({line!r})\nexcept sshkey.KeyFileError as why:\n    print(why)\n"
    )
    assert "in the file without `.pub`" in run(program)
