"""What can be reached in a set of files: each line with code on it, and both ways of each conditional jump.

A point is a number; `watching` sets the byte of that number when it gets there.
"""

import ast
import dis
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import CodeType

Ways = tuple[int, int, int]  # the offset behind the jump, the point of falling through, the point of jumping
CodeName = tuple[str, str, int]  # file, qualified name, first line


@dataclass
class Points:
    """All points of some files, as plain values: `marshal` keeps them."""

    count: int = 0
    lines: dict[str, dict[int, int]] = field(default_factory=dict)  # by file and number of the line
    branches: dict[CodeName, dict[int, Ways]] = field(default_factory=dict)  # by code and offset

    def add(self, file: Path) -> None:
        """Find those of a file."""
        text = file.read_text("utf-8")
        whole = compile(text, str(file), "exec", dont_inherit=True)
        left_out = set(_for_checkers_alone(ast.parse(text)))
        lines = {line for code in _codes(whole) for line in _lines(code)} - left_out
        self.lines[str(file)] = {line: self._next() for line in sorted(lines)}
        for code in _codes(whole):
            ways = {
                offset: (behind, self._next(), self._next())
                for offset, behind, line in _jumps(code)
                if line not in left_out
            }
            if ways:
                self.branches[name_of(code)] = ways

    def of_file(self, file: str) -> tuple[list[int], list[int]]:
        """The points of its lines, and those of its branches."""
        ways = [way for name, there in self.branches.items() if name[0] == file for way in there.values()]
        return list(self.lines[file].values()), [point for way in ways for point in way[1:]]

    def _next(self) -> int:
        self.count += 1
        return self.count - 1


def points_of(files: Iterable[Path]) -> Points:
    """Those of all these files."""
    points = Points()
    for file in files:
        points.add(file)
    return points


def name_of(code: CodeType) -> CodeName:
    """What tells a piece of code from others, wherever it was loaded from."""
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _lines(code: CodeType) -> Iterator[int]:
    # The first instruction of a module or function stands on no line of the text, or on that of `def`.
    own = {line for _, _, line in code.co_lines() if line}
    yield from own - ({code.co_firstlineno} if code.co_name != "<module>" else set())


def _jumps(code: CodeType) -> Iterator[tuple[int, int, int | None]]:
    """The offset of each conditional jump, that behind it, and its line."""
    instructions = list(dis.get_instructions(code))
    for instruction, following in pairwise(instructions):
        if instruction.opname.startswith("POP_JUMP") or instruction.opname == "FOR_ITER":
            line = instruction.positions.lineno if instruction.positions else None
            yield instruction.offset, following.offset, line


def _for_checkers_alone(tree: ast.Module) -> Iterator[int]:
    """Lines that are there for type checkers, and never run."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for inner in node.body:
                yield from range(inner.lineno, (inner.end_lineno or inner.lineno) + 1)
