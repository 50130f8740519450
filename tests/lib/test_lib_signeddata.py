"""The reference's signed data: its format, and everything for which it is not to be trusted."""

import hashlib

from tests.lib.conftest import Run
from tests.lib.test_lib_rsa import halves, key_of

KEYS = f"""
import time
import rsa, signeddata as s
public, private = {halves(key_of(1024))[0]!r}, {halves(key_of(1024))[1]!r}
other_public, other_private = rsa.new_keys(512)
UNSIGNED = b'x\\n!1 2!None!None!None!None! 5'
now = time.time() + s.SECONDS_FROM_1900_TO_1970

def sign(data="data", key=(private, public), **fields):
    return s.signeddata_signdata(data, *key, **fields)
"""


def test_given_data_with_all_fields_when_signed_then_the_text_is_the_reference_s(run: Run) -> None:
    public, private = halves(key_of(1024))
    before = f"two\nlines!\n!{public['e']} {public['n']}!3900000000.5!3900000060!tag:7!alice:bob".encode()
    block = int.from_bytes(b"\1" + hashlib.sha1(before).digest(), "big")
    expected = before + f"! {pow(block, private['d'], public['n'])}".encode()
    program = KEYS + (
        "signed = sign('two\\nlines!', timestamp=3900000000.5, expiration=3900000060, sequenceno=('tag', 7),\n"
        "              destination='alice:bob')\n"
        f"print(signed == {expected!r})\n"
        "data, key, *others = s.signeddata_split(signed)\n"
        "print(data, key == public, others)\n"
        "print(s.signeddata_issignedcorrectly(signed.decode()), s.signeddata_issignedcorrectly(signed, public))\n"
        "print(s.signeddata_split_signature(signed)[0])\n"
    )
    assert run(program).splitlines() == [
        "True",
        r"b'two\nlines!' True [3900000000.5, 3900000060.0, ('tag', 7), 'alice:bob']",
        "True True",
        r"b'two\nlines!'",
    ]


def test_given_nothing_but_data_when_signed_then_the_fields_are_none_and_it_is_trusted(run: Run) -> None:
    program = KEYS + (
        "signed = sign(b'\\xff')\n"
        "print(b'!None!None!None!None! ' in signed, s.signeddata_split(signed)[0], s.signeddata_split(signed)[2:])\n"
        "print(s.signeddata_shouldtrust(None, signed), s.signeddata_shouldtrust(sign(), signed, public))\n"
    )
    assert run(program).splitlines() == [
        r"True b'\xff' (None, None, None, None)",
        "(True, []) (True, [])",
    ]


def test_given_reasons_for_mistrust_when_asked_then_each_is_named(run: Run) -> None:
    program = KEYS + (
        "s.signeddata_set_identity('me')\n"
        "first = sign(timestamp=now, sequenceno=('a', 0))\n"
        "cases = [\n"
        "    (None, sign(), other_public), (None, sign(key=(other_private, public)), None),\n"
        "    (None, sign().replace(b'data', b'date'), public), (None, sign(expiration=now - 1), None),\n"
        "    (None, sign(destination='you:them'), None), (first, sign(key=(other_private, other_public)), None),\n"
        "    (first, sign(timestamp=now + 1, sequenceno=('a', 2)), None),\n"
        "    (first, sign(timestamp=now - 1, sequenceno=('a', 1)), None),\n"
        "    (first, sign(sequenceno=('a', 1)), None),\n"
        "    (first, first, None),\n"
        "    (None, b'no signature', None), (b'nothing', first, None), (None, UNSIGNED, None),\n"
        "    (first, sign(timestamp=now, sequenceno=('a', 1)), None),\n"
        "    (first, sign(timestamp=now + 1, sequenceno=('a', 1), expiration=now + 9, destination='you:me'), public),\n"
        "]\n"
        "for case in cases:\n    print(*s.signeddata_shouldtrust(*case))\n"
    )
    assert run(program).splitlines() == [
        "False ['Different public key']",
        "False ['Bad signature']",
        "False ['Bad signature']",
        "False ['Expired signature']",
        "False ['Not destined for this node']",
        "False ['Public keys do not match', 'Timestamps out of order']",
        "False ['Invalid sequence transition']",
        "False ['Timestamps out of order']",
        "False ['Timestamps out of order']",
        "False ['Invalid sequence transition', 'Timestamps match']",
        "False ['Malformed signed data']",
        "False ['Malformed signed data']",
        "False ['Malformed signed data']",
        "None ['Timestamps match']",
        "True []",
    ]


def test_given_only_the_old_signature_when_compared_then_its_fields_and_the_key_count(run: Run) -> None:
    program = KEYS + (
        "_, meta = s.signeddata_split_signature(sign('much ' * 100, timestamp=now, sequenceno=('a', 4)))\n"
        "new = sign(timestamp=now + 1, sequenceno=('a', 5))\n"
        "trust = s.signeddata_shouldtrustmeta\n"
        "print(*trust(meta, new, public), *trust(meta, new, other_public))\n"
        "print(*trust(meta, sign(timestamp=now + 1, sequenceno=('a', 6))))\n"
    )
    assert run(program).splitlines() == [
        "True [] False ['Different public key']",
        "False ['Invalid sequence transition']",
    ]


def test_given_sequences_when_one_follows_another_then_the_reference_s_rule_holds(run: Run) -> None:
    program = KEYS + (
        "good = s.signeddata_has_good_sequence_transition\n"
        "print(good(None, None), good(('a', 3), None), good(None, ('a', 0)), good(('a', 3), ('a', 4)), "
        "good(('a', 3), ('b', 0)))\n"
        "print(good(None, ('a', 1)), good(('a', 3), ('a', 3)), good(('a', 3), ('a', 5)), good(('a', 3), ('a', 0)), "
        "good(('a', 3), ('b', 4)))\n"
    )
    assert run(program).splitlines() == ["True True True True True", "False False False False False"]


def test_given_fields_that_can_t_be_written_when_signing_then_a_value_error_says_why(run: Run) -> None:
    program = KEYS + (
        "for fields in ({'timestamp': -1}, {'expiration': 'soon'}, {'sequenceno': 5}, {'sequenceno': ('a', -1)},\n"
        "               {'sequenceno': ('!', 1)}, {'destination': 'a!b'}, {'destination': 'a\\nb'},\n"
        "               {'timestamp': 1e400}, {'key': (private, {})}, {'key': ({}, public)}):\n"
        "    try:\n        print(sign(**fields))\n    except ValueError as why:\n        print('-', why)\n"
    )
    lines = run(program).splitlines()
    assert len(lines) == 10
    assert all(line.startswith("- ") for line in lines)
