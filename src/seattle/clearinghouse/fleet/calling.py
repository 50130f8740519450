"""A call to the workers: something is to be done at nodes, and nobody should wait for it until they look again.

It is only a call. What is to be done is in the rows, where a worker that heard nothing finds it at its next look.
"""

from typing import Final

from django.db import connection

CHANNEL: Final = "seattle_work"


def call_workers() -> None:
    """Call them when this transaction is committed. On SQLite there is no way to; there they look often."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
