"""The two faces of the SDK: what one can do, the other can, with the same arguments."""

import inspect
from collections.abc import Sequence

import pytest

import seattle.client
from seattle.client import Deployment, Run, Testbed, VesselGroup
from seattle.client.aio import testbed as aio
from seattle.client.aio.deployment import AsyncDeployment
from seattle.client.aio.reading import Reading
from seattle.client.aio.run import AsyncRun
from seattle.client.aio.testbed import AsyncTestbed
from seattle.client.aio.vessels import AsyncVesselGroup

FACES = [(Testbed, AsyncTestbed), (VesselGroup, AsyncVesselGroup), (Run, AsyncRun), (Deployment, AsyncDeployment)]
# To connect is a call of its own, or the entering of `with`; batches are how the other face is fed.
ONLY_ASYNC = {"connect", "at_end", *(name for name in vars(Reading) if not name.startswith("_"))} - {"close"}


def public(face: type) -> set[str]:
    # Both have those of a sequence from Python; tests of the language wall may have made them unreadable, see `freeze`.
    return {name for name in dir(face) if not name.startswith("_")} - set(dir(Sequence))


def arguments(of: object) -> list[tuple[str, object, object]]:
    assert callable(of)
    return [(one.name, one.kind, one.default) for one in inspect.signature(of).parameters.values()]


@pytest.mark.parametrize(("sync", "there"), FACES, ids=lambda face: face.__name__)
def test_given_a_call_of_one_face_when_looked_for_in_the_other_then_it_is_there_with_the_same_arguments(
    sync: type, there: type
) -> None:
    attributes = {"profile", "key", "started", "places", "name"}  # set in `__init__` there
    assert public(sync) - attributes == public(there) - attributes - ONLY_ASYNC
    calls = [name for name in public(sync) - attributes if callable(getattr(sync, name))]
    for name in calls:
        assert arguments(getattr(sync, name)) == arguments(getattr(there, name)), name


def test_given_both_ways_to_connect_when_compared_then_they_take_the_same() -> None:
    assert arguments(seattle.client.connect) == arguments(aio.connect)


@pytest.mark.parametrize("name", seattle.client.__all__)
def test_given_a_name_that_the_package_offers_when_looked_at_then_it_says_what_it_is(name: str) -> None:
    assert getattr(seattle.client, name).__doc__
