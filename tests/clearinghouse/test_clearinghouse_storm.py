"""Many clients at once, while workers assign, fail and clean: no vessel has two holders, and everything adds up."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone
from tests.clearinghouse.conftest import DATABASE

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits import services as ledger
from seattle.clearinghouse.errors import ClearinghouseError
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.audit import audit
from seattle.clearinghouse.leases.models import Kind, Lease, Order

FAILING = 0.15  # of what workers try
LARGE = DATABASE == "postgresql"
USERS = 25  # each of them from two clients: they compete for vessels and for credits


class Storm:
    """Clients and workers, until it is over."""

    def __init__(self, users: list[User], *, clients: int, seconds: float) -> None:
        self._users = users
        self._clients = clients
        self._ends_at = time.monotonic() + seconds
        self._calm = threading.Event()
        self._done: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        """What was done, by name; raises what went wrong in any of them."""
        with ThreadPoolExecutor(self._clients + 2) as pool:
            workers = [pool.submit(self._thread, self._work, number) for number in range(2)]
            clients = [pool.submit(self._thread, self._ask, number) for number in range(self._clients)]
            try:
                for client in clients:
                    client.result()
            finally:
                self._calm.set()
            for worker in workers:
                worker.result()
        return self._done

    def _thread(self, do: Callable[[random.Random, int], None], number: int) -> None:
        try:
            do(random.Random(number), number)
        finally:
            connection.close()

    def _ask(self, rng: random.Random, number: int) -> None:
        user = self._users[number % len(self._users)]
        while time.monotonic() < self._ends_at:
            kind, count = rng.choice([Kind.RANDOM, Kind.WAN, Kind.LAN, Kind.NAT]), rng.randint(1, 5)
            asked: list[Callable[[], object]] = [
                partial(services.acquire, user, kind, count, least=rng.choice([None, 1])),
                lambda: services.release(user, [lease.handle for lease in services.held(user)[:3]] or None),
                lambda: services.renew(user),
                lambda: services.acquire_specific(user, [self._some_vessel(rng)]),
            ]
            try:
                rng.choices(asked, weights=[5, 3, 1, 1])[0]()
                self._done["met"] += 1
            except ClearinghouseError as why:
                self._done[why.code] += 1

    def _some_vessel(self, rng: random.Random) -> str:
        handles = Vessel.objects.select_related("node").order_by("shuffle")
        return handles[rng.randrange(50)].handle

    def _work(self, rng: random.Random, _: int) -> None:
        """As workers do: tell nodes, which sometimes fail; clean; lose one now and then; until nothing is left."""
        calm = False
        while self._worked(rng) or not calm:
            calm = self._calm.is_set()  # and once more after that

    def _worked(self, rng: random.Random) -> bool:
        waiting = list(Lease.objects.filter(state=Lease.State.ASSIGNING).order_by("?")[:20])
        for lease in waiting:
            if rng.random() < FAILING:
                services.not_assigned(lease, "it was silent")
            else:
                services.assigned(lease)
        some = Vessel.objects.filter(state=Vessel.State.DIRTY).values_list("pk", flat=True)[:50]
        cleaned = Vessel.objects.filter(pk__in=list(some), state=Vessel.State.DIRTY).update(state=Vessel.State.FREE)
        if rng.random() < 0.05 and (held := Vessel.objects.filter(state=Vessel.State.LEASED).order_by("?").first()):
            services.lost(held, "it is not on its node any more")
            self._done["lost"] += 1
        if not (waiting or cleaned):
            self._calm.wait(0.02)
        self._done["assigned"] += len(waiting)
        return bool(waiting or cleaned)


def weather(new_user: Callable[..., User], new_node: Callable[..., Node], *, clients: int, seconds: float) -> None:
    """Have a storm, and look at what is left."""
    users = [new_user(credit=12) for _ in range(min(USERS, clients))]
    for number in range(40):
        address, nat = f"198.18.{number // 4}.{number}", Node.Nat.NAT if number % 3 == 0 else Node.Nat.PUBLIC
        new_node(vessels=5, address=address, nat=nat)
    done = Storm(users, clients=clients, seconds=seconds).run()
    assert done["met"] > 0
    assert done["assigned"] > 0
    assert [*ledger.audit(), *audit()] == []
    assert not Order.objects.filter(state=Order.State.WORKING).exists()
    for user in users:
        services.release(user)
    assert services.expire(timezone.now()) == []
    assert [*ledger.audit(), *audit()] == []
    assert not User.objects.filter(credits_held__gt=0).exists()


def test_given_clients_who_acquire_and_release_at_once_when_workers_assign_then_everything_adds_up(
    transactional_db: None, new_user: Callable[..., User], new_node: Callable[..., Node]
) -> None:
    weather(new_user, new_node, clients=50 if LARGE else 8, seconds=3.0)


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_given_fifty_clients_for_half_a_minute_when_workers_assign_then_everything_adds_up(
    transactional_db: None, new_user: Callable[..., User], new_node: Callable[..., Node]
) -> None:
    weather(new_user, new_node, clients=50 if LARGE else 8, seconds=30.0)
