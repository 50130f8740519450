"""What was here before: so that a request that is copied on its way is done once, restart or not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from seattle.identity.errors import Replayed, TooManyRequests
from seattle.identity.keys import PublicKey
from seattle.identity.write_ahead import WriteAheadLog

# Kept whatever the clock says, newest first: a clock that is set back must not revive what was just served.
KEPT_ANYWAY = 10_000
MAX_LIVE = 50_000  # requests; some 10 MB on disk
# So that callers in a loop shut out themselves, not the owner. Nor does any get more than is then left to all others:
# five of them together would fill it. Strangers, all together, get half of it: there may be any number of them.
MAX_LIVE_BY_CALLER = 10_000

# What is valid to a time beyond the window was met while a clock was wrong, here or there. It waits for its end,
# or until there are too many of its sort, and takes no room from those who come with the right time. What came from
# strangers, who can make keys without end, goes first, then what came from whoever has most: a broker that keeps a copy
# of one must not have it forgotten, and so served when its time has come.
WINDOW = 120.0  # seconds
MAX_AHEAD = 10_000

FORGET_EVERY = 64  # requests

_SCHEMA = """
CREATE TABLE IF NOT EXISTS nonce (
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    caller BLOB NOT NULL,
    nonce BLOB NOT NULL,
    valid_until REAL NOT NULL, -- seconds since 1970
    known INTEGER NOT NULL DEFAULT 0, -- whether the caller was one who has rights here
    UNIQUE (caller, nonce)
);
CREATE INDEX IF NOT EXISTS nonce_valid_until ON nonce (valid_until);
CREATE INDEX IF NOT EXISTS nonce_caller_valid_until ON nonce (caller, valid_until);
"""


class NonceCache:
    """Remembers each (caller, nonce) until its token can't be valid any more, in a SQLite file.

    What was remembered outlives this process at once, and a power cut once `sync` has returned: whoever acts on a
    request or answers it waits for that, since else a copy of it could be served when the power is back.

    It only asks whether a request is the same as an earlier one, never whether it is later: a request dated
    far ahead shuts nobody out. For one thread of one process at a time. Without a path it lives in memory
    and forgets at the end: for tests.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        kept_anyway: int = KEPT_ANYWAY,
        max_live: int = MAX_LIVE,
        max_live_by_caller: int = MAX_LIVE_BY_CALLER,
        max_ahead: int = MAX_AHEAD,
    ) -> None:
        self._kept_anyway = kept_anyway
        self._max_live = max_live
        self._max_live_by_caller = max_live_by_caller
        self._max_ahead = max_ahead
        self._db = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            # Normal, and `sync`: full is the same call to the disk, but for each request, and here.
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)
            columns = [name for _, name, *_ in self._db.execute("PRAGMA table_info(nonce)")]
            if "known" not in columns:  # a node that made no difference between callers has left the file
                self._db.execute("ALTER TABLE nonce ADD COLUMN known INTEGER NOT NULL DEFAULT 0")
            self._log = WriteAheadLog(path)
        except BaseException:
            self._db.close()
            raise

    def remember(self, caller: PublicKey, nonce: bytes, *, valid_until: float, now: float, known: bool = False) -> None:
        """Record an authentic request, before it is served. Both times are in seconds since 1970.

        `known`: whether the caller has any right here, so that a copy of the request could do something.

        Raises Replayed if it was recorded before, TooManyRequests if there is no room to remember it.
        """
        if self._met(caller, nonce):
            raise Replayed("this request was here before")
        room = (self._max_live if known else self._max_live // 2) - self._live(now)
        if self._live_by(caller, now) >= min(self._max_live_by_caller, room):
            raise TooManyRequests("too many requests at once", hint="try again in half a minute")
        try:
            added = self._db.execute(
                "INSERT INTO nonce (caller, nonce, valid_until, known) VALUES (?, ?, ?, ?)",
                (caller.raw, nonce, valid_until, known),
            )
        except sqlite3.IntegrityError as there:  # another process has the same file, against the advice above
            raise Replayed("this request was here before") from there
        if (added.lastrowid or 0) % FORGET_EVERY == 0:
            self._forget(now)

    def sync(self) -> None:
        """Return when all that was remembered before is on the disk. It blocks; any thread may call it."""
        self._log.sync()

    def close(self) -> None:
        """Close the file. What it remembers stays in it."""
        self._log.close()
        self._db.close()

    def _forget(self, now: float) -> None:
        # The plus keeps SQLite from its index of times: it would walk through all that are kept anyway.
        self._db.execute(
            "DELETE FROM nonce WHERE +valid_until < ? AND serial <= (SELECT MAX(serial) FROM nonce) - ?",
            (now, self._kept_anyway),
        )
        # Of each caller the furthest first: the nearer its time, the sooner a copy could be of use to somebody.
        self._db.execute(
            "DELETE FROM nonce WHERE serial IN (SELECT serial FROM ("
            "SELECT serial, known, row_number() OVER (PARTITION BY caller ORDER BY valid_until) AS place"
            " FROM nonce WHERE valid_until > ?)"
            " ORDER BY known DESC, place LIMIT -1 OFFSET ?)",
            (now + WINDOW, self._max_ahead),
        )

    def _met(self, caller: PublicKey, nonce: bytes) -> bool:
        return bool(self._count("SELECT COUNT(*) FROM nonce WHERE caller = ? AND nonce = ?", caller.raw, nonce))

    def _live(self, now: float) -> int:
        return self._count("SELECT COUNT(*) FROM nonce WHERE valid_until BETWEEN ? AND ?", now, now + WINDOW)

    def _live_by(self, caller: PublicKey, now: float) -> int:
        return self._count(
            "SELECT COUNT(*) FROM nonce WHERE caller = ? AND valid_until BETWEEN ? AND ?",
            caller.raw,
            now,
            now + WINDOW,
        )

    def _count(self, query: str, *values: bytes | float) -> int:
        count: int = self._db.execute(query, values).fetchone()[0]
        return count
