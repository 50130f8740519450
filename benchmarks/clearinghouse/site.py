"""What a user's request costs in the database: acquiring ten vessels of each kind and with filters, keeping, releasing.

One request at a time, from the service's call to its return, on 10,000 nodes with 100,000 vessels.
"""

import os
import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.clearinghouse.database import empty_database
from benchmarks.rows import Row, at_most
from benchmarks.timing import percentile

NODES = int(os.environ.get("SEATTLE_BENCH_NODES", "10000"))
ROUNDS = 60
COUNT = 10  # vessels of one request
TARGET = 150.0  # ms, of 95 in a hundred


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with empty_database():
        yield from _measure()


def _measure() -> Iterator[Row]:
    # Not before there are settings.
    from benchmarks.clearinghouse.filling import fill, settle_down  # noqa: PLC0415
    from seattle.clearinghouse.accounts.models import User  # noqa: PLC0415
    from seattle.clearinghouse.credits.services import audit  # noqa: PLC0415
    from seattle.clearinghouse.fleet.models import Vessel  # noqa: PLC0415
    from seattle.clearinghouse.leases import services  # noqa: PLC0415
    from seattle.clearinghouse.leases.models import Kind, Lease  # noqa: PLC0415
    from seattle.clearinghouse.leases.where import ANYWHERE, Where  # noqa: PLC0415

    began = time.perf_counter()
    fill(nodes=NODES, users=max(ROUNDS, NODES // 20))
    settle_down()
    filled = f"{NODES} nodes, {Vessel.objects.count()} vessels, filled in {time.perf_counter() - began:.0f} s"
    users = list(User.objects.order_by("pk")[:ROUNDS])

    def each(do: Callable[[User], object]) -> list[float]:
        return [_ms(partial(do, user)) for user in users]

    def clean() -> None:  # what workers do
        Vessel.objects.filter(state=Vessel.State.DIRTY).update(state=Vessel.State.FREE, keys_synced=True)

    def acquiring(kind: Kind, where: Where) -> list[float]:
        times = []
        for user in users:
            times.append(_ms(partial(services.acquire, user, kind, COUNT, where=where)))
            services.end(user.leases.filter(state=Lease.State.ASSIGNING), Lease.End.RELEASED, "measured")
            clean()
        return times

    for name, kind, where in (
        ("random", Kind.RANDOM, ANYWHERE),
        ("wan", Kind.WAN, ANYWHERE),
        ("lan", Kind.LAN, ANYWHERE),
        ("nat", Kind.NAT, ANYWHERE),
        ("random, own port", Kind.RANDOM, Where(own_port=True)),
        ("random, of a small country", Kind.RANDOM, Where(countries=["LI"])),
        (
            "wan, within 40 ms, 2 GB, up for a day",
            Kind.WAN,
            Where(near="130.83.47.181", within_ms=40, least_uptime=24, resources={"memory": 2e9}),
        ),
    ):
        yield from _rows(f"acquire {COUNT} {name}", acquiring(kind, where), note=filled)
    yield from _rows("renew 20", each(services.renew))
    yield from _rows("what a user holds, 20", each(services.held))
    yield from _rows("release 20", each(services.release))
    if wrong := audit():
        raise AssertionError(wrong[0])


def _rows(name: str, times: list[float], note: str = "") -> Iterator[Row]:
    yield Row(name=f"{name}, median", unit="ms", ours=percentile(times, 50), note=note)
    yield Row(name=f"{name}, p95", unit="ms", ours=percentile(times, 95), target=at_most(TARGET))


def _ms(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return 1000 * (time.perf_counter() - began)
