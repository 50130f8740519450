"""What the workers found out or did at nodes, written down. Each function is one transaction, and may be repeated."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from seattle.clearinghouse.fleet.donation_tokens import good_tokens
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node, Vessel, VesselPort
from seattle.clearinghouse.fleet.situation import holders_keys
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Lease

MISSES: Final = 3  # in a row, after which a node counts as offline
FIRST_PAUSE: Final = timedelta(seconds=5)  # after something went wrong; twice as long each time
LONGEST_PAUSE: Final = timedelta(minutes=10)
_RNG: Final = random.SystemRandom()


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a node said of itself when it was asked, made fit for a database."""

    version: str
    nat: str
    holding_back: str


def pause(failures: int) -> timedelta:
    """How long to leave something alone after so many failures in a row: spread, so that not all come back at once."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(max(failures - 1, 0), 16)))
    return longest * _RNG.uniform(0.5, 1.0)


# The node as a whole.


@transaction.atomic
def answered(node_id: int, said: Answered, *, now: datetime, again: timedelta) -> None:
    """A node answered: it is online, and is to be looked at again after a while."""
    node = Node.objects.select_for_update().get(pk=node_id)
    node.version, node.nat, node.holding_back = said.version, said.nat, said.holding_back
    node.answered_at, node.failures, node.try_at = now, 0, None
    node.probe_at = now + again * _RNG.uniform(0.8, 1.2)
    if node.state == Node.State.READY:
        node.why = ""
    if not node.online:
        node.online, node.online_since = True, now
        Vessel.objects.filter(node=node, try_at__isnull=False).update(try_at=None, failures=0)
    node.save()


@transaction.atomic
def missed(node_id: int, why: str, *, now: datetime) -> bool:
    """A node did not answer; whether it counts as offline from now on, and did not until now."""
    node = Node.objects.select_for_update().get(pk=node_id)
    node.failures += 1
    node.try_at = node.probe_at = now + pause(node.failures)
    gone = node.online and node.failures >= MISSES
    if gone:
        node.online = False
        if node.online_since is not None:
            node.online_seconds += max(0, int(((node.answered_at or now) - node.online_since).total_seconds()))
        node.online_since = None
    if node.state in (Node.State.NEW, Node.State.DIVIDING):
        node.why = why[:300]
    node.save()
    return gone


@transaction.atomic
def break_node(node_id: int, why: str) -> bool:
    """A node differs from what we know of it so much that a person has to look; whether that is news.

    What is held there runs on.
    """
    sound = Node.objects.filter(pk=node_id).exclude(state__in=(Node.State.RETIRED, Node.State.BROKEN))
    return sound.update(state=Node.State.BROKEN, why=why[:300]) > 0


@transaction.atomic
def empty(node_id: int, why: str) -> None:
    """Nothing on a node is ours any more: it may be given to us anew."""
    kept = Node.objects.filter(pk=node_id).exclude(state__in=(Node.State.RETIRED, Node.State.BROKEN))
    kept.update(state=Node.State.NEW, why=why[:300], rest_vessel="")


@transaction.atomic
def wait_with(node_id: int, why: str, *, now: datetime) -> bool:
    """A node can't be used as it is: say why, and look again later; whether that is news."""
    node = Node.objects.select_for_update().get(pk=node_id)
    if node.state in (Node.State.BROKEN, Node.State.RETIRED):  # for which there is a better reason
        return False
    news, node.why = node.why != why[:300], why[:300]
    # The longer it has been so, the less likely it changes soon.
    node.probe_at = now + min(LONGEST_PAUSE, max(FIRST_PAUSE, (now - node.first_seen_at) / 10))
    node.save(update_fields=["why", "probe_at"])
    return news


@transaction.atomic
def rest(node_id: int, times: int, *, now: datetime) -> None:
    """Leave a node alone for a while, at which so many visits in a row took long."""
    until = now + pause(times)
    Node.objects.filter(pk=node_id).update(try_at=until, probe_at=until)


# Donations.


@transaction.atomic
def accept_donation(node_id: int, token: str) -> str:
    """Take a node as the gift of whom this token is; why not, in words, or nothing. It keeps its first donor."""
    node = Node.objects.select_for_update().get(pk=node_id)
    if Donation.objects.filter(node=node).exists():
        return ""
    known = DonationToken.objects.select_related("user").filter(token=token).first()
    if known is None:
        return (
            "nobody here has the donation token that it came with: make one on the page Donations, and set it up anew"
        )
    if known.revoked_at is not None:
        return (
            "the donation token that it came with was revoked: make another on the page Donations, and set it up anew"
        )
    if not good_tokens().filter(pk=known.pk).exists():
        return "the account of its donor was closed by the operators"
    Donation.objects.create(node=node, donor=known.user, token=known)
    return ""


@transaction.atomic
def begin_dividing(node_id: int, rest: str) -> None:
    """A donation is ours: it is divided next."""
    Node.objects.filter(pk=node_id).exclude(state__in=(Node.State.RETIRED, Node.State.BROKEN)).update(
        state=Node.State.DIVIDING, rest_vessel=rest, why="", failures=0
    )


@transaction.atomic
def put_to_use(node_id: int) -> None:
    """A node is divided: its vessels may be handed out once they are clean."""
    Node.objects.filter(pk=node_id, state__in=(Node.State.DIVIDING, Node.State.NEW)).update(
        state=Node.State.READY, why="", failures=0
    )


# Units.


@transaction.atomic
def add_unit(node_id: int, name: str, ports: Sequence[int], *, rest: str | None = None) -> bool:
    """A vessel of ours is on this node: it is handed out once it is clean. `rest`: what the rest is called now.

    Whether it could be: a port that is another vessel's makes it impossible, and then nothing is written.
    """
    if rest is not None:
        Node.objects.filter(pk=node_id).update(rest_vessel=rest)
    try:
        with transaction.atomic():
            vessel, _ = Vessel.objects.get_or_create(node_id=node_id, name=name)
            Vessel.objects.filter(pk=vessel.pk, state=Vessel.State.LOST).update(state=Vessel.State.DIRTY, try_at=None)
            VesselPort.objects.filter(vessel=vessel).exclude(port__in=ports).delete()
            known = set(VesselPort.objects.filter(vessel=vessel).values_list("port", flat=True))
            VesselPort.objects.bulk_create(
                VesselPort(vessel=vessel, node_id=node_id, port=port) for port in sorted(set(ports) - known)
            )
    except IntegrityError:
        return False
    return True


@transaction.atomic
def lose_unit(unit_id: int, why: str) -> None:
    """A vessel is not on its node any more: who had it has it no longer, and its ports are free."""
    leases.lost(Vessel.objects.get(pk=unit_id), why)
    VesselPort.objects.filter(vessel=unit_id).delete()


@transaction.atomic
def soil_unit(unit_id: int) -> bool:
    """A free vessel is not as a free one should be: it is cleaned again; whether it was free."""
    return Vessel.objects.filter(pk=unit_id, state=Vessel.State.FREE).update(state=Vessel.State.DIRTY, try_at=None) > 0


@transaction.atomic
def unsync_unit(unit_id: int) -> None:
    """The node has other keys for a vessel than it should: it is told again. Its holder keeps it."""
    Vessel.objects.filter(pk=unit_id, state=Vessel.State.LEASED).update(keys_synced=False, try_at=None)


@transaction.atomic
def cleaned(unit_id: int) -> bool:
    """It was seen that nothing is left in a vessel: it may be handed out; whether it was to be cleaned at all."""
    dirty = Vessel.objects.filter(pk=unit_id, state=Vessel.State.DIRTY)
    # Failures are counted until it could be assigned: who says yes to this and no to that is kept for longer each time.
    return dirty.update(state=Vessel.State.FREE, try_at=None, keys_synced=True) > 0


@transaction.atomic
def told_keys(unit_id: int, users: Collection[str]) -> bool:
    """The node has these keys for a held vessel; whether they are still the right ones: if not, it is told again."""
    lease = Lease.objects.filter(vessel=unit_id, ended_at=None).first()
    if lease is not None and lease.state == Lease.State.ASSIGNING:
        leases.assigned(lease)  # which locks rows of its own, and those come before vessels
    vessel = Vessel.objects.select_for_update().get(pk=unit_id)  # before the keys are read: who changes them waits
    if lease is None or lease.user_id is None or vessel.state != Vessel.State.LEASED:
        return False
    right = set(holders_keys({lease.user_id}).get(lease.user_id, ())) == set(users)
    Vessel.objects.filter(pk=unit_id).update(keys_synced=right, failures=0, try_at=None)
    return right


@transaction.atomic
def not_taken(lease_id: int, why: str) -> bool:
    """A node did not take what it was assigned: another is tried in its place; whether it was still wanted."""
    lease = Lease.objects.filter(pk=lease_id, state=Lease.State.ASSIGNING).first()
    if lease is None:
        return False
    leases.not_assigned(lease, why)
    return True


@transaction.atomic
def unit_failed(unit_id: int, *, now: datetime) -> None:
    """What was tried with a vessel went wrong: it is tried again later."""
    vessel = Vessel.objects.select_for_update().get(pk=unit_id)
    vessel.failures += 1
    vessel.try_at = now + pause(vessel.failures)
    vessel.save(update_fields=["failures", "try_at"])


def look_soon(node_ids: Collection[int]) -> None:
    """Have these nodes looked at as soon as may be."""
    Node.objects.filter(pk__in=node_ids).update(probe_at=timezone.now(), try_at=None)


def forget_lost(now: datetime, *, after: timedelta) -> int:
    """Drop vessels that are gone and never were anybody's, which a node could else make without end; how many."""
    gone = Vessel.objects.filter(state=Vessel.State.LOST, leases=None, created_at__lt=now - after)
    return gone.delete()[0]


def forget_strangers(now: datetime, *, after: timedelta) -> int:
    """Drop nodes that were seen and never donated anything, so that nobody fills our tables with them; how many."""
    return Node.objects.filter(
        state=Node.State.NEW, donation=None, vessels=None, first_seen_at__lt=now - after, online=False
    ).delete()[0]
