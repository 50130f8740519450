"""The worker, a real fabric and real nodes: from a donation to a program on somebody's vessel, and back."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, connections
from django.utils import timezone
from tests.clearinghouse.worker.conftest import Donated, Person, Town, free, once, only_on_postgresql

from seattle.clearinghouse.accounts import services as accounts
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.desk.models import CutOff
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node, Vessel
from seattle.clearinghouse.journal.models import JournalEntry
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.clearinghouse.worker import main
from seattle.clearinghouse.worker.cut_offs import CutOffs, Push
from seattle.clearinghouse.worker.orm import Orm
from seattle.fabric import node_api as api
from seattle.fabric.authority import Authority, Role
from seattle.fabric.directory import DirectoryClient
from seattle.fabric.errors import CredentialRefused, EnrolmentRefused, FabricError, NotConnected, RemoteError
from seattle.fabric.server import EmbeddedServer
from seattle.fabric.transfer import upload
from seattle.identity.keys import KeyPair

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
    await until(lambda: Order.objects.get(pk=order.pk).state == Order.State.DONE)
    (lease,) = await orm(leases.held, alice.user)
    assert "hello from" in await run(town, alice, lease.handle)

    await orm(leases.release, alice.user)
    await until(lambda: free(node) == 2)
    vessel = (await town.listed(node))[lease.vessel_name]
    assert (vessel.users, vessel.state, vessel.owner_information) == ([], api.VesselState.FRESH, "unit")
    donation = await orm(Donation.objects.select_related("donor").get)
    assert (donation.donor, donation.credited) == (token.user, True)


@once
async def test_given_a_held_vessel_when_its_holders_keys_change_then_the_node_obeys_the_new_one_and_not_the_old(
    town: Town, orm: Orm, until: Until, new_person: NewPerson, new_token: NewToken
) -> None:
    alice, new_key = await new_person(), KeyPair.generate()
    node, lease = await get_one(town, orm, until, alice, await new_token())
    await orm(accounts.replace_keys, alice.user, new_key.id)
    await until(lambda: Vessel.objects.get(name=lease.vessel_name).keys_synced)
    assert (await town.listed(node))[lease.vessel_name].users == [new_key.id]
    old = await town.client(alice.key)
    with pytest.raises(RemoteError, match="allows"):
        await old.ask(node.public, api.RESET, api.Reset(vessel=lease.vessel_name))
    assert "hello from" in await run(town, Person(alice.user, new_key), lease.handle)


@once
async def test_given_a_node_that_is_away_when_its_holders_keys_change_then_it_is_told_when_it_comes_back(
    town: Town, orm: Orm, until: Until, new_person: NewPerson, new_token: NewToken
) -> None:
    alice, new_key = await new_person(), KeyPair.generate()
    node, lease = await get_one(town, orm, until, alice, await new_token())
    await node.end()
    await orm(accounts.replace_keys, alice.user, new_key.id)
    await until(lambda: Node.objects.get().failures > 0)
    await node.start()
    await until(lambda: Vessel.objects.get().keys_synced)
    assert (await town.listed(node))[lease.vessel_name].users == [new_key.id]
    assert [one.pk for one in await orm(leases.held, alice.user)] == [lease.pk]


@once
async def test_given_a_lease_whose_time_is_over_when_the_worker_sees_it_then_files_log_and_users_are_gone(
    town: Town, orm: Orm, until: Until, new_person: NewPerson, new_token: NewToken
) -> None:
    alice = await new_person()
    node, lease = await get_one(town, orm, until, alice, await new_token())
    await run(town, alice, lease.handle)
    await orm(Lease.objects.filter(pk=lease.pk).update, expires_at=timezone.now())
    await until(lambda: free(node) == 1)

    owner = (await town.client(town.worker_key, Role.SERVICE)).asking(node.public)
    files = await owner(api.LIST_FILES, api.ListFiles(vessel=lease.vessel_name))
    log = await owner(api.READ_LOG, api.ReadLog(vessel=lease.vessel_name))
    assert (files.files, log.data, log.next_offset) == ([], b"", 0)
    assert (await town.listed(node))[lease.vessel_name].users == []
    await orm(lease.refresh_from_db)
    assert lease.end == Lease.End.EXPIRED


@once
async def test_given_a_node_that_dies_when_its_vessel_is_assigned_then_another_is_given_in_its_place(
    town: Town, orm: Orm, until: Until, new_person: NewPerson, new_token: NewToken
) -> None:
    token, alice = await new_token(), await new_person()
    await town.worker(probe_seconds=60)
    dead = await town.donate(token.token, units=1)
    await until(lambda: free(dead) == 1)
    await dead.end()
    alive = await town.donate(token.token, units=1)
    await until(lambda: free(alive) == 1)
    hidden = Vessel.objects.filter(node__node_id=alive.id)
    await orm(hidden.update, state=Vessel.State.LOST)  # so that it is not chosen
    order = await orm(leases.acquire, alice.user, Kind.RANDOM, 1)
    await orm(hidden.update, state=Vessel.State.FREE)
    await until(lambda: Order.objects.get(pk=order.pk).state == Order.State.DONE)
    (lease,) = await orm(leases.held, alice.user)
    assert lease.node_id == alive.id


@once
async def test_given_a_key_that_is_cut_off_when_the_worker_sees_it_then_it_is_shut_out_everywhere_within_seconds(
    town: Town, orm: Orm, until: Until, new_person: NewPerson, new_token: NewToken
) -> None:
    alice = await new_person()
    node, lease = await get_one(town, orm, until, alice, await new_token())
    client = await town.client(alice.key)
    ask = client.asking(node.public, within=2)
    await upload(ask, vessel=lease.vessel_name, name="program.py", content=b"while True:\n    sleep(1)\n")
    await ask(api.START, api.Start(vessel=lease.vessel_name, program="program.py"))

    began = time.monotonic()
    await orm(cut_off, alice)
    await until(lambda: CutOff.objects.get().done_at is not None, within=10)
    assert time.monotonic() - began < 10
    with pytest.raises(FabricError):  # the connection that was held
        await ask(api.GET_VESSELS, api.GetVessels())
    with pytest.raises((CredentialRefused, EnrolmentRefused, NotConnected)):
        await town.connect(alice.key, patience=1.0)
    vessel = (await town.listed(node))[lease.vessel_name]
    assert (vessel.users, vessel.state) == ([], api.VesselState.FRESH)


async def cut_offs(town: Town, orm: Orm, authority: Authority | None, push: Push) -> CutOffs:
    """Those of a worker that does nothing else."""
    return CutOffs(
        orm,
        DirectoryClient(await town.connect(town.worker_key, Role.SERVICE)),
        worker="one",
        own=town.worker_key.public,
        authority=authority,
        brokers=[town.server.url],
        push=push,
        clock=timezone.now,
    )


@once
async def test_given_a_worker_that_can_not_tell_brokers_when_a_key_is_cut_off_then_it_is_not_called_done(
    town: Town, orm: Orm, new_person: NewPerson
) -> None:
    alice = await new_person()
    await orm(cut_off, alice)

    async def push(_: Sequence[str]) -> Collection[str]:
        raise AssertionError("there is nothing to tell brokers with")

    await (await cut_offs(town, orm, None, push)).execute()
    assert (await orm(CutOff.objects.get)).done_at is None


@once
async def test_given_brokers_of_no_common_cluster_when_a_key_is_cut_off_then_it_is_done_when_each_of_them_was_told(
    town: Town, orm: Orm, until: Until, new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "AFTER_TROUBLE", 0.1)
    alice, apart, away = await new_person(), EmbeddedServer(town.authority), EmbeddedServer(town.authority)
    async with away:
        pass  # its port is known from now on, and nobody is there
    async with apart:
        lives = [await town.connect(alice.key, url=url) for url in (town.server.url, apart.url)]
        await town.worker(brokers=[town.server.url, apart.url, away.url])
        await orm(cut_off, alice)
        await until(lambda: all(fabric.trouble is not None for fabric in lives))
        assert (await orm(CutOff.objects.get)).done_at is None
        async with away:
            await until(lambda: CutOff.objects.get().done_at is not None)


@once
async def test_given_a_row_that_cuts_off_the_worker_itself_when_it_is_seen_then_the_worker_goes_on(
    town: Town, orm: Orm, until: Until, new_token: NewToken
) -> None:
    await town.worker()
    await orm(CutOff.objects.create, key_id=town.worker_key.id, reason="by whoever broke into the site")
    await until(lambda: CutOff.objects.get().done_at is not None)
    node = await town.donate((await new_token()).token, units=1)
    await until(lambda: free(node) == 1)


@once
async def test_given_a_key_that_was_pardoned_when_the_worker_sees_it_then_it_can_connect_again(
    town: Town, orm: Orm, until: Until, new_person: NewPerson
) -> None:
    alice = await new_person()
    await town.worker()
    await orm(cut_off, alice)
    await until(lambda: CutOff.objects.get().done_at is not None)
    await orm(CutOff.objects.update, pardoned_at=timezone.now())
    await until(lambda: CutOff.objects.get().undone_at is not None)
    await asyncio.sleep(1)  # what was enrolled in the second of the cut-off stays void
    await town.connect(alice.key)


@once
async def test_given_a_key_that_was_pardoned_and_cut_off_again_when_brokers_hear_of_that_first_then_it_stays_shut_out(
    town: Town, orm: Orm
) -> None:
    key, now = KeyPair.generate().public, timezone.now()
    pardoned, again = {"pardoned_at": now}, {"done_at": now}  # another worker was quicker
    for facts in (pardoned, again):
        await orm(CutOff.objects.create, key_id=key.id, reason="it scans ports", **facts)
    town.authority.revocations.shut_out(key, now=now.timestamp())

    async def push(_: Sequence[str]) -> Collection[str]:
        return ()

    await (await cut_offs(town, orm, town.authority, push)).execute()
    assert town.authority.revocations.all()[key.id].shut_out
    assert not await orm(CutOff.objects.filter(pardoned_at__isnull=False, undone_at=None).exists)


@once
async def test_given_our_rows_were_lost_when_a_worker_starts_then_nodes_units_and_donors_are_known_again(
    town: Town, orm: Orm, until: Until, new_token: NewToken
) -> None:
    token = await new_token()
    first = await town.worker()
    node = await town.donate(token.token, units=2)
    await until(lambda: free(node) == 2)
    before = sorted(await town.listed(node))
    await first.end()
    await orm(forget_everything)

    await town.worker()
    await until(lambda: free(node) == 2)
    assert sorted(await town.listed(node)) == before
    assert (await orm(Donation.objects.select_related("donor").get)).donor == token.user


@once
async def test_given_users_that_a_donor_has_set_when_a_node_is_taken_over_then_they_are_none_of_its_vessels(
    town: Town, orm: Orm, until: Until, new_token: NewToken
) -> None:
    token, donor = await new_token(), KeyPair.generate()
    await town.worker()
    node = await town.donate(token.token, units=1, users=(donor.public,))
    await until(lambda: free(node) == 1)
    assert {tuple(vessel.users) for vessel in (await town.listed(node)).values()} == {()}


@once
async def test_given_a_donation_that_is_too_small_when_it_is_divided_then_the_reason_is_told(
    town: Town, orm: Orm, until: Until, new_token: NewToken
) -> None:
    await town.worker()
    await town.donate((await new_token()).token, units=0)
    await until(lambda: Node.objects.filter(why__contains="too small").exists())
    assert (await orm(Node.objects.get)).state == Node.State.DIVIDING


@only_on_postgresql
async def test_given_two_workers_when_they_do_everything_together_then_nothing_is_done_twice(
    town: Town, orm: Orm, until: Until, new_person: NewPerson, new_token: NewToken
) -> None:
    token, alice = await new_token(), await new_person()
    await town.worker(name="one")
    await town.worker(name="two")
    nodes = [await town.donate(token.token, units=2) for _ in range(2)]
    await until(lambda: sum(map(free, nodes)) == 4)
    for _ in range(3):
        order = await orm(leases.acquire, alice.user, Kind.RANDOM, 2)
        await until(lambda order=order: Order.objects.get(pk=order.pk).state == Order.State.DONE)
        await orm(leases.release, alice.user)
        await until(lambda: sum(map(free, nodes)) == 4)
    await until(lambda: not Node.objects.exclude(claimed_by="").exists())  # a visit's deeds are written at its end
    done = await orm(deeds)
    assert done["take-over"] == 2
    assert done["assign"] == 6
    assert done["clean"] == 4 + 6
    assert not await orm(JournalEntry.objects.filter(succeeded=False).exists)
    assert {len(await town.listed(node)) for node in nodes} == {3}


@pytest.fixture
def connected_anew(transactional_db: None) -> Iterator[None]:
    """For who drops this test's own connections, too."""
    yield
    connections.close_all()


@only_on_postgresql
async def test_given_a_database_that_drops_its_connections_when_it_is_back_then_the_worker_goes_on(
    connected_anew: None, town: Town, orm: Orm, until: Until, new_person: NewPerson, new_token: NewToken
) -> None:
    alice = await new_person()
    node, _ = await get_one(town, orm, until, alice, await new_token())
    with suppress(DatabaseError):
        await orm(drop_connections)
    for _ in range(8):  # until this test's own are new ones
        with suppress(DatabaseError):
            await orm(Node.objects.count)
    await orm(leases.release, alice.user)
    await until(lambda: free(node) == 1)


async def get_one(town: Town, orm: Orm, until: Until, who: Person, token: DonationToken) -> tuple[Donated, Lease]:
    """A node with one vessel, which is theirs."""
    await town.worker()
    node = await town.donate(token.token, units=1)
    await until(lambda: free(node) == 1)
    order = await orm(leases.acquire, who.user, Kind.RANDOM, 1)
    await until(lambda: Order.objects.get(pk=order.pk).state == Order.State.DONE)
    (lease,) = await orm(leases.held, who.user)
    return node, lease


def drop_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )


def cut_off(who: Person) -> None:
    """As the desk does."""
    User.objects.filter(pk=who.user.pk).update(is_active=False)
    leases.end(list(Lease.objects.filter(user=who.user, ended_at=None)), Lease.End.CUT_OFF, "spam")
    CutOff.objects.create(key_id=who.key.id, user=who.user, reason="spam")


def forget_everything() -> None:
    JournalEntry.objects.all().delete()
    Donation.objects.all().delete()
    Node.objects.all().delete()


def deeds() -> Counter[str]:
    return Counter(JournalEntry.objects.filter(succeeded=True, vessel_name__gt="").values_list("action", flat=True))
