"""Security layers: programs that stand between a program and its calls.

The outermost layer runs with the calls of the vessel. It says in `CHILD_CONTEXT_DEF` what the next stage finds under
which name, and starts that with `secure_dispatch_module()`; and so on down to the program. What a stage does not
define does not exist for the stages beneath it: their names, their modules' and their namespaces' are all made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any, NamedTuple, NoReturn

from seattle.repy.guest.calls import api_function
from seattle.repy.guest.contracts import name_below
from seattle.repy.guest.exceptions import RepyArgumentError
from seattle.repy.guest.sources import PROGRAM, Sources
from seattle.repy.guest.world import World


class Stage(NamedTuple):
    """A layer, or at last the program itself."""

    name: str  # of its file
    code: CodeType


class Stages:
    """The layers from the outermost to the program. `on_breach` ends everything, with a word on what was broken."""

    def __init__(
        self, stages: Sequence[Stage], callfunc: str, sources: Sources, on_breach: Callable[[str], NoReturn]
    ) -> None:
        self._stages = stages
        self._callfunc = callfunc
        self._sources = sources
        self._on_breach = on_breach

    def new_world(self, number: int, calls: Mapping[str, object], arguments: Sequence[str]) -> World:
        """The world of a stage. `arguments` begin with the names of the stages beneath it."""
        is_program = number + 1 == len(self._stages)
        return World(calls, arguments, self._callfunc, self._sources, stage=PROGRAM if is_program else number)

    def run(self, number: int, world: World) -> None:
        """Run a stage in its world and, when it asks for that, those beneath it."""
        if number + 1 < len(self._stages):
            self._offer_dispatch(number, world)
        world.call_it(self._stages[number].name)
        exec(self._stages[number].code, world.names)  # noqa: S102 - checked by the language wall

    def _offer_dispatch(self, number: int, world: World) -> None:
        calls = world.calls
        definition: dict[str, Any] = {name: {"type": "any", "target": target} for name, target in calls.items()}
        is_done = False

        def secure_dispatch_module(context_def: Any = None) -> None:
            """Run the next stage, with the names of `context_def`; that of CHILD_CONTEXT_DEF if there is none."""
            nonlocal is_done
            if is_done:
                raise RepyArgumentError("secure_dispatch_module can be called once")
            below = self._calls_below(number, world.names["CHILD_CONTEXT_DEF"] if context_def is None else context_def)
            is_done = True
            self.run(number + 1, self.new_world(number + 1, below, _arguments_below(world)))

        world.names["CHILD_CONTEXT_DEF"] = definition
        world.names["secure_dispatch_module"] = api_function(secure_dispatch_module)

    def _calls_below(self, number: int, definition: object) -> dict[str, Any]:
        if type(definition) is not dict:
            raise RepyArgumentError(f"the definition has to be a dict, not {type(definition).__name__}")
        layer, below = self._stages[number].name, self._stages[number + 1].name

        def breach(what: str) -> NoReturn:
            self._on_breach(f"the layer {layer}, on which {below} runs, broke its contract: {what}")

        return {name: name_below(name, entry, breach) for name, entry in list(definition.items())}


def _arguments_below(world: World) -> list[str]:
    """What the layer has left of its arguments, without the name of the stage that they start with."""
    arguments = world.names.get("callargs")
    if type(arguments) is not list or not all(type(argument) is str for argument in arguments):
        return []
    return arguments[1:]
