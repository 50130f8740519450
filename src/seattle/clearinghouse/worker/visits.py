"""One visit to one node: first what somebody waits for, then a look whether all there is as we think.

Nothing that one node says or does not say reaches another visit: a dead node costs its own visit's time, and is left
alone for longer each time; so is one that answers so slowly that it keeps its visitor for long.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog
from django.db import DatabaseError, OperationalError

from seattle.clearinghouse.credits import donations
from seattle.clearinghouse.fleet import claims, services
from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.fleet.situation import NodeNow, node_now
from seattle.clearinghouse.journal import services as journal
from seattle.clearinghouse.journal.services import Deed
from seattle.clearinghouse.worker.duties import clean_all, tell_all
from seattle.clearinghouse.worker.looks import look
from seattle.clearinghouse.worker.scene import Scene, Tools, Unreachable, asking
from seattle.clearinghouse.worker.words import fit
from seattle.fabric.errors import ConnectionFailed
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey

SLOW: Final = 10.0  # seconds; most visits take a fraction of one

log = structlog.get_logger()


class Visitor:
    """Visits nodes."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._orm = tools.orm
        self._slow: dict[int, int] = {}  # by node: how many visits in a row took long

    async def visit(self, node_id: int) -> None:
        """Do what is due at the node with this primary key, if nobody else is there. Raises nothing."""
        try:
            if await self._orm(claims.claim, node_id, self._tools.worker, self._tools.clock()):
                await self._visit(node_id)
        except Exception:  # the database went away, say; then the claim ends by itself
            log.exception("visit_broken_off", node=node_id)

    async def _visit(self, node_id: int) -> None:
        deeds: list[Deed] = []
        began = time.monotonic()
        try:
            async with asyncio.timeout(claims.LONGEST_VISIT.total_seconds()):
                await self._at(await self._orm(node_now, node_id, self._tools.clock()), deeds)
        except ConnectionFailed as why:  # ours: no fault of the node
            log.info("visit_without_fabric", node=node_id, error=str(why))
        except TimeoutError:  # the rest of it is done next time
            deeds.append(Deed(action="visit", node=node_id, succeeded=False, detail="it takes long: more next time"))
        except OperationalError:  # the database's own trouble: it is tried again
            log.exception("visit_without_database", node=node_id)
        except DatabaseError as why:
            log.exception("visit_not_written", node=node_id)
            await self._leave_alone(node_id, f"what it says can't be written down: {fit(str(why), 200)}")
        except Exception:
            log.exception("visit_failed", node=node_id)
            await self._leave_alone(node_id, "the worker failed at it; its log tells why")
        finally:
            await self._orm(self._finish, node_id, deeds, self._strikes(node_id, time.monotonic() - began))

    async def _at(self, node: NodeNow, deeds: list[Deed]) -> None:
        try:
            key = PublicKey.from_id(node.node_id)
        except IdentityError as why:
            await self._orm(services.break_node, node.pk, f"its id is none: {why}")
            return
        scene = Scene(self._tools, node, asking(self._tools.client, key, self._tools.patience), deeds)
        try:
            await tell_all(scene)
            await clean_all(scene)
            if node.probe_due:
                await look(scene)
                await self._orm(_settle, node, scene.now())
        except Unreachable as why:
            if await self._orm(services.missed, node.pk, str(why), now=scene.now()):
                scene.write("probe", "", f"it counts as offline: {why}", time.monotonic(), succeeded=False)
            await self._orm(_settle, node, scene.now())

    async def _leave_alone(self, node_id: int, why: str) -> None:
        await self._orm(services.missed, node_id, why, now=self._tools.clock())

    def _strikes(self, node_id: int, seconds: float) -> int:
        """How many visits in a row took long, now that another took so many seconds."""
        if seconds < SLOW:
            self._slow.pop(node_id, None)
            return 0
        self._slow[node_id] = self._slow.get(node_id, 0) + 1
        return self._slow[node_id]

    def _finish(self, node_id: int, deeds: Sequence[Deed], strikes: int) -> None:
        if strikes:
            services.rest(node_id, strikes, now=self._tools.clock())
        claims.let_go(node_id, self._tools.worker)
        if deeds:
            journal.write(self._tools.worker, deeds)


def _settle(before: NodeNow, now: datetime) -> None:
    """Have its donor earn what it should, if it has come, gone, or got into use."""
    node = Node.objects.get(pk=before.pk)
    if (node.state, node.online) != (before.state, before.online):
        donations.settle(node, now)
