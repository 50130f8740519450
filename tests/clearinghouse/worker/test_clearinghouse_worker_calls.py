"""Workers are called to work by PostgreSQL, and find it by themselves where nobody calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction
from tests.clearinghouse.worker.conftest import PATIENCE, Town, free, only_on_postgresql
from tests.clearinghouse.worker.test_clearinghouse_fabric import NewPerson, NewToken, Until

from seattle.clearinghouse.fleet.calling import CHANNEL, call_workers
from seattle.clearinghouse.fleet.models import Vessel
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind, Order
from seattle.clearinghouse.worker import calls as calls_module
from seattle.clearinghouse.worker.calls import Calls
from seattle.clearinghouse.worker.orm import Orm

pytestmark = pytest.mark.anyio

LONG = 600.0  # seconds; nobody here waits for it


@pytest.fixture
async def calls(orm: Orm, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Calls]:
    """They are listened to, and a lost connection is made anew at once."""
    monkeypatch.setattr(calls_module, "AFTER_TROUBLE", 0.01)
    calls = Calls(often=0.01, seldom=LONG)
    listening = asyncio.create_task(calls.listen())
    yield calls
    listening.cancel()
    await asyncio.wait({listening})


async def heard(calls: Calls) -> None:
    """Return when calls reach us, and those that came with that are forgotten."""
    async with asyncio.timeout(PATIENCE):
        while not calls.heard:
            await calls.wait()


@only_on_postgresql
async def test_given_a_worker_that_waits_for_long_when_it_is_called_then_it_looks_at_once(
    calls: Calls, orm: Orm
) -> None:
    await heard(calls)
    waiting = asyncio.create_task(calls.wait())
    await orm(call_workers)
    async with asyncio.timeout(PATIENCE):
        await waiting


@only_on_postgresql
async def test_given_a_call_in_a_transaction_when_that_is_undone_then_nobody_is_called(calls: Calls, orm: Orm) -> None:
    def call_and_undo() -> None:
        with transaction.atomic():
            call_workers()
            transaction.set_rollback(True)

    await heard(calls)
    waiting = asyncio.create_task(calls.wait())
    await orm(call_and_undo)
    await asyncio.wait({waiting}, timeout=0.5)  # there is nothing to wait for
    assert not waiting.done()
    waiting.cancel()


@only_on_postgresql
async def test_given_a_listener_when_its_connection_is_lost_then_it_looks_often_until_it_hears_again(
    calls: Calls, orm: Orm
) -> None:
    await heard(calls)
    waiting = asyncio.create_task(calls.wait())
    await orm(end_listeners)
    async with asyncio.timeout(PATIENCE):
        await waiting  # though nobody called, and it would have been long
    await heard(calls)


@only_on_postgresql
async def test_given_a_server_that_keeps_calls_when_that_shows_then_it_looks_often(
    calls: Calls, orm: Orm, monkeypatch: pytest.MonkeyPatch
) -> None:
    await heard(calls)
    monkeypatch.setattr(calls_module, "PROVE_EVERY", 0.0)  # nothing arrives in no time
    await orm(end_listeners)
    async with asyncio.timeout(PATIENCE):
        while calls.heard:
            await calls.wait()


async def test_given_no_way_to_hear_when_it_waits_then_it_looks_often(orm: Orm) -> None:
    calls = Calls(often=0.01, seldom=LONG)
    async with asyncio.timeout(PATIENCE):
        await calls.wait()


@only_on_postgresql
async def test_given_a_worker_that_looks_once_a_minute_when_vessels_are_ordered_then_they_are_assigned_at_once(
    town: Town, orm: Orm, until: Until, new_person: NewPerson, new_token: NewToken
) -> None:
    alice, token = await new_person(), await new_token()
    await town.worker(called_poll_seconds=60)
    node = await town.donate(token.token, units=1)
    await until(lambda: free(node) == 1)
    order = await orm(leases.acquire, alice.user, Kind.RANDOM, 1)
    await until(lambda: Order.objects.get(pk=order.pk).state == Order.State.DONE, within=10)

    await orm(leases.release, alice.user)
    await until(lambda: Vessel.objects.filter(state=Vessel.State.FREE).count() == 1, within=10)


def end_listeners() -> None:
    """Cut the connections over which somebody listens."""
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            # Listeners alone call under names of their own; others may be in the midst of a test.
            f" WHERE datname = current_database() AND query ~ 'LISTEN|{CHANNEL}_[0-9a-f]+'"
            " AND pid <> pg_backend_pid()"
        )
