"""The reference page names all that programs can call, and nothing else."""

import re
import threading
from pathlib import Path

from seattle.repy import door
from seattle.repy.guest.exceptions import EXCEPTIONS
from seattle.repy.guest.runtime import Runtime

PAGE = Path(__file__).parents[2] / "docs" / "repy-api.md"


def test_given_the_reference_page_when_read_then_its_calls_are_those_of_the_runtime() -> None:
    program = door.Program("program.py", 0, [], "initialize", checked=True)
    try:
        calls = set(Runtime(program, []).calls())
    finally:
        threading.stack_size(0)  # a runtime sets it for its process, which here is everybody's
    named = set(re.findall(r"^\| `(\w+)\(", PAGE.read_text(), re.MULTILINE))
    assert named == calls


def test_given_the_reference_page_when_read_then_its_exceptions_are_those_of_the_runtime() -> None:
    tree = PAGE.read_text().partition("## Exceptions")[2].partition("## ")[0]
    assert {name for name in EXCEPTIONS if re.search(rf"\b{name}\b", tree)} == set(EXCEPTIONS)
