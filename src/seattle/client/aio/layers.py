"""Security layers that a program is to run beneath: read here, so that it is known what they have to be there."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from seattle.client.aio.files import read_here
from seattle.client.errors import BadLayers
from seattle.client.expected import expect_each
from seattle.fabric.node_api import MAX_LAYERS, Layer


@dataclass(frozen=True)
class Layers:
    """Layers, the outermost first."""

    contents: dict[str, bytes]  # by the name that each has in a vessel

    @property
    def named(self) -> list[Layer]:
        """How nodes are told of them: a node takes no other text for them."""
        return [Layer(name=name, digest=hashlib.sha256(text).hexdigest()) for name, text in self.contents.items()]


async def read_layers(paths: Sequence[str | Path], program: str) -> Layers:
    """The layers at these paths. `program`: its name in the vessels. Raises NoSuchProgram, BadLayers."""
    expect_each(paths, (str, PathLike), "layers is a list of files, such as layers=['monitor.py']")
    if len(paths) > MAX_LAYERS:
        raise BadLayers(f"there are {len(paths)} layers; {MAX_LAYERS} are allowed")
    names = [Path(path).name for path in paths]
    twice = next((name for name in names if [*names, program].count(name) > 1), None)
    if twice is not None:
        raise BadLayers(f"two files would be {twice!r} in the vessels: give one of them another name")
    return Layers({name: await read_here(Path(path)) for name, path in zip(names, paths, strict=True)})
