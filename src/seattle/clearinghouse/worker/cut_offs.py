"""Keys that are to be of no use anywhere: their credentials are voided at the brokers, and then their vessels cleared.

The desk has written down what is to be (`desk.CutOff`), and ended the leases. Here the brokers are told first, since
that ends the key's connections at once; what it runs is stopped as its vessels are cleaned, by visits.
"""

import contextlib
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Final

import structlog

from seattle.clearinghouse.desk.models import CutOff
from seattle.clearinghouse.fleet import services
from seattle.clearinghouse.fleet.models import Node, Vessel
from seattle.clearinghouse.journal import services as journal
from seattle.clearinghouse.journal.services import Deed
from seattle.clearinghouse.leases.models import Lease
from seattle.clearinghouse.worker.orm import Orm
from seattle.fabric.authority import Authority
from seattle.fabric.directory import DirectoryClient
from seattle.fabric.errors import ClaimsRefused, FabricError
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey

AT_ONCE: Final = 100

# Tell these brokers what holds for the account now; those of them that could not be told.
Push = Callable[[Sequence[str]], Awaitable[Collection[str]]]

log = structlog.get_logger()


class CutOffs:
    """Does what the desk has ordered.

    Args:
        own: the worker's key, which no row shuts out.
        authority: of the fabric; None if it is not here: then vessels are cleared, and cut-offs stay undone.
        brokers: of the fabric, in one cluster or in several.
        push: tells them.
        directory: tells which nodes hold something for a key.
        clock: the time, aware.
    """

    def __init__(
        self,
        orm: Orm,
        directory: DirectoryClient,
        *,
        worker: str,
        own: PublicKey,
        authority: Authority | None,
        brokers: Sequence[str],
        push: Push,
        clock: Callable[[], datetime],
    ) -> None:
        self._orm = orm
        self._directory = directory
        self._worker = worker
        self._own = own
        self._authority = authority
        self._brokers = brokers
        self._push = push
        self._clock = clock
        self._told: set[int] = set()  # cut-offs of which brokers were told by this process, and that are not done
        self._pardons_told: set[int] = set()  # the same of pardons
        self._untold: Sequence[str] = ()  # brokers that do not know of all of these yet
        self._warned = False

    async def execute(self) -> None:
        """What is to be done now. Raises FabricError while a broker can't be told: it is tried again."""
        pardoned = await self._orm(_pardoned, self._pardons_told)
        waiting = await self._orm(_waiting, self._told)
        if self._authority is None:
            self._warn(len(waiting))
            return
        await self._tell_brokers(pardoned, waiting, self._authority)
        for one in waiting:
            await self._look_wherever(one.key_id)
        if self._untold:
            raise ClaimsRefused(f"these brokers are still to be told: {', '.join(self._untold)}")
        await self._orm(_note_pardons, self._pardons_told, self._clock(), self._worker)
        self._pardons_told.clear()
        self._told = set(await self._orm(_finish, self._told, self._clock(), self._worker))

    async def _tell_brokers(self, pardoned: Sequence[CutOff], waiting: Sequence[CutOff], authority: Authority) -> None:
        """What is new to all of them, and the rest to those that could not be told before."""
        if pardoned or waiting:
            again = await self._orm(_cut_off_again, [one.key_id for one in pardoned])
            self._pardon([one for one in pardoned if one.key_id not in again], authority)
            self._shut_out(waiting, authority)
            self._untold = self._brokers
        if self._untold:
            self._untold = [*await self._push(self._untold)]
        self._pardons_told |= {one.pk for one in pardoned}
        self._told |= {one.pk for one in waiting}

    def _warn(self, count: int) -> None:
        """Once: brokers can't be told from here, so these stay undone, which the desk shows."""
        if count and not self._warned:
            log.error("cut_off_without_authority", keys=count, hint="run `seattle fabric revoke` for these keys")
            self._warned = True

    def _shut_out(self, cut_offs: Sequence[CutOff], authority: Authority) -> None:
        for one in cut_offs:
            try:
                key = PublicKey.from_id(one.key_id)
            except IdentityError:
                continue  # no key, so no credential either
            if key == self._own:  # the site refuses this, so whoever wrote it has broken in
                log.error("cut_off_of_the_worker_itself", cut_off=one.pk)
                continue
            authority.revocations.shut_out(key, now=self._clock().timestamp())

    def _pardon(self, pardoned: Sequence[CutOff], authority: Authority) -> None:
        """Let keys be enrolled again."""
        for one in pardoned:
            with contextlib.suppress(IdentityError):
                authority.revocations.pardon(PublicKey.from_id(one.key_id))

    async def _look_wherever(self, key_id: str) -> None:
        """Have all nodes looked at that say they hold something for this key: it may be more than we know of."""
        try:
            adverts = await self._directory.lookup(PublicKey.from_id(key_id))
        except (FabricError, IdentityError) as why:
            log.warning("cut_off_without_directory", error=str(why))
            return
        await self._orm(_look_at, [advert.node for advert in adverts])


def _waiting(told: Collection[int]) -> list[CutOff]:
    return list(CutOff.objects.filter(done_at=None, pardoned_at=None).exclude(pk__in=told).order_by("pk")[:AT_ONCE])


def _pardoned(told: Collection[int]) -> list[CutOff]:
    pardons = CutOff.objects.filter(pardoned_at__isnull=False, undone_at=None).exclude(pk__in=told)
    return list(pardons.order_by("pk")[:AT_ONCE])


def _cut_off_again(key_ids: Collection[str]) -> set[str]:
    """Those of these keys that a pardon must not open: brokers may have heard of what came after it already."""
    return set(CutOff.objects.filter(key_id__in=key_ids, pardoned_at=None).values_list("key_id", flat=True))


def _note_pardons(cut_offs: Collection[int], now: datetime, worker: str) -> None:
    if count := CutOff.objects.filter(pk__in=cut_offs, undone_at=None).update(undone_at=now):
        journal.write(worker, [Deed(action="pardon", detail=f"{count} keys may be enrolled again")])


def _look_at(node_ids: Sequence[str]) -> None:
    services.look_soon(list(Node.objects.filter(node_id__in=node_ids).values_list("pk", flat=True)))


def _finish(cut_offs: Collection[int], now: datetime, worker: str) -> list[int]:
    """Those whose vessels, on all nodes that can be reached, are cleared, are done; the others, if they still count."""
    left = []
    for one in CutOff.objects.filter(pk__in=cut_offs, done_at=None, pardoned_at=None):
        if _is_left(one):
            left.append(one.pk)
        elif CutOff.objects.filter(pk=one.pk, done_at=None).update(done_at=now):
            journal.write(worker, [Deed(action="cut-off", detail=f"{one.key_id}: brokers and nodes were told")])
    return left


def _is_left(cut_off: CutOff) -> bool:
    """Whether a node that can be reached may still have the key."""
    if cut_off.user_id is None:
        return False
    theirs = Lease.objects.filter(user=cut_off.user_id).values("vessel")
    reachable = Vessel.objects.filter(pk__in=theirs, node__online=True)
    return reachable.filter(state=Vessel.State.DIRTY).exists() or reachable.filter(keys_synced=False).exists()
