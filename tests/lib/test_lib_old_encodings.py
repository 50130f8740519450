"""The reference's base64, binascii, struct and math, by the names that programs for it use."""

import base64
import random

from tests.lib.conftest import Run


def test_given_data_when_encoded_by_the_reference_s_base64_then_it_is_python_s(run: Run) -> None:
    chance = random.Random(64)
    cases = [chance.randbytes(size) for size in range(12)] + [b"\xfb\xff\xfe"]
    program = (
        "b = dy_import_module('base64.r2py')\n"
        f"for data in {cases!r}:\n"
        "    text, safe = b.base64_b64encode(data), b.base64_urlsafe_b64encode(data)\n"
        "    assert b.base64_b64decode(text) == b.base64_standard_b64decode(text.encode()) == data\n"
        "    assert b.base64_urlsafe_b64decode(safe) == b.base64_b64decode(safe, '-_') == data\n"
        "    print(text + ',' + safe)\n"
    )
    assert run(program).splitlines() == [
        f"{base64.b64encode(data).decode()},{base64.urlsafe_b64encode(data).decode()}" for data in cases
    ]


def test_given_careless_base64_when_decoded_then_it_is_as_forgiving_as_the_reference(run: Run) -> None:
    program = (
        "b = dy_import_module('base64.r2py')\n"
        "print(b.base64_b64decode('aG Vs\\nbG8'), b.base64_b64decode('!aGk=='), b.base64_b64decode('caf\\u00e9'))\n"
        "print(b.base64_b64encode('caf\\u00e9'), b.base64_b64encode(b'\\xfb\\xff', '.:'))\n"
        "try:\n    b.base64_b64decode('abcde')\nexcept TypeError as why:\n    print(why)\n"
    )
    assert run(program).splitlines() == [
        r"b'hello' b'hi' b'q\xa7'",
        "Y2Fmw6k= .:8=",
        "this is no base64: six bits are left over",
    ]


def test_given_hexadecimal_numbers_when_converted_then_mistakes_are_type_errors(run: Run) -> None:
    program = (
        "b = dy_import_module('binascii.r2py')\n"
        "print(b.binascii_b2a_hex(b'\\x00\\xff'), b.binascii_b2a_hex('A'), b.binascii_a2b_hex('00fF'))\n"
        "for text in ('abc', 'zz'):\n    try:\n        b.binascii_a2b_hex(text)\n    except TypeError as why:\n"
        "        print(why)\n"
    )
    assert run(program).splitlines() == [
        r"00ff 41 b'\x00\xff'",
        "Odd-length string",
        "Non-hexadecimal digit found",
    ]


def test_given_numbers_when_packed_then_the_order_of_bytes_has_to_be_said(run: Run) -> None:
    program = (
        "s = dy_import_module('struct.r2py')\n"
        "print(s.struct_pack('<IB', 1, 2), s.struct_unpack('>H', b'\\x01\\x02'), s.struct_calcsize('!HIq'))\n"
        "for attempt in (lambda: s.struct_pack('I', 1), lambda: s.struct_unpack('<I', b'1'),\n"
        "                lambda: s.struct_pack('<B', 256)):\n"
        "    try:\n        attempt()\n    except ValueError as why:\n        print(why)\n"
    )
    assert run(program).splitlines()[:3] == [
        r"b'\x01\x00\x00\x00\x02' (258,) 14",
        "a format begins with the order of bytes: <, > or !",
        "unpack requires a buffer of 4 bytes",
    ]


def test_given_the_reference_s_mathematics_when_called_then_results_are_floats(run: Run) -> None:
    program = (
        "m = dy_import_module('math.r2py')\n"
        "print(m.math_ceil(1.2), m.math_floor(-1.2), m.math_ceil(3))\n"
        "print(m.math_log(m.math_e), m.math_log(8, 2), m.math_pi)\n"
        "for attempt in (lambda: m.math_log(0), lambda: m.math_log(5, 1)):\n"
        "    try:\n        attempt()\n    except (ValueError, ZeroDivisionError) as why:\n"
        "        print(type(why).__name__)\n"
    )
    assert run(program).splitlines() == [
        "2.0 -2.0 3.0",
        "1.0 3.0 3.141592653589793",
        "ValueError",
        "ZeroDivisionError",
    ]
