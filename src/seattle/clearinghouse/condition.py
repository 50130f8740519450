"""How the clearinghouse is: what has to be there for it to work, each with words. For /readyz and the status page."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from seattle.clearinghouse.journal.models import Heartbeat

MOST_NAMED: Final = 5  # workers
WORKER_PATIENCE: Final = timedelta(seconds=90)  # a worker that was silent for longer has died, or hangs
_MIGRATE: Final = "run `seattle clearinghouse migrate`"


class State(StrEnum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"  # it works, and somebody should look
    FAILED = "failed"


class Finding(msgspec.Struct, frozen=True):
    """How one part is. What is in `detail` is for operators alone: strangers may read the rest."""

    part: str
    state: State
    text: str
    detail: str = ""


def readiness(now: datetime | None = None) -> list[Finding]:
    """Whether requests can be served, and acquisitions be worked at."""
    found = [database()]
    if found[0].state is State.OK:
        found += [migrations(), workers(now or timezone.now())]
    return found


def database() -> Finding:
    """Whether the database answers."""
    if not _is_there():
        where = str(connection.settings_dict["NAME"])
        return Finding("database", State.FAILED, f"there is none yet: {_MIGRATE}", where)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as why:
        return Finding("database", State.FAILED, "it does not answer", _line(why))
    return Finding("database", State.OK, f"{connection.vendor} answers")


def migrations() -> Finding:
    """Whether its tables are those of this version."""
    missing = missing_migrations()
    if missing:
        text = f"{len(missing)} are missing, {missing[0]} first: {_MIGRATE}"
        return Finding("migrations", State.FAILED, text)
    return Finding("migrations", State.OK, "all are done")


def missing_migrations() -> list[str]:
    """Those to be done, in order."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS] if _is_there() else None)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _is_there() -> bool:
    """Whether the database can have been made. SQLite says of a folder that is not there that it can't open a file."""
    return connection.vendor != "sqlite" or Path(connection.settings_dict["NAME"]).parent.exists()


def workers(now: datetime) -> Finding:
    """Whether a worker lives."""
    alive = [beat for beat in Heartbeat.objects.filter(ended_at=None) if now - beat.at < WORKER_PATIENCE]
    if alive:
        return Finding(
            "worker", State.OK, f"{len(alive)} at work", ", ".join(beat.worker for beat in alive[:MOST_NAMED])
        )
    last = Heartbeat.objects.order_by("-at").first()
    seen = f"the last was seen at {last.at:%Y-%m-%d %H:%M:%S} UTC" if last else "none was ever seen"
    return Finding("worker", State.FAILED, f"none is at work ({seen}): start `seattle clearinghouse worker`")


def worst(findings: list[Finding]) -> State:
    """The state of all together."""
    states = {finding.state for finding in findings}
    return next((state for state in (State.FAILED, State.WARNING) if state in states), State.OK)


def lines(findings: list[Finding]) -> Iterator[str]:
    """For people, one each."""
    for finding in findings:
        detail = f" ({finding.detail})" if finding.detail else ""
        yield f"{finding.state.value:8} {finding.part}: {finding.text}{detail}"


def _line(why: Exception) -> str:
    return str(why).strip().splitlines()[0] if str(why).strip() else type(why).__name__
