"""The worker, a real fabric and real nodes: from a donation to a program on somebody's vessel, and back."""

from collections.abc import Awaitable, Callable

import pytest
from tests.clearinghouse.worker.conftest import Person, Town, free

from seattle.clearinghouse.fleet.models import Donation, DonationToken
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind, Order
from seattle.clearinghouse.worker.orm import Orm
from seattle.fabric import node_api as api
from seattle.fabric.transfer import upload

pytestmark = pytest.mark.anyio

Until = Callable[..., Awaitable[None]]
NewPerson = Callable[..., Awaitable[Person]]
NewToken = Callable[[], Awaitable[DonationToken]]

PROGRAM = b'print("hello from", getthreadname())\nopen("left behind", "w").write("mine")\n'


async def run(town: Town, who: Person, handle: str) -> str:
    """Run the program in a vessel, and return what it wrote."""
    node_id, _, name = handle.rpartition(":")
    node = next(one for one in town.nodes if one.id == node_id)
    client = await town.client(who.key)
    ask = client.asking(node.public)
    await upload(ask, vessel=name, name="program.py", content=PROGRAM)
    await ask(api.START, api.Start(vessel=name, program="program.py"))
    offset, data = 0, b""
    while True:
        chunk = await ask(api.READ_LOG, api.ReadLog(vessel=name, offset=offset, wait=5.0))
        offset, data = chunk.next_offset, data + chunk.data
        if chunk.ended:
            return data.decode()


async def test_given_a_donation_when_it_is_there_then_it_is_divided_and_its_vessels_run_programs_of_who_gets_them(
    town: Town, orm: Orm, until: Until, new_person: NewPerson, new_token: NewToken
) -> None:
    token, alice = await new_token(), await new_person()
    await town.worker()
    node = await town.donate(token.token, units=2)
    await until(lambda: free(node) == 2)
    order = await orm(leases.acquire, alice.user, Kind.RANDOM, 1)
    await until(lambda: Order.objects.get(pk=order.pk).state == Order.State.DONE, within=5)
    (lease,) = await orm(leases.held, alice.user)
    assert "hello from" in await run(town, alice, lease.handle)

    await orm(leases.release, alice.user)
    await until(lambda: free(node) == 2)
    vessel = (await town.listed(node))[lease.vessel_name]
    assert (vessel.users, vessel.state, vessel.owner_information) == ([], api.VesselState.FRESH, "unit")
    donation = await orm(Donation.objects.select_related("donor").get)
    assert donation.donor == token.user
