"""Repy modules in ordinary Python: `import_module("session")` in a program of one's own, as repyhelper did it once.

A script that talks to Repy programs can so use the very code that they use. There are no walls here and no limits: the
module runs in this process, with what its user may do, over calls that go to this computer's files and network. What
it does is checked as a Repy program is, yet whoever imports it has to trust it. A stranger's program is for `repy`.

    from seattle.repy.in_python import import_module

    session = import_module("session")            # of SeattleLib
    mine = import_module("protocol", folder=".")  # protocol.py, as it is in the vessel

May import: `repy.guest` and `repy.language`. Nothing imports this.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from seattle.repy.guest import library
from seattle.repy.guest.sources import Sources
from seattle.repy.guest.world import World
from seattle.repy.in_python.calls import calls

PORTS: Final = range(63100, 63180)
"""The ports that a testbed's vessels have."""


def import_module(name: str, *, folder: str | Path = ".", ports: Iterable[int] = PORTS) -> Any:
    """A module of SeattleLib, or of a file NAME.py in the folder; each call makes another, with a world of its own.

    `folder` is where its files are, and all that it can open; `ports` are those that `getresources` tells it of.
    Raises ImportError, CodeUnsafeError, and what the module raises.
    """
    sources = Sources(library.texts_by_file())
    world = World(calls(Path(folder), list(ports), sources), [], "import", sources)
    module = world.names["__builtins__"]["__import__"](name)
    for part in name.split(".")[1:]:
        module = getattr(module, part)
    return module
