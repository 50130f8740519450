"""What Django asks of a backend for a database, by the name that Django wants it under."""

from typing import Any, Final

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool, PoolTimeout

ASK_WHY: Final = 2  # seconds for one more connection, which says why there was none


class DatabaseWrapper(base.DatabaseWrapper):
    """Where one connection of the pool is found dead, all that lie idle are replaced.

    When the database was restarted, all of them are dead. The pool tries one after the other, with ever longer pauses:
    whoever came first after a restart waited for ten seconds, and was told that there is no connection to be had.
    """

    @property
    def pool(self) -> Any:
        """The one of all threads; it is made when it is asked for first."""
        options = self.settings_dict["OPTIONS"].get("pool")
        pools: dict[str, Any] = self._connection_pools  # type: ignore[attr-defined]  # of the class; its stubs leave it out
        alias = self.alias

        def check(connection: psycopg.Connection) -> None:
            try:
                ConnectionPool.check_connection(connection)
            except psycopg.Error:
                pools[alias].drain()
                raise

        if alias != NO_DB_ALIAS and options and alias not in pools:
            kwargs = {**self.get_connection_params(), "autocommit": True}  # Django sets it as it needs it
            configure = self._configure_connection  # type: ignore[attr-defined]  # as above
            made: Any = ConnectionPool(kwargs=kwargs, open=False, configure=configure, check=check, **options)
            pools.setdefault(alias, made)
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """From the pool, which knows only that it waited in vain: why, one attempt without it tells."""
        try:
            return super().get_new_connection(conn_params)
        except PoolTimeout as why:
            raise psycopg.OperationalError(f"{why}: {_what_is_wrong(conn_params)}") from why


def _what_is_wrong(conn_params: dict[str, Any]) -> str:
    try:
        psycopg.connect(**{**conn_params, "connect_timeout": ASK_WHY}).close()
    except psycopg.Error as why:
        return str(why).strip()
    return "all that this process may have are in use, or the database is only now back"
