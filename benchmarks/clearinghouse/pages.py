"""What a page costs the server, for a user with vessels, on 10,000 nodes with 100,000 vessels in PostgreSQL.

One request at a time through all of Django, from the request to the whole answer, with the page's own queries counted.
Pages that count the network do it once in half a minute: the time of a visitor who makes them count is told, too.
"""

import time
from collections.abc import Iterator
from datetime import timedelta

from benchmarks.clearinghouse.database import empty_database
from benchmarks.clearinghouse.site import NODES
from benchmarks.rows import Row, at_most
from benchmarks.timing import percentile

ROUNDS = 40
SNAPSHOTS = 5000  # of the network's size, for the charts
TARGET = 100.0  # ms, of 95 in a hundred
MOST_QUERIES = 25

PUBLIC = ("/", "/network/", "/help/", "/status/", "/account/login/")
PRIVATE = ("/", "/vessels/", "/vessels/progress/", "/donations/", "/ledger/", "/account/profile/", "/account/keys/")
COUNTING = ("/", "/network/", "/status/")  # when nothing was counted in the last half minute


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with empty_database():
        yield from _measure()


def _measure() -> Iterator[Row]:
    # Not before there are settings.
    from django.core.cache import cache  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from benchmarks.clearinghouse.filling import fill, settle_down  # noqa: PLC0415
    from seattle.clearinghouse.accounts.models import User  # noqa: PLC0415
    from seattle.clearinghouse.journal.models import Heartbeat  # noqa: PLC0415
    from seattle.clearinghouse.statistics.models import Snapshot  # noqa: PLC0415

    fill(nodes=NODES)
    Heartbeat.objects.create(worker="bench", started_at=timezone.now(), at=timezone.now() + timedelta(days=1))
    Snapshot.objects.bulk_create(
        Snapshot(
            at=timezone.now() - timedelta(minutes=30 * number),
            keep=Snapshot.Keep.HOURLY,
            nodes_online=number,
            nodes_in_use=number,
            vessels_free=10 * number,
            vessels_held=number,
        )
        for number in range(SNAPSHOTS)
    )
    settle_down()
    nobody, user = (Client(SERVER_NAME="127.0.0.1") for _ in range(2))
    user.force_login(User.objects.earliest("pk"))

    def ms(client: Client, path: str) -> float:
        began = time.perf_counter()
        answer = client.get(path)
        if answer.status_code != 200:
            raise AssertionError(f"{path} answers {answer.status_code}")
        return 1000 * (time.perf_counter() - began)

    def queries(client: Client, path: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        return len(asked)

    for who, client, paths in (("anybody", nobody, PUBLIC), ("a user", user, PRIVATE)):
        for path in paths:
            ms(client, path)
            times = [ms(client, path) for _ in range(ROUNDS)]
            yield Row(
                name=f"{path} for {who}, p95",
                unit="ms",
                ours=percentile(times, 95),
                target=at_most(TARGET),
                note=f"median {percentile(times, 50):.1f}",
            )
            yield Row(
                name=f"{path} for {who}, queries", unit="", ours=queries(client, path), target=at_most(MOST_QUERIES)
            )
    for path in COUNTING:
        times = []
        for _ in range(ROUNDS // 4):
            cache.clear()
            times.append(ms(nobody, path))
        yield Row(name=f"{path} when it counts, median", unit="ms", ours=percentile(times, 50))
