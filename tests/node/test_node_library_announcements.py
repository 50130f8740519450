"""SeattleLib's `advertise` and its kin, in programs that a real node runs, with a real directory."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from seattle.fabric.connection import NatsFabric
from seattle.fabric.directory import Directory
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]


@pytest.fixture
async def directory(join_service: Callable[[], Awaitable[NatsFabric]]) -> Directory:
    made = Directory(await join_service())
    await made.start()
    return made


async def test_given_programs_on_a_node_when_they_use_the_library_then_they_find_each_other(
    directory: Directory, node: Any, join: Join, user: KeyPair, other_owner: KeyPair
) -> None:
    one, other = (await join(user)).at(node.public), (await join(other_owner)).at(node.public, vessel="v2")
    announce = "import advertise\nadvertise.announce('experiment', 5, 10**6)\nprint(advertise.services())\n"
    assert (await one.run(announce))[0] == b"['node']\n"
    look_up = "import advertise, cachedadvertise\nprint(advertise.lookup('experiment'), advertise.lookup('none'))\n"
    assert (await other.run(look_up))[0] == b"['5'] []\n"


async def test_given_a_program_for_the_reference_when_a_node_runs_it_then_its_calls_do_what_they_did(
    directory: Directory, node: Any, join: Join, user: KeyPair
) -> None:
    program = """
m = dy_import_module("advertise.r2py")
m.advertise_announce("key", "value", 240, 4, 5, 30)
print(m.advertise_lookup("key", 10, None, 4, 5, 60))
dy_import_module_symbols("advertise.r2py")
print(advertise_lookup("key", lookuptype=["node"]))
pipe = dy_import_module("advertisepipe.r2py")
handle = pipe.add_to_pipe("pipe", "here")
print(dy_import_module("cachedadvertise.r2py").lookup("pipe"), m.advertise_lookup("pipe"))
pipe.remove_from_pipe(handle)
"""
    said = await (await join(user)).at(node.public).run(program)
    assert said[0] == b"['value']\n['value']\n['here'] ['here']\n", said


async def test_given_a_user_s_key_when_a_program_announces_with_it_then_it_is_found_by_the_user_s_id(
    directory: Directory, node: Any, join: Join, user: KeyPair, other_owner: KeyPair
) -> None:
    one, other = (await join(user)).at(node.public), (await join(other_owner)).at(node.public, vessel="v2")
    announce = f"import signedadvertise\nsignedadvertise.announce('k', 'mine', 60, {user.seed!r})\nprint('ok')\n"
    assert (await one.run(announce))[0] == b"ok\n"
    forge = "import advertise\nadvertise.announce('k', 'forged', 60)\nprint('ok')\n"
    assert (await other.run(forge))[0] == b"ok\n"
    look_up = f"import signedadvertise\nprint([f.value for f in signedadvertise.lookup('k', [{user.id!r}])])\n"
    assert (await other.run(look_up))[0] == b"['mine']\n"
