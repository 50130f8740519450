"""What one namespace does to the memory of the library must not be seen by another.

Python's modules remember results under keys that are arguments. A key that claims to be another one would plant a
result of the attacker's choice with everybody who shares the process: a layer above it, say.
"""

# ruff: noqa: E501 - a program reads best in one piece

import importlib
import sys
from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from seattle.repy.language.modules import NAMES

Run = Callable[..., list[str]]  # a program in, what it printed out


class Poison(NamedTuple):
    """A program that plants something, and one in another namespace that prints what it gets."""

    plant: str
    look: str


LIAR = """
def liar(kind, value, victim):
    class Liar(kind):
        def __hash__(self): return hash(victim)
        def __eq__(self, other): return True
    return Liar(value)
"""

POISONS = {
    "flags of a pattern": Poison(
        "import re\nre.compile('first-abc', liar(int, 2, 0))",
        "import re\nprint(re.match('first-abc', 'FIRST-ABC'))",
    ),
    "flags of a string template": Poison(
        "from string import Template\nclass T(Template):\n    flags = liar(int, 2, 66)\n    pattern = 'second-(?P<named>a)'",
        "import re\nprint(re.match('second-(?P<named>a)', 'SECOND-A', 64))",
    ),
    "replacement of a pattern": Poison(
        "import re\nre.sub('third(.)', liar(str, 'planted\\\\1', 'clean\\\\1'), 'third.')",
        "import re\nprint(re.sub('third(.)', 'clean\\\\1', 'third.'))",
    ),
    "replacement of a compiled pattern": Poison(
        "import re\nre.compile('fourth(.)').sub(liar(str, 'planted\\\\1', 'fresh\\\\1'), 'fourth.')",
        "import re\nprint(re.compile('fourth(.)').sub('fresh\\\\1', 'fourth.'))",
    ),
    "format of a struct": Poison(
        "import struct\nstruct.calcsize(liar(str, 'b', '<3HQ'))",
        "import struct\nprint(struct.calcsize('<3HQ'))",
    ),
    "format of a time": Poison(
        "import time\ntime.strptime('12', liar(str, '%m', '%Y/'))",
        "import time\nprint(time.strptime('2020/', '%Y/').tm_year)",
    ),
    "format of a date": Poison(
        "from datetime import datetime\ndatetime.strptime('12', liar(str, '%m', '%Y|'))",
        "from datetime import datetime\nprint(datetime.strptime('2020|', '%Y|').year)",
    ),
    "letters that need no quotes": Poison(
        "from urllib.parse import quote\n"
        "class S(str):\n    def encode(self, *_): return liar(bytes, b'<>', b'!')\n"
        "quote(' ', S('x'))",
        "from urllib.parse import quote\nprint(quote('<>! ', safe='!'))",
    ),
    "private address": Poison(
        "from ipaddress import IPv4Address\n"
        "print(liar(IPv4Address, '8.8.8.8', IPv4Address('10.1.1.1')).is_private)\n"
        "print(liar(IPv4Address, '8.8.8.8', IPv4Address('10.1.1.1')).is_global)",
        "from ipaddress import IPv4Address\nprint(IPv4Address('10.1.1.1').is_private, IPv4Address('10.1.1.1').is_global)",
    ),
    "private address with a number that lies": Poison(
        "from ipaddress import IPv6Address\na = IPv6Address('2001:4860::1')\nreal = IPv6Address('fe80::77')\n"
        "class N(int):\n    def __int__(self): return int(real)\n    def __eq__(self, other): return True\n"
        "a._ip = N(1)\nprint(a.is_private)",
        "from ipaddress import IPv6Address\nprint(IPv6Address('fe80::77').is_private)",
    ),
    "hash of a fraction": Poison(
        "from fractions import Fraction\nf = Fraction(1, 7)\nf._numerator = liar(int, 5, 3)\n"
        "f._denominator = liar(int, 9, 7777)\nhash(f)",
        "from fractions import Fraction\nprint(hash(Fraction(3, 7777)))",
    ),
    "escapes of a pattern": Poison(
        "import re\nclass S(str):\n    def translate(self, table): table.clear()\nre.escape(S('x'))",
        "import re\nprint(re.escape('a.b*'))",
    ),
}


@pytest.mark.parametrize("name", POISONS)
def test_given_a_key_that_lies_when_it_is_planted_then_another_namespace_gets_its_own_result(
    run_behind_language_wall: Run, name: str
) -> None:
    run_behind_language_wall(LIAR + POISONS[name].plant)
    printed = run_behind_language_wall(POISONS[name].look)
    plain: list[str] = []
    exec(POISONS[name].look, {"print": lambda *values: plain.append(" ".join(map(str, values)))})
    assert printed == plain == [RESULTS[name]]


RESULTS = {
    "flags of a pattern": "None",
    "flags of a string template": "None",
    "replacement of a pattern": "clean.",
    "replacement of a compiled pattern": "fresh.",
    "format of a struct": "14",
    "format of a time": "2020",
    "format of a date": "2020",
    "letters that need no quotes": "%3C%3E!%20",
    "private address": "True False",
    "private address with a number that lies": "True",
    "hash of a fraction": str(hash(3 * pow(7777, -1, sys.hash_info.modulus) % sys.hash_info.modulus)),
    "escapes of a pattern": "a\\.b\\*",
}


def test_given_all_that_the_library_remembers_when_listed_then_no_key_of_a_program_can_lie() -> None:
    found = {
        f"{name}.{where}"
        for name in {*NAMES, "_strptime", "re._parser", "re._compiler"} - {"typing"}
        for where in _remembering(importlib.import_module(name))
    }
    assert found == {"urllib.parse.urlsplit"}  # it has the classes of the arguments in its keys
    assert urlsplit.cache_parameters()["typed"]  # type: ignore[attr-defined]  # what lru_cache adds


def _remembering(module: ModuleType) -> list[str]:
    kind = type(lru_cache(len))

    def own(values: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if getattr(value, "__module__", "") == module.__name__}

    found = [key for key, value in own(vars(module)).items() if type(value) is kind]
    for key, cls in own(vars(module)).items():
        if isinstance(cls, type):
            for attribute, value in vars(cls).items():
                function = getattr(value, "fget", value)
                if type(getattr(function, "_Method__function", function)) is kind:
                    found.append(f"{key}.{attribute}")
    return found
