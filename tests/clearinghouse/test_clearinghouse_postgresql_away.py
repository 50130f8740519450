"""What an operator is told when PostgreSQL can't be had: why, and which setting to look at."""

import socket

import psycopg
import pytest
from django.db.utils import ConnectionHandler


def test_given_nobody_at_the_databases_address_when_it_is_asked_then_the_error_says_so_and_names_the_setting() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # held, but not listened on: whoever connects is refused
        away = {
            "ENGINE": "seattle.clearinghouse.postgresql",
            "HOST": "127.0.0.1",
            "PORT": str(held.getsockname()[1]),
            "NAME": "seattle",
            "USER": "seattle",
            "PASSWORD": "a-secret",
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 2, "timeout": 0.5}},
        }
        connection = ConnectionHandler({"default": away})["default"]
        try:
            with pytest.raises(psycopg.OperationalError, match="refused") as told:
                connection.get_new_connection(connection.get_connection_params())
        finally:
            connection.close_pool()  # type: ignore[attr-defined]  # of the backend for PostgreSQL
    assert "SEATTLE_SITE_DATABASE_URL" in str(told.value)
    assert "a-secret" not in str(told.value)
