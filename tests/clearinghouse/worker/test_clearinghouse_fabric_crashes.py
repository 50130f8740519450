"""A worker that dies at any point: what it has begun is finished by the next, and nothing is made twice."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from tests.clearinghouse.worker.conftest import Donated, Town, free, once

from seattle.clearinghouse.fleet import services
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node, Vessel, VesselPort
from seattle.clearinghouse.worker.marks import Mark, read_mark
from seattle.clearinghouse.worker.orm import Orm
from seattle.clearinghouse.worker.scene import Tools
from seattle.clearinghouse.worker.visits import Visitor
from seattle.fabric.authority import Role
from seattle.fabric.operations import Operation, Q, R
from seattle.fabric.rpc import NodeClient
from seattle.identity.keys import PublicKey

pytestmark = [pytest.mark.anyio, once]

UNITS = 3


class Mortal(NodeClient):
    """A client whose worker dies after so many calls: the last has been done, and nobody hears of it."""

    lives = 0

    async def ask(self, node: PublicKey, operation: Operation[Q, R], request: Q, *, within: float = 10.0) -> R:
        done = await super().ask(node, operation, request, within=within)
        self.lives -= 1
        if self.lives <= 0:
            raise asyncio.CancelledError
        return done


async def test_given_a_worker_that_dies_after_each_call_when_another_goes_on_then_all_is_divided_once(
    town: Town, orm: Orm, new_token: Callable[[], Awaitable[DonationToken]]
) -> None:
    token = await new_token()
    node = await town.donate(token.token, units=UNITS)
    row = await orm(Node.objects.create, node_id=node.id)
    client = Mortal(await town.connect(town.worker_key, Role.SERVICE), town.worker_key)
    for lives in range(1, 60):
        client.lives = lives
        await orm(services.look_soon, [row.pk])
        with suppress(asyncio.CancelledError):
            await visitor(client, orm, town).visit(row.pk)
        if await orm(free, node) == UNITS:
            break
    await orm(check_rows, node)
    listed = await town.listed(node)
    marks = [read_mark(vessel.owner_information).mark for vessel in listed.values()]
    assert (marks.count(Mark.UNIT), marks.count(Mark.REST), len(marks)) == (UNITS, 1, UNITS + 1)


def visitor(client: NodeClient, orm: Orm, town: Town) -> Visitor:
    own = town.worker_key.public
    return Visitor(Tools(client=client, orm=orm, own=own, worker="one", probe_every=timedelta(seconds=60)))


def check_rows(node: Donated) -> None:
    assert free(node) == Vessel.objects.count() == UNITS
    assert VesselPort.objects.count() == 10 * UNITS
    assert Donation.objects.count() == 1
    assert Node.objects.get().claimed_by == ""
