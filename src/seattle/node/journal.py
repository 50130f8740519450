"""The journal: every run that there ever was, by whom, of which text, at what cost, and with whom it spoke.

It is the donor's, and answers what an outcry asks: "what did this computer do last Tuesday?". A run is written down
before it begins, its program's text is kept once by its digest, and resets and splits of vessels change nothing here.
What doesn't fit any more goes: first that of the key which takes up most, so that nobody can start programs until
all that others did is forgotten.
"""

import json
import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from seattle.fabric.node_api import Layer
from seattle.identity.write_ahead import WriteAheadLog
from seattle.node.accounts import Account
from seattle.node.database import migrate, transaction, unsynced
from seattle.node.errors import FolderUnusable
from seattle.node.records import RunRecord, layers_from_text, layers_to_text
from seattle.node.shares import Shares
from seattle.repy.outcome import Outcome

NOT_STARTED: Final = "not-started"  # in the place of an outcome: it never got going
UNSEEN: Final = "unseen"  # likewise: nobody saw its end, as after a power cut

MAX_DETAIL: Final = 4096  # characters of an outcome's detail that are kept: its end, which says most
MAX_TEXT: Final = 1 << 20  # bytes of a program that are kept; of a longer one, its digest tells what it was
MOST: Final = 100  # entries of one answer
_OVERHEAD: Final = 512  # bytes of an entry beyond what is counted, about
_DAY: Final = 86400.0  # seconds

_MIGRATIONS: Final = (
    """
    CREATE TABLE entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        vessel TEXT NOT NULL,
        run INTEGER NOT NULL,
        key TEXT NOT NULL,
        owner TEXT NOT NULL,
        program TEXT NOT NULL,
        digest TEXT NOT NULL,
        arguments TEXT NOT NULL, -- JSON
        began REAL NOT NULL, -- seconds since 1970
        ran INTEGER NOT NULL DEFAULT 0 CHECK (ran IN (0, 1)),
        ended REAL, -- seconds since 1970
        outcome TEXT NOT NULL DEFAULT '',
        detail TEXT NOT NULL DEFAULT '',
        account TEXT NOT NULL DEFAULT '', -- JSON
        size INTEGER NOT NULL,
        CHECK ((ended IS NULL) = (outcome = ''))
    ) STRICT;
    CREATE INDEX entry_by_key ON entry (key, id);
    CREATE INDEX entry_by_age ON entry (began);
    -- Used by statements that have this condition word by word.
    CREATE INDEX entry_open ON entry (vessel, run) WHERE outcome IN ('', 'unseen');

    CREATE TABLE program (
        digest TEXT PRIMARY KEY,
        key TEXT NOT NULL, -- who ran it first
        kept_at REAL NOT NULL, -- seconds since 1970
        size INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX program_by_key ON program (key, kept_at);
    CREATE INDEX program_by_age ON program (kept_at);

    -- By itself: a row is written anew whenever a column of it changes.
    CREATE TABLE program_text (
        digest TEXT PRIMARY KEY REFERENCES program (digest) ON DELETE CASCADE,
        text BLOB NOT NULL
    ) STRICT;
    """,
    "ALTER TABLE entry ADD COLUMN layers TEXT NOT NULL DEFAULT '[]'",  # JSON
)

_ENTRIES: Final = (
    "SELECT id, vessel, run, entry.key, owner, program, entry.digest, arguments, layers, began, ended, outcome,"
    " detail, account, program.digest IS NOT NULL FROM entry LEFT JOIN program USING (digest)"
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    id: int  # later ones have greater ones
    vessel: str
    run: int
    key: str  # id of the key that asked for it; empty: the node itself, for the vessel's owner
    owner: str  # id of the vessel's owner at that time
    program: str  # file name
    digest: str  # SHA-256, hexadecimal
    arguments: list[str]
    began: float  # seconds since 1970
    ended: float | None = None  # seconds since 1970
    outcome: str = ""  # a kind of outcome, NOT_STARTED or UNSEEN; empty while it runs
    detail: str = ""
    account: Account | None = None
    text_kept: bool = False  # whether the program can be read
    layers: tuple[Layer, ...] = ()  # that it ran beneath, the outermost first


class Journal:
    """The journal of one node. Without a path it lives in memory: for tests. Raises FolderUnusable if it is damaged.

    Args:
        path: of its file.
        most: bytes that entries may take, and as many again for programs.
        days: how long they are kept.
    """

    def __init__(self, path: Path | None, *, most: int = 16 << 20, days: float = 400.0) -> None:
        self._most = most
        self._seconds = days * _DAY
        self._db = sqlite3.connect(":memory:" if path is None else path, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")  # a power cut may be what somebody wants looked into
            self._db.execute("PRAGMA foreign_keys = ON")
            migrate(self._db, _MIGRATIONS)
            self._entries = Shares(self._db.execute("SELECT key, sum(size) FROM entry GROUP BY key"))
            self._programs = Shares(self._db.execute("SELECT key, sum(size) FROM program GROUP BY key"))
            self._log = WriteAheadLog(path)
        except (OSError, sqlite3.OperationalError):  # the disk, not the file
            self._db.close()
            raise
        except sqlite3.DatabaseError as why:
            self._db.close()
            raise FolderUnusable(f"the journal {path} can't be used ({why}): restore it, or move it away") from why

    def close(self) -> None:
        """Close the file."""
        self._log.close()
        self._db.close()

    def sync(self) -> None:
        """Return when all that was written before is on the disk. It blocks; any thread may call it."""
        self._log.sync()

    # --- writing -------------------------------------------------------------------------------------------

    def begin(self, run: RunRecord, *, key: str, owner: str, texts: Sequence[bytes | None]) -> None:
        """Write down that a program is about to run, for `key` (empty: for the node itself) in a vessel of `owner`.

        `texts` are the program's and its layers'; None for one that is too long to be kept.
        """
        words, layers = json.dumps(run.arguments), layers_to_text(run.layers)
        size = _OVERHEAD + len(words) + len(layers) + len(run.program)
        digests = [run.digest, *(layer.digest for layer in run.layers)]
        with transaction(self._db):
            self._db.execute(
                "INSERT INTO entry (vessel, run, key, owner, program, digest, arguments, layers, began, size)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (run.vessel, run.number, key, owner, run.program, run.digest, words, layers, run.asked_at, size),
            )
            self._entries.add(key, size)
            for digest, text in zip(digests, texts, strict=True):
                if text is not None and len(text) <= MAX_TEXT:
                    self._keep(digest, key, text, run.asked_at)
            self._forget(run.asked_at)

    def got_going(self, run: RunRecord) -> None:
        """Write down that the program runs."""
        self._db.execute(
            "UPDATE entry SET ran = 1 WHERE vessel = ? AND run = ? AND outcome = '' AND outcome IN ('', 'unseen')",
            (run.vessel, run.number),
        )

    def never_began(self, run: RunRecord, why: str, *, at: float) -> None:
        """Write down that the program did not get going after all. `at`: seconds since 1970."""
        self._close(run.vessel, run.number, NOT_STARTED, why, at, None)

    def end(self, run: RunRecord, outcome: Outcome, account: Account | None, *, at: float) -> None:
        """Write down how a run ended, `at` seconds since 1970, and what it has cost. The first end counts.

        It is on the disk after `sync`.
        """
        with unsynced(self._db):
            self._close(run.vessel, run.number, outcome.kind.value, outcome.detail, at, account)

    def close_unseen(self, *, running: Collection[str], now: float) -> None:
        """Close the entries of runs whose end nobody saw: all that are open, but those of vessels that are `running`.

        Should the end of one come to light later on, `end` still writes it down.
        """
        rows = self._db.execute(
            "SELECT vessel, run, ran FROM entry WHERE outcome = '' AND outcome IN ('', 'unseen')"
        ).fetchall()
        for vessel, run, ran in rows:
            if vessel not in running:
                why = "the daemon was away when it ended" if ran else "the daemon ended before the program had begun"
                self._close(vessel, run, UNSEEN if ran else NOT_STARTED, why, now, None)

    # --- reading -------------------------------------------------------------------------------------------

    def entries(self, match: str = "", *, before: int | None = None, count: int = MOST) -> list[Entry]:
        """Up to `count` entries, the latest first, of those with a lower id than `before`.

        `match`: a vessel's name, the beginning of a key's id or of a digest, a part of a program's or layer's name, or
        an address that was spoken with. Empty: all.
        """
        wanted = (
            "instr(entry.key, :match) = 1 OR instr(owner, :match) = 1 OR instr(entry.digest, :match) = 1"
            " OR vessel = :match OR instr(program, :match) > 0"
            " OR EXISTS (SELECT 1 FROM json_each(layers) WHERE instr(value ->> 'digest', :match) = 1"
            " OR instr(value ->> 'name', :match) > 0) OR instr(account, json_quote(:match)) > 0"
        )
        rows = self._db.execute(
            f"{_ENTRIES} WHERE (:before IS NULL OR id < :before) AND (:match = '' OR {wanted})"
            " ORDER BY id DESC LIMIT :count",
            {"match": match, "before": before, "count": min(count, MOST)},
        ).fetchall()
        return [_entry(row) for row in rows]

    def programs(self, digest: str) -> list[tuple[str, bytes]]:
        """Up to two programs whose digest begins like this, as digest and text."""
        return self._db.execute(
            "SELECT digest, text FROM program_text WHERE digest >= ?1 AND digest < ?1 || 'g' ORDER BY digest LIMIT 2",
            (digest,),  # a digest has no letter after f
        ).fetchall()

    # --- below ---------------------------------------------------------------------------------------------

    def _close(self, vessel: str, run: int, outcome: str, detail: str, at: float, account: Account | None) -> None:
        cost = "" if account is None else msgspec.json.encode(account).decode()
        detail = detail[-MAX_DETAIL:]
        added = len(cost) + len(detail)
        closed = self._db.execute(
            "UPDATE entry SET ended = ?, outcome = ?, detail = ?, account = ?, size = size + ?"
            " WHERE vessel = ? AND run = ? AND outcome IN ('', 'unseen') RETURNING key",
            (at, outcome, detail, cost, added, vessel, run),
        ).fetchall()
        for (key,) in closed:
            self._entries.add(key, added)

    def _keep(self, digest: str, key: str, text: bytes, now: float) -> None:
        if self._db.execute("UPDATE program SET kept_at = ? WHERE digest = ?", (now, digest)).rowcount:
            return
        size = _OVERHEAD + len(text)
        self._db.execute(
            "INSERT INTO program (digest, key, kept_at, size) VALUES (?, ?, ?, ?)", (digest, key, now, size)
        )
        self._db.execute("INSERT INTO program_text (digest, text) VALUES (?, ?)", (digest, text))
        self._programs.add(key, size)

    def _forget(self, now: float) -> None:
        """Let go of what is too old, and of what takes up too much. What runs is never forgotten."""
        oldest = now - self._seconds
        self._delete(self._entries, "DELETE FROM entry WHERE began < ? AND outcome <> '' RETURNING key, size", oldest)
        self._delete(self._programs, "DELETE FROM program WHERE kept_at < ? RETURNING key, size", oldest)
        self._make_room(self._entries, _OLDEST_ENTRY)
        self._make_room(self._programs, _OLDEST_PROGRAM)

    def _make_room(self, shares: Shares, statement: str) -> None:
        """Delete with this statement, the oldest of the key that takes up most, until what is left fits."""
        while shares.total > self._most:
            # A key all of whose runs go on has nothing that could go.
            if not any(self._delete(shares, statement, key) for key in shares.heaviest()):
                return

    def _delete(self, shares: Shares, statement: str, value: str | float) -> bool:
        """Whether anything was deleted."""
        gone = self._db.execute(statement, (value,)).fetchall()
        for key, size in gone:
            shares.add(key, -size)
        return bool(gone)


_OLDEST_ENTRY: Final = """
    DELETE FROM entry WHERE id = (SELECT id FROM entry WHERE key = ? AND outcome <> '' ORDER BY id LIMIT 1)
    RETURNING key, size
"""
_OLDEST_PROGRAM: Final = """
    DELETE FROM program WHERE digest = (SELECT digest FROM program WHERE key = ? ORDER BY kept_at LIMIT 1)
    RETURNING key, size
"""


def _entry(row: tuple[Any, ...]) -> Entry:
    (number, vessel, run, key, owner, program, digest, arguments, layers, *times, outcome, detail, account, kept) = row
    began, ended = times
    return Entry(
        id=number,
        vessel=vessel,
        run=run,
        key=key,
        owner=owner,
        program=program,
        digest=digest,
        arguments=json.loads(arguments),
        began=began,
        ended=ended,
        outcome=outcome,
        detail=detail,
        account=msgspec.json.decode(account, type=Account) if account else None,
        text_kept=bool(kept),
        layers=layers_from_text(layers),
    )
