"""The reference's words for security layers: `run encasementlib.r2py LAYER... PROGRAM [ARGUMENT...]`.

There is no file of that name: nodes do what it did. A layer is a file that hands on (`secure_dispatch_module`); the
first that does not is the program.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seattle.shell.errors import Unfit
from seattle.shell.local_files import path_of, read

WORD: Final = "encasementlib"  # with any suffix
_HANDS_ON: Final = re.compile(rb"\bsecure_dispatch_module\s*\(")


@dataclass(frozen=True)
class Task:
    """What is to run: files here."""

    program: Path
    arguments: tuple[str, ...]
    layers: tuple[Path, ...] = ()  # the outermost first


async def task(file: Path, arguments: Sequence[str]) -> Task:
    """What `run` was asked for. Raises Unfit if layers were, and there is none, or no program beneath them."""
    if file.stem != WORD:
        return Task(file, tuple(arguments))
    layers: list[Path] = []
    for number, path in enumerate(map(path_of, arguments)):
        if _HANDS_ON.search(await read(path)) is None:
            if not layers:
                raise Unfit(f"{path} is no layer: it never calls secure_dispatch_module", hint="layers come first")
            return Task(path, tuple(arguments[number + 1 :]), tuple(layers))
        layers.append(path)
    raise Unfit("no program is named that is to run beneath layers", hint="it comes behind the last layer")
