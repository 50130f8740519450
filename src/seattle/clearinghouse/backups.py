"""A copy of the database in one file, made while the site runs; and an empty database filled from it.

SQLite copies itself; of PostgreSQL it is an archive of pg_dump, which pg_restore reads. Settings, secret key and the
worker's key are files of the operator's: they are not in it.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from django.db import connection

from seattle.clearinghouse.errors import BadRequest, CannotFulfil

_VARIABLES: Final = {
    "USER": "PGUSER",
    "PASSWORD": "PGPASSWORD",
    "HOST": "PGHOST",
    "PORT": "PGPORT",
    "NAME": "PGDATABASE",
}
_PATIENCE: Final = 3600  # seconds


def back_up(file: Path) -> None:
    """Copy the database into a new file (0600). Raises BadRequest, CannotFulfil."""
    if file.exists():
        raise BadRequest(f"{file} is there already: a backup never replaces anything")
    if connection.vendor == "sqlite" and not _sqlite_file().exists():
        raise CannotFulfil(f"there is no database at {_sqlite_file()}: SEATTLE_SITE_DATA names its folder")
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(_sqlite_file())) as ours, closing(sqlite3.connect(file)) as copy:
                ours.backup(copy)
        else:
            _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={file.absolute()}")
    except BaseException:
        file.unlink()
        raise


def restore(file: Path) -> None:
    """Fill the database, which must have no tables yet, from a backup of the same kind. Raises as `back_up`."""
    if not file.is_file():
        raise BadRequest(f"there is no backup at {file}")
    if connection.introspection.table_names():
        raise BadRequest("the database has tables already: restore into a new one, so that nothing is lost by mistake")
    connection.close()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(file)) as copy, closing(sqlite3.connect(_sqlite_file())) as ours:
            if not _is_whole(copy):
                raise CannotFulfil(f"{file} is damaged, or no backup of SQLite: take another")
            copy.backup(ours)
    else:
        _run("pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
             f"--dbname={connection.settings_dict['NAME']}", str(file.absolute()))  # fmt: skip


def _is_whole(copy: sqlite3.Connection) -> bool:
    try:
        return bool(copy.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:  # such as: "file is not a database"
        return False


def _sqlite_file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _run(program: str, *words: str) -> None:
    """Run one of PostgreSQL's own programs. Its password is in the environment, where no list of processes shows it."""
    found = shutil.which(program)
    if found is None:
        raise CannotFulfil(f"{program} is not installed: it comes with PostgreSQL (postgresql-client in Debian)")
    environment = {**os.environ, **_variables()}
    try:
        ended = subprocess.run(
            [found, *words], env=environment, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as why:
        raise CannotFulfil(f"{program} was not done after {_PATIENCE} seconds") from why
    if ended.returncode:
        raise CannotFulfil(f"{program} failed: {ended.stderr.strip()[-500:]}")


def _variables() -> dict[str, str]:
    given: dict[str, Any] = connection.settings_dict
    named = {variable: str(given[name]) for name, variable in _VARIABLES.items() if given.get(name)}
    host = given.get("OPTIONS", {}).get("host")
    return {**named, "PGHOST": str(host)} if host else named
