"""What the node's SQLite files have in common: versions that follow one another, and changes that are whole."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from seattle.node.errors import FolderUnusable


def migrate(db: sqlite3.Connection, migrations: Sequence[str]) -> None:
    """Bring a file from its version (`PRAGMA user_version`) to the latest. Raises FolderUnusable for a newer one."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        raise FolderUnusable(f"this folder was written by a newer version (store {version}): upgrade seattle")
    for number, script in enumerate(migrations[version:], start=version + 1):
        # One script, one transaction: a crash leaves the old version whole.
        db.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # also after a COMMIT that failed for want of room
            db.execute("ROLLBACK")
        raise


@contextmanager
def unsynced(db: sqlite3.Connection) -> Iterator[None]:
    """Don't wait for the disk: whoever has to be sure of what is written inside syncs the file's log afterwards."""
    db.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        db.execute("PRAGMA synchronous = FULL")
