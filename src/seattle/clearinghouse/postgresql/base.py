"""What Django asks of a backend for a database, by the name that Django wants it under."""

from typing import Any, ClassVar, Final, Self

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool, PoolTimeout

IN_USE: Final = "all that this process may have are in use"


class _Attempts(psycopg.Connection[Any]):
    """The connections of one pool. The class remembers why the latest attempt failed; it is empty if it did not."""

    failed: ClassVar[str] = ""

    @classmethod
    def connect(cls, *args: Any, **kwargs: Any) -> Self:
        try:
            made = super().connect(*args, **kwargs)
        except psycopg.Error as why:
            cls.failed = str(why).strip()
            raise
        cls.failed = ""
        return made


class DatabaseWrapper(base.DatabaseWrapper):
    """A pool that tells a database that is away from one that is busy, and bears with a restart of it.

    Where one connection of the pool is found dead, all that lie idle are replaced. When the database was restarted, all
    of them are dead. The pool would try one after the other, with ever longer pauses: whoever comes first after a
    restart would wait in vain, and be told that there is no connection to be had.
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
            attempts = type("Attempts", (_Attempts,), {})
            made: Any = ConnectionPool(
                kwargs=kwargs, connection_class=attempts, open=False, configure=configure, check=check, **options
            )
            pools.setdefault(alias, made)
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """From the pool, which knows only that it waited in vain: its latest attempt tells why.

        Where that failed, nobody is made to wait any longer. Where others have all connections, it is worth as long
        again: they give them back.
        """
        try:
            return super().get_new_connection(conn_params)
        except PoolTimeout as why:
            if failed := self.pool.connection_class.failed:
                raise psycopg.OperationalError(f"{why}: {failed}") from why
        try:
            return super().get_new_connection(conn_params)
        except PoolTimeout as why:
            raise psycopg.OperationalError(f"{why} twice: {self.pool.connection_class.failed or IN_USE}") from why
