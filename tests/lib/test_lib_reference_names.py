"""Programs for the reference find the modules of data and cryptography, and every name of theirs."""

import pytest
from tests.lib.conftest import Run

NAMES = {
    "base64": "b64encode b64decode standard_b64encode standard_b64decode urlsafe_b64encode urlsafe_b64decode",
    "binascii": "a2b_hex b2a_hex",
    "bundle": "Bundle clear_bundle_from_file InvalidOperationError EncodingError",
    "math": "ceil floor log",
    "md5py": "new md5",
    "random": "randombytes nbit_int int_below randrange randint sample shuffle",
    "rsa": (
        "gen_pubpriv_keys encrypt decrypt sign verify is_valid_publickey is_valid_privatekey matching_keys "
        "publickey_to_string string_to_publickey publickey_to_file file_to_publickey "
        "privatekey_to_string string_to_privatekey privatekey_to_file file_to_privatekey"
    ),
    "serialize": "serializedata deserializedata",
    "sha": "new hash hexhash",
    "signeddata": (
        "signdata issignedcorrectly split split_signature set_identity destined_for_me iscurrent "
        "has_good_sequence_transition shouldtrust shouldtrustmeta"
    ),
    "sshkey": "file_to_privatekey file_to_publickey SSHException EncryptionException",
    "struct": "pack unpack calcsize",
}


@pytest.mark.parametrize("module", NAMES)
def test_given_a_module_of_the_reference_when_it_is_linked_then_it_has_all_of_its_names(run: Run, module: str) -> None:
    names = [f"{module}_{name}" for name in NAMES[module].split()]
    program = (
        f"module = dy_import_module('{module}.r2py')\n"
        f"print([name for name in {names!r} if not callable(getattr(module, name, None))])\n"
    )
    assert run(program) == "[]\n"
