"""What must outlive the daemon: vessels, their runs, and facts about the node, in one SQLite file.

What should be is written here before it is done. Every function is one transaction, and returns when that is on the
disk, unless it says otherwise.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from seattle.fabric.node_api import Layer, RestartPolicy
from seattle.identity.keys import PublicKey
from seattle.identity.write_ahead import WriteAheadLog
from seattle.node.database import migrate, transaction, unsynced
from seattle.node.errors import FolderUnusable
from seattle.node.records import RunRecord, VesselRecord, layers_from_text, layers_to_text
from seattle.node.restarts import RestartPlan
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.resources.restrictions import Restrictions, format_restrictions, parse_restrictions

RUNS_KEPT: Final = 1000  # of each vessel, the latest ones
MAX_DETAIL: Final = 64 * 1024  # characters of an outcome's detail that are kept

# Each entry brings a file from one version (`PRAGMA user_version`) to the next. Only ever append.
MIGRATIONS: Final = (
    """
    CREATE TABLE fact (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE vessel (
        name TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        owner_information TEXT NOT NULL DEFAULT '' CHECK (length(owner_information) <= 256),
        advertise INTEGER NOT NULL DEFAULT 1 CHECK (advertise IN (0, 1)),
        resources TEXT NOT NULL, -- a restrictions file
        latest_run INTEGER -- since it was fresh
    ) STRICT;

    CREATE TABLE vessel_user (
        vessel TEXT NOT NULL REFERENCES vessel (name) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (vessel, place),
        UNIQUE (vessel, key)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE run (
        vessel TEXT NOT NULL REFERENCES vessel (name) ON DELETE CASCADE,
        number INTEGER NOT NULL CHECK (number >= 1),
        program TEXT NOT NULL,
        digest TEXT NOT NULL,
        arguments TEXT NOT NULL, -- JSON
        log_start INTEGER NOT NULL CHECK (log_start >= 0), -- bytes
        asked_at REAL NOT NULL, -- seconds since 1970
        wanted INTEGER NOT NULL DEFAULT 1 CHECK (wanted IN (0, 1)),
        outcome TEXT,
        detail TEXT NOT NULL DEFAULT '',
        ended_at REAL, -- seconds since 1970
        PRIMARY KEY (vessel, number),
        CHECK ((outcome IS NULL) = (ended_at IS NULL)),
        CHECK (outcome IS NULL OR wanted = 0)
    ) STRICT, WITHOUT ROWID;
    """,
    # Runs up to this number had ended when the vessel was made fresh: their part of the log is gone.
    "ALTER TABLE vessel ADD COLUMN fresh_after INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE restart_plan ( -- of programs that shall start again when they have ended
        vessel TEXT PRIMARY KEY REFERENCES vessel (name) ON DELETE CASCADE,
        policy TEXT NOT NULL CHECK (policy IN ('on-failure', 'always')),
        short_runs INTEGER NOT NULL CHECK (short_runs >= 0),
        again_at REAL -- seconds since 1970; NULL while it runs
    ) STRICT, WITHOUT ROWID;
    """,
    "ALTER TABLE run ADD COLUMN layers TEXT NOT NULL DEFAULT '[]'",  # JSON
)

LAST_NAME_FACT: Final = "last_name"  # the highest number that a vessel has ever been named by

_VESSELS: Final = "SELECT name, owner, owner_information, advertise, resources FROM vessel"
_RUNS: Final = (
    "SELECT run.vessel, number, program, digest, arguments, layers, log_start, asked_at, wanted, outcome, detail,"
    " ended_at"
    " FROM run"
)


class Store:
    """One daemon's store. Without a path it lives in memory: for tests. Raises FolderUnusable for a damaged file."""

    def __init__(self, path: Path | None) -> None:
        self._db = sqlite3.connect(":memory:" if path is None else path, isolation_level=None)
        self._vessels: dict[str, VesselRecord] | None = None  # as they are in the file; asked for by every call
        self._shares: dict[PublicKey, tuple[str, ...]] = {}  # of those who hold these
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            # Full: what a caller was told is done must be there after a power cut.
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            migrate(self._db, MIGRATIONS)
            self._log = WriteAheadLog(path)
        except (OSError, sqlite3.OperationalError):  # the disk, not the file
            self._db.close()
            raise
        except sqlite3.DatabaseError as why:
            self._db.close()
            raise FolderUnusable(f"{path} can't be used ({why}): restore it, or begin with an empty folder") from why

    def close(self) -> None:
        """Close the file."""
        self._log.close()
        self._db.close()

    def sync(self) -> None:
        """Return when all that was written before is on the disk. It blocks; any thread may call it."""
        self._log.sync()

    # --- facts ---------------------------------------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        """What was remembered under this name."""
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def remember(self, facts: Mapping[str, str]) -> None:
        """Remember these, instead of what was remembered under their names."""
        with self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", facts.items())

    # --- vessels -------------------------------------------------------------------------------------------

    def lay_out(self, vessels: Sequence[VesselRecord], facts: dict[str, str]) -> None:
        """Make the first vessels, and remember `facts`: all of it or nothing."""
        with self._transaction():
            for vessel in vessels:
                self._add(vessel)
            self._db.executemany("INSERT INTO fact (name, value) VALUES (?, ?)", facts.items())
        self._vessels = None

    def vessels(self) -> list[VesselRecord]:
        """All vessels, by name."""
        return list(self._by_name().values())

    def vessel(self, name: str) -> VesselRecord | None:
        """The vessel of this name."""
        return self._by_name().get(name)

    def shares(self) -> Mapping[PublicKey, tuple[str, ...]]:
        """Whoever owns or may use a vessel, with the groups in which they count as one with others.

        The users of a vessel are a group, since one user may have many keys; an owner is in none.
        """
        self._by_name()
        return self._shares

    def replace(self, vessel: VesselRecord) -> None:
        """Write this record in place of the one with its name: all of it but its resources, which never change.

        It is on the disk after `sync`.
        """
        with unsynced(self._db), self._transaction():
            self._db.execute(
                "UPDATE vessel SET owner = ?, owner_information = ?, advertise = ? WHERE name = ?",
                (vessel.owner.id, vessel.owner_information, int(vessel.advertise), vessel.name),
            )
            self._db.execute("DELETE FROM vessel_user WHERE vessel = ?", (vessel.name,))
            self._add_users(vessel)
        self._vessels = None

    def new_names(self, count: int) -> list[str]:
        """Names that no vessel of this node has ever had. They count as had once `exchange` has written them."""
        last = max(int(self.fact(LAST_NAME_FACT) or 0), *(number_of(name) for name in self._by_name()), 0)
        return [f"v{number}" for number in range(last + 1, last + 1 + count)]

    def exchange(self, gone: Sequence[str], made: Sequence[VesselRecord]) -> None:
        """Write down that some vessels are there in place of others: all of it or nothing."""
        with self._transaction():
            self._db.executemany("DELETE FROM vessel WHERE name = ?", [(name,) for name in gone])
            for vessel in made:
                self._add(vessel)
            self._db.execute(
                "INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)",
                (LAST_NAME_FACT, str(max(number_of(vessel.name) for vessel in made))),
            )
        self._vessels = None

    # --- runs ----------------------------------------------------------------------------------------------

    def begin_run(
        self,
        vessel: str,
        *,
        program: str,
        digest: str,
        arguments: Sequence[str],
        log_start: int,
        now: float,
        layers: Sequence[Layer] = (),
        plan: RestartPlan | None = None,
    ) -> RunRecord:
        """Write down that a program should be running, and what shall be when it ends. `now`: seconds since 1970."""
        with self._transaction():
            (last,) = self._db.execute("SELECT max(number) FROM run WHERE vessel = ?", (vessel,)).fetchone()
            number = (last or 0) + 1
            self._db.execute(
                "INSERT INTO run (vessel, number, program, digest, arguments, layers, log_start, asked_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (vessel, number, program, digest, json.dumps(list(arguments)), layers_to_text(layers), log_start, now),
            )
            self._db.execute("UPDATE vessel SET latest_run = ? WHERE name = ?", (number, vessel))
            self._db.execute("DELETE FROM run WHERE vessel = ? AND number <= ?", (vessel, number - RUNS_KEPT))
            self._plan(vessel, plan)
        return self._existing_run(vessel, number)

    def forget_run(self, vessel: str, number: int, *, before: int | None, plan: RestartPlan | None = None) -> None:
        """Take back a run that could not even begin: the latest is again number `before`, if there was one."""
        with self._transaction():
            self._plan(vessel, plan)
            self._db.execute("DELETE FROM run WHERE vessel = ? AND number = ?", (vessel, number))
            self._db.execute("UPDATE vessel SET latest_run = ? WHERE name = ?", (before, vessel))

    def want_stopped(self, vessel: str, number: int) -> None:
        """Write down that a run should not be running any more. Not synced: a power cut would end it, too."""
        with unsynced(self._db):
            self._db.execute("UPDATE run SET wanted = 0 WHERE vessel = ? AND number = ?", (vessel, number))

    def end_run(
        self, vessel: str, number: int, outcome: Outcome, *, at: float, plan: RestartPlan | None = None
    ) -> RunRecord:
        """Record how a run ended, `at` seconds since 1970, and what shall be now.

        The first outcome counts; the record as it then is. It is on the disk after `sync`.
        """
        with unsynced(self._db), self._transaction():
            ended = self._db.execute(
                "UPDATE run SET wanted = 0, outcome = ?, detail = ?, ended_at = ?"
                " WHERE vessel = ? AND number = ? AND outcome IS NULL",
                (outcome.kind.value, outcome.detail[:MAX_DETAIL], at, vessel, number),
            )
            if ended.rowcount:
                self._plan(vessel, plan)
        return self._existing_run(vessel, number)

    def restart_plan(self, vessel: str) -> RestartPlan | None:
        """Whether, and when, the vessel's program shall start again."""
        row = self._db.execute(
            "SELECT policy, short_runs, again_at FROM restart_plan WHERE vessel = ?", (vessel,)
        ).fetchone()
        if row is None:
            return None
        policy, short_runs, again_at = row
        return RestartPlan(policy=RestartPolicy(policy), short_runs=short_runs, again_at=again_at)

    def plan_restart(self, vessel: str, plan: RestartPlan | None) -> None:
        """Write down that it shall, or (None) shall not."""
        with self._transaction():
            self._plan(vessel, plan)

    def latest_run(self, vessel: str) -> RunRecord | None:
        """The vessel's latest run since it was fresh."""
        row = self._db.execute(
            f"{_RUNS} JOIN vessel ON run.vessel = vessel.name AND number = latest_run WHERE vessel.name = ?", (vessel,)
        ).fetchone()
        return None if row is None else _run_record(row)

    def runs(self, vessel: str) -> list[RunRecord]:
        """The vessel's runs that are remembered, oldest first; a reset doesn't forget them."""
        rows = self._db.execute(f"{_RUNS} WHERE vessel = ? ORDER BY number", (vessel,)).fetchall()
        return [_run_record(row) for row in rows]

    def begin_reset(self, vessel: str) -> None:
        """Write down that all of a vessel is to be cleared, and nothing shall start again."""
        with self._transaction():
            self._plan(vessel, None)
            self._db.execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?, '')", (_resetting(vessel),))

    def is_resetting(self, vessel: str) -> bool:
        """Whether a reset has begun and not come to its end."""
        return self.fact(_resetting(vessel)) is not None

    def run(self, vessel: str, number: int) -> RunRecord | None:
        """This run, if it is remembered."""
        row = self._db.execute(f"{_RUNS} WHERE vessel = ? AND number = ?", (vessel, number)).fetchone()
        return None if row is None else _run_record(row)

    def log_end(self, run: RunRecord) -> int | None:
        """Where in the log the part of an earlier run ends, in bytes; None if that part is gone with a reset."""
        (fresh_after,) = self._db.execute("SELECT fresh_after FROM vessel WHERE name = ?", (run.vessel,)).fetchone()
        if run.number <= fresh_after:
            return None
        (end,) = self._db.execute(
            "SELECT min(log_start) FROM run WHERE vessel = ? AND number > ?", (run.vessel, run.number)
        ).fetchone()
        return None if end is None else int(end)

    def make_fresh(self, vessel: str) -> None:
        """Write down that nothing has run since now: the end of a reset."""
        with self._transaction():
            self._db.execute(
                "UPDATE vessel SET latest_run = NULL, fresh_after ="
                " (SELECT coalesce(max(number), 0) FROM run WHERE run.vessel = vessel.name) WHERE name = ?",
                (vessel,),
            )
            self._db.execute("DELETE FROM fact WHERE name = ?", (_resetting(vessel),))

    # --- below ---------------------------------------------------------------------------------------------

    def _by_name(self) -> dict[str, VesselRecord]:
        if self._vessels is None:
            rows = self._db.execute(f"{_VESSELS} ORDER BY length(name), name").fetchall()
            self._vessels = {row[0]: self._vessel(row) for row in rows}
            self._shares = _shares(self._vessels.values())
        return self._vessels

    def _transaction(self) -> AbstractContextManager[None]:
        return transaction(self._db)

    def _add(self, vessel: VesselRecord) -> None:
        self._db.execute(
            "INSERT INTO vessel (name, owner, owner_information, advertise, resources) VALUES (?, ?, ?, ?, ?)",
            (
                vessel.name,
                vessel.owner.id,
                vessel.owner_information,
                int(vessel.advertise),
                format_restrictions(Restrictions(vessel.resources)),
            ),
        )
        self._add_users(vessel)

    def _add_users(self, vessel: VesselRecord) -> None:
        self._db.executemany(
            "INSERT INTO vessel_user (vessel, place, key) VALUES (?, ?, ?)",
            [(vessel.name, place, user.id) for place, user in enumerate(vessel.users)],
        )

    def _plan(self, vessel: str, plan: RestartPlan | None) -> None:
        self._db.execute("DELETE FROM restart_plan WHERE vessel = ?", (vessel,))
        if plan is not None:
            self._db.execute(
                "INSERT INTO restart_plan (vessel, policy, short_runs, again_at) VALUES (?, ?, ?, ?)",
                (vessel, plan.policy.value, plan.short_runs, plan.again_at),
            )

    def _vessel(self, row: tuple[str, str, str, int, str]) -> VesselRecord:
        name, owner, information, advertise, resources = row
        users = self._db.execute("SELECT key FROM vessel_user WHERE vessel = ? ORDER BY place", (name,)).fetchall()
        return VesselRecord(
            name=name,
            owner=PublicKey.from_id(owner),
            users=tuple(PublicKey.from_id(key) for (key,) in users),
            resources=parse_restrictions(resources, source=f"resources of {name}").vector,
            owner_information=information,
            advertise=bool(advertise),
        )

    def _existing_run(self, vessel: str, number: int) -> RunRecord:
        found = self.run(vessel, number)
        assert found is not None  # it was written just now
        return found


def _shares(vessels: Collection[VesselRecord]) -> dict[PublicKey, tuple[str, ...]]:
    shares: dict[PublicKey, tuple[str, ...]] = {}
    for vessel in vessels:
        for user in vessel.users:
            shares[user] = (*shares.get(user, ()), f"users of {vessel.name}")
    return shares | {vessel.owner: () for vessel in vessels}


def number_of(name: str) -> int:
    """The number in a vessel's name; 0 for a name without one."""
    return int(name[1:]) if name[1:].isdecimal() else 0


def _resetting(vessel: str) -> str:
    return f"resetting {vessel}"


def _run_record(row: tuple[str, int, str, str, str, str, int, float, int, str | None, str, float | None]) -> RunRecord:
    vessel, number, program, digest, arguments, layers, log_start, asked_at, wanted, outcome, detail, ended_at = row
    return RunRecord(
        vessel=vessel,
        number=number,
        program=program,
        digest=digest,
        arguments=tuple(json.loads(arguments)),
        log_start=log_start,
        asked_at=asked_at,
        wanted=bool(wanted),
        layers=layers_from_text(layers),
        outcome=None if outcome is None else Outcome(OutcomeKind(outcome), detail),
        ended_at=ended_at,
    )
