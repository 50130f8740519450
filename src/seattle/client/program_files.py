"""Which files a program is made of: those beside it that it imports, found in its text. Nothing is run."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from seattle.repy.door import MAX_PROGRAM

_IMPORTS_FILE: Final = frozenset({"dy_import_module", "dy_import_module_symbols"})
_RUNS_ARGUMENT: Final = "dy_dispatch_module"


def program_files(program: Path, arguments: Sequence[str] = ()) -> list[Path]:
    """The program, and after it the files beside it that it needs, and those that they need, each once.

    `import helper` needs `helper.py`, and `dy_import_module("lib.repy")` needs `lib.repy`. A program that runs what its
    arguments begin with (`dy_dispatch_module`) needs that file, too. What is not there is left out: it may be a module
    that Repy has, or a file that is in the vessel already. So is what a text that is no Python asks for.
    """
    found = {program.name: program}
    to_read = [program]
    while to_read:
        for name in _names_in(to_read.pop(), arguments):
            file = program.parent / name
            if name not in found and file.is_file():
                found[name] = file
                to_read.append(file)
    return list(found.values())


def _names_in(file: Path, arguments: Sequence[str]) -> Iterator[str]:
    """The names of the files that this one may need."""
    for node in ast.walk(_parsed(file)):
        match node:
            case ast.Import(names=names):
                yield from (f"{one.name}.py" for one in names if "." not in one.name)
            case ast.ImportFrom(module=str(module), level=0) if "." not in module:
                yield f"{module}.py"
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(file_name)), *_]) if (
                name in _IMPORTS_FILE and _is_plain(file_name)
            ):
                yield file_name
            case ast.Call(func=ast.Name(id=name)) if name == _RUNS_ARGUMENT:
                yield from (word for word in arguments[:1] if _is_plain(word))


def _parsed(file: Path) -> ast.AST:
    """What stands in a file; nothing, if that can't be a program: whoever is to run it says why."""
    try:
        if file.stat().st_size <= MAX_PROGRAM:
            return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        pass
    return ast.Module(body=[], type_ignores=[])


def _is_plain(name: str) -> bool:
    """Whether it is the name of a file beside another one, and no way out of that folder."""
    return Path(name).name == name
