"""How far a cut-off is, in words."""

from dataclasses import dataclass

from seattle.clearinghouse.desk.models import CutOff
from seattle.clearinghouse.fleet.models import Vessel
from seattle.clearinghouse.leases.models import Lease


@dataclass(frozen=True)
class Progress:
    """One cut-off. `over`: nothing is waited for."""

    cut_off: CutOff
    text: str
    over: bool


def progress(cut_off: CutOff) -> Progress:
    """What brokers and nodes were told by now."""
    if cut_off.pardoned_at is not None:
        if cut_off.undone_at is None:
            return Progress(cut_off, "pardoned; brokers are being told", over=False)
        return Progress(cut_off, "pardoned; brokers were told", over=True)
    if cut_off.done_at is None:
        return Progress(cut_off, "brokers and nodes are being told", over=False)
    took = max(0.0, (cut_off.done_at - cut_off.created_at).total_seconds())
    told = f"brokers were told {took:.0f} s later"
    if uncleaned := _uncleaned(cut_off):
        return Progress(
            cut_off, f"{told}; {uncleaned} vessels are still to be cleaned, on nodes that don't answer", over=False
        )
    return Progress(cut_off, f"{told}, and nothing of it is left on nodes", over=True)


def _uncleaned(cut_off: CutOff) -> int:
    if cut_off.user_id is None:
        return 0
    dirty = Vessel.objects.filter(
        state=Vessel.State.DIRTY,
        leases__user=cut_off.user_id,
        leases__end=Lease.End.CUT_OFF,
        leases__ended_at__gte=cut_off.created_at,
    )
    return dirty.distinct().count()
