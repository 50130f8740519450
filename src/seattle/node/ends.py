"""How a vessel's runs end, written down: for its owner in the store, for the donor in the journal."""

from typing import Final

import msgspec
import structlog

from seattle.node.accounts import Account
from seattle.node.folders import VesselFolders, opened
from seattle.node.records import RunRecord
from seattle.node.restarts import after_end
from seattle.node.surroundings import Surroundings
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.repy.outcome_file import read_account, read_outcome

NO_WORD: Final = Outcome(
    OutcomeKind.CRASHED, "the program's monitor died without a word, and the program was ended with it"
)
ABANDONED: Final = Outcome(OutcomeKind.STOPPED, "the node, after the program's monitor did not answer")

log = structlog.get_logger()


class Ends:
    """Those of one vessel's runs. Whoever tells others of one waits until it is durable (`Surroundings.durable`)."""

    def __init__(self, folders: VesselFolders, around: Surroundings) -> None:
        self._folders = folders
        self._around = around

    def write_down(self, record: RunRecord, outcome: Outcome | None) -> RunRecord | None:
        """Record how a run ended: as we were told, else as its monitor wrote it down; None if it did neither.

        What is to become of its program then is in the store.
        """
        at = self._around.clock()
        if outcome is None:
            found = self._outcome_on_disk(record)
            if found is None:
                return None
            outcome, at = found
        store = self._around.store
        plan = store.restart_plan(record.vessel)
        if plan is not None:
            plan = after_end(plan, outcome, ran_for=at - record.asked_at, now=self._around.clock())
        ended = store.end_run(record.vessel, record.number, outcome, at=at, plan=plan)
        self._around.sockets.remove(record.name)
        self._around.journal.end(record, outcome, self._account(record), at=at)
        log.info("run_ended", vessel=record.vessel, run=record.number, outcome=outcome.kind.value)
        return ended

    def _outcome_on_disk(self, record: RunRecord) -> tuple[Outcome, float] | None:
        with opened(self._folders.log) as fd:
            try:
                return read_outcome(fd)
            except (OSError, ValueError) as why:  # a disk that lost half of it
                log.warning("outcome_unreadable", vessel=record.vessel, error=str(why))
                return None

    def _account(self, record: RunRecord) -> Account | None:
        """What the run that has ended has cost, as its monitor wrote it down; None if it did not."""
        with opened(self._folders.log) as fd:
            try:
                account = msgspec.convert(read_account(fd), Account | None)
                msgspec.json.encode(account)  # which characters that are no text keep it from
            except (OSError, ValueError) as why:  # as above
                log.warning("account_unreadable", vessel=record.vessel, error=str(why))
                return None
            return account

    def note_lost(self, record: RunRecord) -> None:
        """A run has ended, and nobody could write down how: most likely the power failed."""
        log.warning("run_lost", vessel=record.vessel, run=record.number)
        store, now = self._around.store, self._around.clock()
        plan = store.restart_plan(record.vessel)
        if plan is not None and plan.again_at is None:
            store.plan_restart(record.vessel, after_end(plan, None, ran_for=0.0, now=now))
