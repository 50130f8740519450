"""Nodes that lie, hang or flood, over a real fabric: they hurt themselves, and nobody else."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from tests.clearinghouse.worker.conftest import Person, Town, free, once
from tests.clearinghouse.worker.liars import description, donated, join_as_liar

from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node, Vessel
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind, Order
from seattle.clearinghouse.worker.orm import Orm
from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.identity.envelope import Request
from seattle.identity.keys import KeyPair

pytestmark = [pytest.mark.anyio, once]

Until = Callable[..., Awaitable[None]]


async def test_given_nodes_that_hang_when_others_work_then_those_are_served_all_the_same(
    town: Town,
    orm: Orm,
    until: Until,
    new_token: Callable[[], Awaitable[DonationToken]],
    new_person: Callable[..., Awaitable[Person]],
) -> None:
    token, alice = (await new_token()).token, await new_person()

    async def hang(_: Request) -> msgspec.Struct:
        await asyncio.Event().wait()
        raise AssertionError

    hanging = [await join_as_liar(town, hang) for _ in range(4)]
    await town.worker(visits_at_once=8, call_seconds=1)  # half of them for looks: all of those hang
    node = await town.donate(token, units=1)
    await until(lambda: free(node) == 1)
    order = await orm(leases.acquire, alice.user, Kind.RANDOM, 1)
    await until(lambda: Order.objects.get(pk=order.pk).state == Order.State.DONE)
    await until(lambda: Node.objects.filter(node_id__in=[one.id for one in hanging], failures__gt=0).count() == 4)
    assert not await orm(Node.objects.filter(node_id__in=[one.id for one in hanging], online=True).exists)


async def says(town: Town, until: Until, answer: Callable[[str], msgspec.Struct], **advert: str) -> Node:
    """A liar says this when it is asked what it is; its row, once there is a reason why it is not in use."""
    key: list[str] = []

    async def say(request: Request) -> msgspec.Struct:
        if request.method == api.NodeMethod.DESCRIBE:
            return answer(key[0])
        raise RemoteError("no", "never")

    liar = await join_as_liar(town, say, **advert)
    key.append(liar.id)
    await town.worker()
    found: list[Node] = []

    def has_a_reason() -> bool:
        found[:] = Node.objects.filter(node_id=liar.id, answered_at__isnull=False).exclude(why="")
        return bool(found)

    await until(has_a_reason)
    return found[0]


async def test_given_a_node_with_an_invented_token_when_it_is_met_then_it_is_nobodys_and_gets_no_vessel(
    town: Town, orm: Orm, until: Until
) -> None:
    node = await says(town, until, lambda own: description(own, [donated(town, "don_invented")]))
    assert (node.state, "nobody here has" in node.why) == (Node.State.NEW, True)
    assert not await orm(Donation.objects.exists)


async def test_given_a_node_that_lists_thousands_of_vessels_when_it_is_met_then_none_has_a_row(
    town: Town, orm: Orm, until: Until
) -> None:
    many = [donated(town, "unit", name=f"v{number}", ports=1) for number in range(3000)]
    node = await says(town, until, lambda own: description(own, many))
    assert (node.state, await orm(Vessel.objects.count)) == (Node.State.BROKEN, 0)


async def test_given_a_node_with_control_characters_in_its_words_when_it_is_met_then_it_is_written_down_without(
    town: Town, until: Until
) -> None:
    bad = "\x00\x1b[31m"
    long = bad + "x" * 100_000
    said = {"version": bad, "holding_back": bad}  # in its advert
    node = await says(town, until, lambda own: description(own, [], version=long, holding_back=long), **said)
    assert (node.version.isprintable(), len(node.version) <= 64) == (True, True)
    assert (node.holding_back.isprintable(), len(node.holding_back) <= 300) == (True, True)


async def test_given_a_node_whose_units_share_a_port_when_it_is_met_then_it_is_broken(town: Town, until: Until) -> None:
    same = [donated(town, "unit", name=name, ports=10) for name in ("v3", "v4")]
    node = await says(town, until, lambda own: description(own, same))
    assert (node.state, "port" in node.why) == (Node.State.BROKEN, True)


async def test_given_a_node_that_splits_off_what_has_no_name_when_it_is_divided_then_it_is_broken(
    town: Town, orm: Orm, until: Until, new_token: Callable[[], Awaitable[DonationToken]]
) -> None:
    given, key = donated(town, f"{(await new_token()).token} rest"), list[str]()

    async def say(request: Request) -> msgspec.Struct:
        match request.method:
            case api.NodeMethod.DESCRIBE:
                return description(key[0], [given])
            case api.NodeMethod.SPLIT:
                return api.SplitDone(part="v6\nread this: http://evil.example", rest="v4")
        return api.Nothing()

    liar = await join_as_liar(town, say)
    key.append(liar.id)
    await town.worker()
    await until(lambda: Node.objects.filter(node_id=liar.id, state=Node.State.BROKEN, why__contains="name").exists())
    assert not await orm(Vessel.objects.exists)


async def test_given_a_node_that_takes_all_and_says_it_is_clean_while_users_remain_then_its_vessel_is_never_free(
    town: Town, orm: Orm, until: Until
) -> None:
    """It grants its donor's friend the use of what others will be given."""
    friend, key = KeyPair.generate(), list[str]()
    unit = donated(town, "unit", name="v3", ports=10, users=[friend.id])

    async def say(request: Request) -> msgspec.Struct:
        match request.method:
            case api.NodeMethod.DESCRIBE:
                return description(key[0], [unit])
            case api.NodeMethod.GET_VESSELS:
                return api.VesselList(vessels=[unit])
            case api.NodeMethod.LIST_FILES:
                return api.FileList()
            case api.NodeMethod.READ_LOG:
                return api.LogChunk(offset=0, next_offset=0)
        return api.Nothing()

    liar = await join_as_liar(town, say)
    key.append(liar.id)
    await town.worker()
    await until(lambda: Vessel.objects.filter(failures__gt=0).exists())
    assert (await orm(Vessel.objects.get)).state == Vessel.State.DIRTY
