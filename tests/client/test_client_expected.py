"""What callers give by mistake: it is told at once, as Python does, and what would have been right."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.client import Place, Vessel
from seattle.client.aio.testbed import AsyncTestbed, connect
from seattle.identity.keys import KeyPair

Asked = Callable[[Any], Awaitable[object]]  # of a group; Any: what is asked is what no type allows

VESSEL = Vessel(place=Place("U" + "A" * 55, "v1"))
LEAST = {"memory": 20_000_000, "diskused": 1_000_000}


MADE_UP = "x.eyJzdWIiOiJVIiwiaWF0IjowLCJleHAiOjF9.x"  # a credential, but for its signature


@pytest.fixture
def testbed() -> Any:
    """A testbed that is nowhere: nothing of what is asked here gets as far as that."""
    return connect(urls="nats://127.0.0.1:1", key=KeyPair.generate(), credential=MADE_UP)


async def asked(ask: Asked, whom: object) -> None:
    """Ask within a loop: some say at once what they expect, some when they are awaited."""
    await ask(whom)


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda group: group.split("cpu=1"), r"resources is a dict, such as \{'cpu': .*, not str"),
        (lambda group: group.split({**LEAST, "cpu": "1"}), "cpu is a number, or a list of ports, not str"),
        (lambda group: group.split({**LEAST, "cpu": True}), "cpu is a number, or a list of ports, not bool"),
        (lambda group: group.split({**LEAST, "connport": ["63100"]}), "connport is .* and str is none of those"),
        (lambda group: group.set_owner(KeyPair.generate()), "PublicKey .* not KeyPair"),
        (lambda group: group.set_users("U" + "A" * 55), "users is a list of keys, .*, not str"),
        (lambda group: group.set_users([None]), "NoneType is none of those"),
        (lambda group: group.set_owner_information(5), "is a text, not int"),
        (lambda group: group.set_advertise(advertise="off"), "True or False, not str"),
        (lambda group: group.put(b"x", Path("x")), "named by a text, not PosixPath"),
        (lambda group: group.put(b"x", "x", progress=5), "progress is a function, not int"),
        (lambda group: group.upload(b"content"), "put.* not bytes"),
        (lambda group: group.upload(__file__, 5), "named by a text, not int"),
        (lambda group: group.download(5), "named by a text, not int"),
        (lambda group: group.read(None), "named by a text, not NoneType"),
        (lambda group: group.stat(5), "named by a text, not int"),
        (lambda group: group.delete(5), "named by a text, not int"),
        (lambda group: group.list(digests="yes"), "True or False, not str"),
        (lambda group: group.head("x", 1.5), "number of bytes, not float"),
        (lambda group: group.run(["ping.py", "a"]), "a program is a file here, .*, not list"),
        (lambda group: group.run(b"log(1)"), "a program is a file here, .*, not bytes"),
        (lambda group: group.run("ping.py", ["a", "b"]), r"as in run\(program, \*arguments\); list is none"),
        (lambda group: group.run("ping.py", None), "NoneType is none"),
        (lambda group: group.run("ping.py", b"a"), "decode it"),
        (lambda group: group.run("ping.py", lambda _: "abc"), "returns a list of arguments, not str"),
        (lambda group: group.run("ping.py", layers=None), "layers is a list of files, .*, not NoneType"),
        (lambda group: group.start(Path("ping.py")), "named by a text, not PosixPath"),
        (lambda group: group.launch("ping.py", on_start=5), "on_start is a function, not int"),
        (lambda group: group.map("ping.py", [1], timeout="5"), "timeout is a number of seconds, .* not str"),
        (lambda group: group.map("ping.py", [1], again_after="5"), "again_after is a number of seconds"),
        (lambda group: group.map("ping.py", [1], tries="5"), "tries is a number, not str"),
        (lambda group: group.map("ping.py", [("a", None)]), "NoneType is none"),
        (lambda group: group.map("ping.py", [1], file=5), "named by a text, not int"),
    ],
)
def test_given_something_of_the_wrong_type_when_vessels_are_asked_then_it_is_told_what_is_expected(
    testbed: AsyncTestbed, ask: Asked, expected: str
) -> None:
    with pytest.raises(TypeError, match=expected):
        asyncio.run(asked(ask, testbed.group([VESSEL])))


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda group: group.run("ping.py", restart="maybe"), "one of never, on-failure, always, not 'maybe'"),
        (lambda group: group.head("x", 10**30), "most=1000"),
    ],
)
def test_given_something_out_of_its_range_when_vessels_are_asked_then_it_is_told_what_is_in_it(
    testbed: AsyncTestbed, ask: Asked, expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        asyncio.run(asked(ask, testbed.group([VESSEL])))


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda testbed: testbed.acquire("5"), "count is a number of vessels, not str"),
        (lambda testbed: testbed.acquire(True), "count is a number of vessels, not bool"),
        (lambda testbed: testbed.acquire(1, least="1"), "least is a number of vessels, .*, not str"),
        (lambda testbed: testbed.acquire(1, kind=None), "kind is .*, not NoneType"),
        (lambda testbed: testbed.replace("v1"), "a vessel, or its Place.*, not str"),
        (lambda testbed: testbed.acquire_specific(VESSEL), "a list of them, or of their Places, not Vessel"),
        (lambda testbed: testbed.describe(VESSEL), "a node is named by its id, not Vessel"),
    ],
)
def test_given_something_of_the_wrong_type_when_a_testbed_is_asked_then_it_is_told_what_is_expected(
    testbed: AsyncTestbed, ask: Asked, expected: str
) -> None:
    with pytest.raises(TypeError, match=expected):
        asyncio.run(asked(ask, testbed))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda testbed: testbed.group("v1"), "a list of Vessel, not str"),
        (lambda testbed: testbed.group(VESSEL), "a list of Vessel, not Vessel"),
        (lambda testbed: testbed.group([VESSEL.place]), "a list of Vessel, and Place is none of those"),
        (lambda testbed: testbed.group([VESSEL]).on(VESSEL), r"such as on\('UAB', 'UCD/v1'\), and Vessel is none"),
        (lambda testbed: testbed.group([VESSEL]).union("v1"), "a union is with other groups, not str"),
        (lambda testbed: testbed.deploy("web", __file__, count="5"), "count is a number of vessels, not str"),
        (lambda testbed: testbed.deploy("web", __file__, count=1, pace=5), "pace is a Pace, not int"),
        (lambda testbed: testbed.groups.add("web", VESSEL), "a list of them, or of their Places, not Vessel"),
        (lambda testbed: testbed.groups.add(5, [VESSEL]), "the name of a group is a text, not int"),
    ],
)
def test_given_something_of_the_wrong_type_when_a_group_is_made_then_it_is_told_what_is_expected(
    testbed: AsyncTestbed, make: Callable[[Any], object], expected: str
) -> None:
    with pytest.raises(TypeError, match=expected):
        make(testbed)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"profile": 5}, "a profile is named, or is a folder, not int"),
        ({"profile": "default", "patience": 5}, "patience is a Patience, not int"),
        ({"urls": [5]}, "urls is .* and int is none of those"),
        ({"key": 5}, "key is a KeyPair, or the file of one, not int"),
        ({"enrol_url": 5}, "enrol_url is a URL, not int"),
        ({"site_url": 5}, "site_url is a URL, not int"),
    ],
)
def test_given_something_of_the_wrong_type_when_connecting_then_it_is_told_what_is_expected(
    given: dict[str, Any], expected: str
) -> None:
    with pytest.raises(TypeError, match=expected):
        connect(**given)
