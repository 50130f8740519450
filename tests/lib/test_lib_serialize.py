"""Values as bytes and back: the reference's format, every value again, and nothing else of what strangers send."""

import pytest
from tests.lib.conftest import Run

# The specification's examples and one for each letter of the format.
WRITTEN = [
    ("('PUT', 'key1', 'val', 240)", b"T4:SPUT5:Skey14:Sval4:I2400:"),
    ("{'a': 1}", b"D7:L2:Sa0:L2:I10:"),
    ("('OK', ['a', 'b'])", b"T3:SOK11:L2:Sa2:Sb0:0:"),
    ("None", b"N"),
    ("[True, False]", b"L2:BT2:BF0:"),
    ("-7", b"I-7"),
    ("0.1", b"F0.1"),
    ("1 - 2j", b"C1-2j"),
    ("frozenset({1})", b"f2:I10:"),
    ("{1}", b"s2:I10:"),
    ("''", b"S"),
    ("{}", b"D3:L0:L0:"),
]
SOME_VALUES = """
import random, serialize
chance = random.Random(7)

def value(depth):
    kinds = [
        lambda: None, lambda: chance.random() < 0.5, lambda: chance.randint(-(10**30), 10**30), chance.random,
        lambda: complex(chance.random(), -chance.random()), lambda: chance.randbytes(chance.randrange(9)),
        lambda: "".join(chance.choices("a:0b\\u00e9\\U0001f600\\n", k=chance.randrange(9))), lambda: -0.0,
        lambda: float("inf"), lambda: 10.0**chance.randint(-300, 300),
    ]
    inner = [
        lambda: [value(depth - 1) for _ in range(chance.randrange(4))],
        lambda: tuple(value(depth - 1) for _ in range(chance.randrange(4))),
        lambda: {value(0) for _ in range(chance.randrange(4))},
        lambda: frozenset(value(0) for _ in range(chance.randrange(4))),
        lambda: {value(0): value(depth - 1) for _ in range(chance.randrange(4))},
    ]
    return chance.choice(kinds + inner if depth > 0 else kinds)()
"""


def test_given_values_when_dumped_then_the_bytes_are_the_reference_s(run: Run) -> None:
    program = f"""
import serialize
for value, data in [{", ".join(f"({value}, {data!r})" for value, data in WRITTEN)}]:
    assert serialize.dump(value) == serialize.serialize_serializedata(value) == data, value
    assert serialize.load(data) == value and type(serialize.load(data)) is type(value), value
print("the same")
"""
    assert run(program) == "the same\n"


def test_given_values_of_all_kinds_when_dumped_and_loaded_then_they_are_the_same(run: Run) -> None:
    program = f"""{SOME_VALUES}
for _ in range(1000):
    original = value(4)
    found = serialize.load(serialize.dump(original))
    assert repr(found) == repr(original) or found == original, original
    assert type(found) is type(original)
print("the same")
"""
    assert run(program) == "the same\n"


def test_given_bytes_that_were_changed_when_loaded_then_there_is_a_value_or_a_value_error(run: Run) -> None:
    program = f"""{SOME_VALUES}
loaded = refused = 0
for _ in range(2000):
    data = bytearray(serialize.dump(value(4)))
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(2)] = chance.choice([b"", b"0", b":", b"L", b"D", b"9", b"-", b"\\xff"])
        data = data or bytearray(b"N")
    try:
        serialize.load(data)
        loaded += 1
    except ValueError:
        refused += 1
print(loaded > 0, refused > 0)
"""
    assert run(program) == "True True\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it begins with b''"),
        (b"X", "it begins with b'X'"),
        (b"NN", "it begins with b'NN'"),
        (b"BX", "it begins with b'BX'"),
        (b"I01", "b'01' is no whole number"),
        (b"I1_0", "b'1_0' is no whole number"),
        (b"I" + b"9" * 4301, "is no whole number"),
        (b"Fone", "b'one' is no number"),
        (b"L9:I1", "it is cut short"),
        (b"L-1:0:", "it is cut short"),
        (b"L0:N", "something follows its end"),
        (b"s3:L0:0:", "has something in it that can change"),
        (b"D7:L2:Sa0:L0:", "a dict has as many keys as values"),
        (b"D2:SaSb", "a dict has as many keys as values"),
    ],
)
def test_given_bytes_of_no_value_when_loaded_then_a_value_error_says_why(run: Run, data: bytes, why: str) -> None:
    program = (
        f"import serialize\ntry:\n    print(serialize.load({data!r}))\nexcept ValueError as why:\n    print(why)\n"
    )
    told = run(program)
    assert told.startswith("this is no value: ")
    assert why in told


def test_given_a_stranger_s_nested_or_large_bytes_when_loaded_then_they_are_refused_at_once(run: Run) -> None:
    program = """
import serialize
data = b"N"
for _ in range(60):
    data = b"L%d:%b0:" % (len(data), data)
for attempt in (lambda: serialize.load(data), lambda: serialize.load(bytes(serialize.MOST + 1)),
                lambda: serialize.load(b"Sabc", most=3)):
    try:
        print(attempt())
    except ValueError as why:
        print(why)
"""
    assert run(program).splitlines() == [
        "this is nested too deeply: at most 50 values within each other",
        "a value can't have 16777217 bytes; at most 16777216",
        "a value can't have 4 bytes; at most 3",
    ]


def test_given_a_value_that_can_t_be_sent_when_dumped_then_an_error_says_what_to_do(run: Run) -> None:
    program = """
import serialize
endless = []
endless.append(endless)
class Thing:
    pass
for value in (endless, [Thing()], print):
    try:
        print(serialize.dump(value))
    except (TypeError, ValueError) as why:
        print(why)
"""
    lines = run(program).splitlines()
    assert lines[0] == "this is nested too deeply, or contains itself; at most 50 values within each other"
    assert lines[1] == "a value of type Thing can't be sent; its fields can, as a dict"
    assert len(lines) == 3


def test_given_bytes_when_dumped_then_they_come_as_bytes_and_the_reference_reads_them_as_text(run: Run) -> None:
    program = """
s = dy_import_module("serialize.r2py")
print(s.load(s.dump(b"ab")), s.serialize_serializedata(b"ab"))
print(s.serialize_deserializedata("Sab"), s.serialize_deserializedata(s.serialize_serializedata(b"\\xff")))
"""
    assert run(program).splitlines() == ["b'ab' b'Sab'", r"ab b'\xff'"]
