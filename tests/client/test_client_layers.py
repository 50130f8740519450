"""Security layers, as they are asked for: read here, told to nodes with their digests, and never left out."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from seattle.client import Patience
from seattle.client.aio.layers import read_layers
from seattle.client.aio.testbed import connect
from seattle.client.errors import BadLayers, NoSuchProgram
from seattle.client.profile import Profile
from seattle.fabric.errors import RemoteError
from seattle.fabric.node_api import MAX_LAYERS
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio

World = Any  # of conftest.py, which tests don't import

LAYER = b"secure_dispatch_module()\n"
BOUND = 20  # seconds; far more than anything here takes
QUICK = Patience(call=5.0, poll=5.0, pauses=(0.01, 0.01))


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    (tmp_path / "layer.py").write_bytes(LAYER)
    return tmp_path / "layer.py"


async def test_given_a_layer_when_a_program_starts_beneath_it_then_nodes_have_it_and_are_told_what_it_must_be(
    world: World, alice: KeyPair, profile: Profile, layer: Path
) -> None:
    node = await asyncio.to_thread(world.node, alice, "v1")
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        (await vessels.put(b"say {0}\nexit 0", "p.py")).raise_for_failures()
        (await vessels.start("p.py", "one", layers=[layer], restart="always")).started.raise_for_failures()
    ((_, asked),) = [call for call in node.calls if call[0].startswith("start")]
    assert (asked.program, asked.arguments, asked.restart) == ("p.py", ["one"], "always")
    (told,) = asked.layers
    assert (told.name, told.digest) == ("layer.py", hashlib.sha256(LAYER).hexdigest())
    assert node.vessels["v1"].files["layer.py"] == LAYER


async def test_given_a_node_that_knows_of_no_layers_when_a_program_is_to_start_beneath_one_then_it_does_not(
    world: World, alice: KeyPair, profile: Profile, layer: Path
) -> None:
    node = await asyncio.to_thread(world.node, alice, "v1")
    node.refuse["start_beneath"] = RemoteError("unknown-method", "this node has no such call")
    async with asyncio.timeout(BOUND), connect(profile, patience=QUICK) as testbed:
        vessels = await testbed.browse()
        (await vessels.put(b"exit 0", "p.py")).raise_for_failures()
        run = await vessels.start("p.py", layers=[layer])
        (failure,) = run.started.failed
        assert isinstance(failure.error, RemoteError)
        assert failure.error.code == "unknown-method"
    assert "start" not in [method for method, _ in node.calls]
    assert node.vessels["v1"].run == 0


async def test_given_layers_that_can_not_be_when_they_are_read_then_it_is_said_why(tmp_path: Path, layer: Path) -> None:
    with pytest.raises(NoSuchProgram):
        await read_layers([tmp_path / "nothing.py"], "p.py")
    with pytest.raises(BadLayers, match="would be 'layer"):
        await read_layers([layer, layer], "p.py")
    with pytest.raises(BadLayers, match="would be 'layer"):
        await read_layers([layer], "layer.py")
    with pytest.raises(BadLayers, match=f"{MAX_LAYERS} are allowed"):
        await read_layers([tmp_path / f"layer{number}.py" for number in range(MAX_LAYERS + 1)], "p.py")
    with pytest.raises(TypeError, match="list of files"):
        await read_layers("layer.py", "p.py")
