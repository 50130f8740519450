"""What is written is read again, whatever it is: modules of the library in ordinary Python, tried by hypothesis."""

import subprocess
import sys
from pathlib import Path

import pytest

START = """
from hypothesis import given, settings, strategies as st
from seattle.repy.in_python import import_module

settings.register_profile("quick", max_examples=30, deadline=None, database=None, derandomize=True)
settings.load_profile("quick")
"""
PROPERTIES = {
    "serialize": """
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
plain |= st.complex_numbers(allow_nan=False)
values = st.recursive(
    plain | st.sets(plain) | st.frozensets(plain),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(plain, inner),
    max_leaves=8,
)
module = import_module("serialize")

@given(values)
def check(value):
    found = module.load(module.dump(value))
    assert found == value and type(found) is type(value)

@given(st.binary())
def check_any_bytes(data):
    try:
        module.load(data)
    except ValueError:
        pass

check_any_bytes()
""",
    "chacha20poly1305": """
module = import_module("chacha20poly1305")

@given(st.binary(min_size=32, max_size=32), st.binary(min_size=12, max_size=12), st.binary(max_size=300), st.binary())
def check(key, nonce, data, about):
    assert module.decrypt(key, nonce, module.encrypt(key, nonce, data, about), about) == data
""",
    "aes": """
module = import_module("aes")
keys = st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size))

@given(keys, st.binary(min_size=12, max_size=12), st.binary(max_size=300), st.binary())
def check(key, nonce, data, about):
    assert module.decrypt(key, nonce, module.encrypt(key, nonce, data, about), about) == data
""",
    "boxes": """
module = import_module("boxes")
private, public = module.new_keys()

@given(st.binary(), st.binary(), st.binary(min_size=16))
def check(data, about, secret):
    assert module.open_sealed(module.seal(data, public, private, about), private, public, about) == data
    assert module.unlock(module.lock(data, secret, about), secret, about) == data
""",
    "signed": """
module, nkey, ed25519 = import_module("signed"), import_module("nkey"), import_module("ed25519")
times = st.floats(0, 1e10) | st.integers(0, 10**10)

@given(st.binary(), st.binary(min_size=32, max_size=32), times, st.integers(0, 2**63 - 1))
def check(data, private, issued, number):
    me = nkey.id_of(ed25519.public_key(private))
    told = module.verify(module.sign(data, private, me, issued + 1, number, issued), me, me, now=issued)
    assert (told.data, told.signer, told.issued, told.sequence, told.to) == (data, me, issued, number, (me,))
""",
    "gzip": """
module = import_module("gzip")

@given(st.binary(), st.binary(), st.integers(-1, 9))
def check(data, more, level):
    assert module.decompress(module.compress(data, level) + module.compress(more)) == data + more
""",
    "bundle": """
module = import_module("bundle")

@given(st.text(max_size=30), st.dictionaries(st.text(max_size=9), st.binary(max_size=99), max_size=3))
def check(program, files):
    assert module.split(module.pack(program, files)) == (program, files)
""",
    "rsa": """
module = import_module("rsa")
public, private = module.new_keys(1024)

@given(st.binary(max_size=62), st.binary(max_size=400))
def check(data, message):
    module.verify(public, module.sign(private, message), message)
    assert module.decrypt(private, module.encrypt(public, data)) == data
    assert module.rsa_decrypt(module.rsa_encrypt(message, public), private) == message
    assert module.rsa_verify(module.rsa_sign(message, private), public) == message
""",
}


@pytest.mark.parametrize("module", PROPERTIES)
def test_given_anything_when_written_and_read_by_a_module_then_it_is_the_same(module: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{START}{PROPERTIES[module]}\ncheck()\nprint('the same')"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stdout == "the same\n", done.stderr[-3000:]
