"""Pages that hold us against the reference system: tables of what it does, what we do, and the tests that show it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
ANSWER = re.compile(r"Same\b|(Changed|New|Gone)( for [^:]*)?: \S")


class Row(NamedTuple):
    """What the reference does, what we do, and the tests that show it."""

    rule: str
    here: str
    tests: list[str]


def rows(page: Path) -> Iterator[Row]:
    """The rows of all tables of a page."""
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] != "the reference" and set(cells[0]) != {"-"}:
            assert len(cells) == 3, line
            yield Row(cells[0], cells[1], re.findall(r"`(\w+\.py::\w+)`", cells[2]))


@cache
def known() -> frozenset[str]:
    """All tests there are, as file::test."""
    return frozenset(
        f"{path.name}::{name}"
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _names(node)
    )


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.Assign(targets=[ast.Name(id=name)]) if name.startswith("Test"):  # of a machine of hypothesis
            return [name]
    return []
