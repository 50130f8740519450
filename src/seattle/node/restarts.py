"""When a program starts again that has ended, if its owner wants that: pure decisions about plans that the store keeps.

A plan stands from the start of a program until somebody stops it, starts another, or resets the vessel; daemons,
monitors and the machine come and go meanwhile. Each run that ends soon makes the pause before the next one longer.
"""

from dataclasses import dataclass, replace
from typing import Final, assert_never

from seattle.fabric.node_api import RestartPolicy
from seattle.repy.outcome import Outcome, OutcomeKind

FIRST_PAUSE: Final = 1.0  # seconds before a program starts again; twice as long after each run that was short
LONGEST_PAUSE: Final = 300.0  # seconds
GOOD_RUN: Final = 60.0  # seconds after which a run was not short


@dataclass(frozen=True, kw_only=True)
class RestartPlan:
    """What is to become of a program when it ends."""

    policy: RestartPolicy  # never NEVER: then there is no plan
    short_runs: int = 0  # one after the other
    again_at: float | None = None  # seconds since 1970, once the latest run has ended


def after_end(plan: RestartPlan, outcome: Outcome | None, *, ran_for: float, now: float) -> RestartPlan | None:
    """What to do after a run that took `ran_for` seconds; None if the program shall not start again.

    `outcome` is None if nobody knows how it ended, as after a power cut. `now`: seconds since 1970.
    """
    if not _wants_more(plan.policy, outcome):
        return None
    if outcome is None or outcome.kind is OutcomeKind.STOPPED:  # no fault of the program's
        return replace(plan, short_runs=0, again_at=now)
    short_runs = 0 if ran_for >= GOOD_RUN else plan.short_runs + 1
    return replace(plan, short_runs=short_runs, again_at=now + _pause(short_runs))


def after_failed_start(plan: RestartPlan, *, now: float) -> RestartPlan:
    """What to do when the program could not even be started: try again, ever more seldom."""
    short_runs = plan.short_runs + 1
    return replace(plan, short_runs=short_runs, again_at=now + _pause(short_runs))


def seconds_left(plan: RestartPlan, *, now: float) -> float:
    """How long to wait, whatever happened to the clock since the plan was made."""
    return 0.0 if plan.again_at is None else min(max(plan.again_at - now, 0.0), LONGEST_PAUSE)


def _pause(short_runs: int) -> float:
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(max(short_runs - 1, 0), 16))


def _wants_more(policy: RestartPolicy, outcome: Outcome | None) -> bool:
    match policy:
        case RestartPolicy.NEVER:
            return False
        case RestartPolicy.ALWAYS:
            # A text that is not Repy is no more so the next time. Its owner has to come anyway.
            return outcome is None or outcome.kind is not OutcomeKind.UNSAFE
        case RestartPolicy.ON_FAILURE:
            return outcome is not None and _failed(outcome)
        case unknown:
            assert_never(unknown)


def _failed(outcome: Outcome) -> bool:
    match outcome.kind:
        case OutcomeKind.EXITED:
            return outcome.detail not in ("", "0")
        case OutcomeKind.EXCEPTION | OutcomeKind.KILLED | OutcomeKind.VIOLATION | OutcomeKind.CRASHED:
            return True
        case OutcomeKind.STOPPED | OutcomeKind.UNSAFE:
            return False
        case unknown:
            assert_never(unknown)
