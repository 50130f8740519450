"""What Django asks of a backend for a database, by the name that Django wants it under."""

from typing import Any, ClassVar, Self

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool, PoolTimeout


class _Remembering(psycopg.Connection):
    """A connection whose class knows why the last of its kind could not be made: the pool itself tells logs alone."""

    trouble: ClassVar[str | None] = None

    @classmethod
    def connect(cls, *arguments: Any, **named: Any) -> Self:  # as the pool calls it
        try:
            made = super().connect(*arguments, **named)
        except psycopg.Error as why:
            cls.trouble = " ".join(str(why).split())
            raise
        cls.trouble = None
        return made


class DatabaseWrapper(base.DatabaseWrapper):
    """Where one connection of the pool is found dead, all that lie idle are replaced.

    When the database was restarted, all of them are dead. The pool tries one after the other, with ever longer pauses:
    whoever came first after a restart waited for ten seconds, and was told that there is no connection to be had.
    Where none can be made, what is raised says why: a wrong password, no such database, nobody there.
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
            made: Any = ConnectionPool(
                connection_class=type("Connection", (_Remembering,), {}),  # what one pool met is not another's
                kwargs=kwargs,
                open=False,
                configure=configure,
                check=check,
                **options,
            )
            pools.setdefault(alias, made)
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One of the pool's, as Django asks for it. Raises psycopg.OperationalError with what the server said."""
        try:
            return super().get_new_connection(conn_params)
        except PoolTimeout as why:
            trouble = self.pool.connection_class.trouble
            if trouble is None:
                raise  # it answers, and all connections are at work
            raise psycopg.OperationalError(f"{trouble} (see SEATTLE_SITE_DATABASE_URL)") from why
