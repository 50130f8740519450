"""A large testbed in the database: nodes in networks, countries and behind NATs, vessels, users who hold some."""

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.credits.models import LedgerEntry
from seattle.clearinghouse.fleet.models import Donation, Node, Vessel
from seattle.clearinghouse.leases.models import Kind, Lease, Order
from seattle.geography.locations import middles
from seattle.identity.keys import KeyPair

COUNTRIES = ("US", "DE", "FR", "BR", "IN", "JP", "GB", "CA", "PL", "ES", "KE", "AU", "IT", "NL", "SE", "CH", "CL", "LI")
LARGE_NETWORKS = 60  # campuses, of twenty nodes each
CAMPUS = 20
BEHIND_NAT = 0.4
OFFLINE = 0.1
HELD = 20  # vessels of each user
PORTS = 10  # of each vessel

FILL_PORTS = """
    INSERT INTO fleet_vesselport (vessel_id, node_id, port)
    SELECT id, node_id, 63100 + 10 * (substr(name, 2)::int - 2) + port
    FROM fleet_vessel, generate_series(0, %s) AS port
"""


@transaction.atomic
def fill(*, nodes: int = 10_000, vessels: int = 10, users: int = 500) -> None:
    """So many nodes with so many vessels each (10 at most: they have 100 ports), of which each user holds `HELD`.

    About half a minute for ten thousand nodes. Everything adds up, as `credits.services.audit` says.
    """
    rng = random.Random(1)
    people = User.objects.bulk_create(_users(users))
    made = Node.objects.bulk_create(_nodes(nodes, rng), batch_size=2000)
    Donation.objects.bulk_create(
        (Donation(node=node, donor=rng.choice(people), why_not="of a benchmark") for node in made), batch_size=2000
    )
    units = (Vessel(node=node, name=f"v{2 + at}", state=Vessel.State.FREE) for node in made for at in range(vessels))
    all_units = Vessel.objects.bulk_create(units, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute(FILL_PORTS, [PORTS - 1])
    _lease(people, rng.sample(all_units, users * HELD))


def settle_down() -> None:
    """Have statistics for the planner, and a clean visibility map, as a database that has been there for a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _users(count: int) -> Iterator[User]:
    for number in range(count):
        yield User(
            username=f"bench{number}",
            email=f"bench{number}@example.org",
            affiliation="a benchmark",
            credits_total=10_000,
            credits_held=HELD,
        )


def _nodes(count: int, rng: random.Random) -> Iterator[Node]:
    now = timezone.now()
    for number in range(count):
        network = f"10.{number % LARGE_NETWORKS}.0" if number < CAMPUS * LARGE_NETWORKS else _small(number)
        country = rng.choices(COUNTRIES, weights=range(len(COUNTRIES), 0, -1))[0]
        latitude, longitude = middles()[country]
        online = rng.random() >= OFFLINE
        yield Node(
            node_id=KeyPair.generate().id,
            state=Node.State.READY,
            online=online,
            online_since=now - timedelta(hours=rng.expovariate(1 / 200)) if online else None,
            nat=Node.Nat.NAT if rng.random() < BEHIND_NAT else Node.Nat.PUBLIC,
            address=f"{network}.{number % 250}",
            network=f"{network}.0/24",
            country=country,
            asn=rng.randrange(1, 3000),
            latitude=latitude + rng.uniform(-3, 3),
            longitude=longitude + rng.uniform(-3, 3),
            resources={"cpu": rng.uniform(0.1, 2), "memory": rng.uniform(5e8, 4e9)},
            advertised_at=now,
            answered_at=now,
        )


def _small(number: int) -> str:
    return f"11.{number // 250 % 250}.{number % 250}"


def _lease(people: list[User], units: list[Vessel]) -> None:
    LedgerEntry.objects.bulk_create(
        itertools.chain.from_iterable(
            (
                LedgerEntry(user=user, total_change=10_000, reason=LedgerEntry.Reason.GRANTED),
                LedgerEntry(user=user, held_change=HELD, reason=LedgerEntry.Reason.ACQUIRED),
            )
            for user in people
        )
    )
    orders = Order.objects.bulk_create(
        Order(user=user, kind=Kind.RANDOM, wanted=HELD, least=HELD, state=Order.State.DONE) for user in people
    )
    Vessel.objects.filter(pk__in=[unit.pk for unit in units]).update(state=Vessel.State.LEASED)
    until = timezone.now() + timedelta(days=3)
    Lease.objects.bulk_create(
        (
            Lease(
                vessel=unit,
                node_id=unit.node.node_id,
                vessel_name=unit.name,
                user=orders[at // HELD].user,
                username=orders[at // HELD].user.username,
                order=orders[at // HELD],
                state=Lease.State.ACTIVE,
                assigned_at=timezone.now(),
                expires_at=until,
            )
            for at, unit in enumerate(units)
        ),
        batch_size=2000,
    )
