"""Writing down what the workers do, and that they live; bounded in size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max

from seattle.clearinghouse.journal.models import Heartbeat, JournalEntry

MOST_ENTRIES: Final = 200_000  # that are kept; some 50 MB
MOST_DETAIL: Final = 500  # characters
FORGOTTEN: Final = timedelta(days=1)  # after which a worker that is silent is taken off the list
_AT_ONCE: Final = 5000  # entries that are deleted at a time


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One thing that was done, or tried."""

    action: str
    node: int | None = None  # primary key
    vessel: str = ""
    succeeded: bool = True
    detail: str = ""
    took_ms: int = 0


def write(worker: str, deeds: Sequence[Deed]) -> None:
    """Add these to the journal."""
    JournalEntry.objects.bulk_create(
        JournalEntry(
            worker=worker,
            action=deed.action[:20],
            node_id=deed.node,
            vessel_name=deed.vessel,
            succeeded=deed.succeeded,
            detail=deed.detail[:MOST_DETAIL],
            took_ms=max(0, deed.took_ms),
        )
        for deed in deeds
    )


def says(node_id: int, detail: str) -> bool:
    """Whether this is in a node's journal already: what stays as it is need not be told each time."""
    return JournalEntry.objects.filter(node=node_id, detail=detail[:MOST_DETAIL]).exists()


def trim(most: int = MOST_ENTRIES) -> int:
    """Drop the oldest entries, but for `most`; how many, and never many at a time."""
    latest = JournalEntry.objects.aggregate(latest=Max("pk"))["latest"]
    if latest is None or latest <= most:
        return 0
    old = JournalEntry.objects.filter(pk__lte=latest - most).order_by("pk").values_list("pk", flat=True)
    return JournalEntry.objects.filter(pk__in=list(old[:_AT_ONCE])).delete()[0]


def beat(worker: str, *, started_at: datetime, now: datetime) -> None:
    """This worker lives."""
    Heartbeat.objects.update_or_create(worker=worker, defaults={"at": now, "started_at": started_at, "ended_at": None})
    Heartbeat.objects.filter(at__lt=now - FORGOTTEN).delete()


def stop_beating(worker: str, *, now: datetime) -> None:
    """This worker ends, as it should."""
    Heartbeat.objects.filter(worker=worker).update(at=now, ended_at=now)
