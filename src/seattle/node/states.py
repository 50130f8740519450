"""Where a vessel stands, decided from what is recorded and what runs."""

from typing import assert_never

from seattle.fabric.node_api import VesselState
from seattle.node.records import RunRecord
from seattle.repy.outcome import OutcomeKind


def decide(latest: RunRecord | None, *, running: bool) -> VesselState:
    """The state of a vessel whose latest run since it was fresh is `latest`. `running`: this daemon holds it now."""
    if running:
        return VesselState.STARTED
    if latest is None:
        return VesselState.FRESH
    if latest.outcome is None:  # it was started, and nobody saw its end: a power cut
        return VesselState.STALE
    match latest.outcome.kind:
        case OutcomeKind.STOPPED:
            return VesselState.STOPPED
        case (
            OutcomeKind.EXITED
            | OutcomeKind.EXCEPTION
            | OutcomeKind.UNSAFE
            | OutcomeKind.KILLED
            | OutcomeKind.VIOLATION
            | OutcomeKind.CRASHED
        ):
            return VesselState.TERMINATED
        case unknown:
            assert_never(unknown)
