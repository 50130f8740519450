"""What the site says of itself: /healthz, /readyz, /metrics, and its log of requests."""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import structlog
from django.db import OperationalError, connection
from django.db.utils import ConnectionHandler
from django.test import Client
from django.utils import timezone
from starlette.types import Message, Receive, Scope, Send
from tests.ports import free_ports

from seattle.clearinghouse import access_log
from seattle.clearinghouse.access_log import AccessLog, shown_path
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.journal.models import Heartbeat
from seattle.clearinghouse.leases import services as leases
from seattle.clearinghouse.leases.models import Kind
from seattle.clearinghouse.worker.chores import Chores
from seattle.fabric.events import harmless

TOKEN = "a token of twenty-three"


def beat(age: timedelta = timedelta()) -> None:
    now = timezone.now()
    Heartbeat.objects.create(worker="w1", started_at=now - age, at=now - age)


def allow(settings: Any, **changes: Any) -> None:
    settings.SITE = msgspec.structs.replace(settings.SITE, **changes)


def test_given_any_name_of_the_host_when_probed_then_the_site_lives_and_asks_no_database() -> None:
    answer = Client().get("/healthz", headers={"host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_given_a_worker_that_lives_when_probed_then_the_site_is_ready(db: None) -> None:
    beat()
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert {part["part"]: part["state"] for part in answer.json()["parts"]} == {
        "database": "ok",
        "migrations": "ok",
        "worker": "ok",
    }


def test_given_no_worker_for_a_while_when_probed_then_it_is_not_ready_and_says_since_when(db: None) -> None:
    beat(timedelta(minutes=10))
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "the last was seen at" in answer.content.decode()


def test_given_a_worker_that_ended_as_it_should_when_probed_then_it_is_not_at_work_and_was_seen_until_then(
    db: None, settings: Any
) -> None:
    allow(settings, metrics_token=TOKEN)
    chores = Chores("w1", started_at=timezone.now())
    chores.do(timezone.now())
    assert Client().get("/readyz").status_code == 200
    chores.stop(timezone.now())
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "the last was seen at" in answer.content.decode()
    figures = Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).content.decode()
    assert 'worker="w1"' not in figures  # it is nobody's fault that it is silent
    Chores("w1", started_at=timezone.now()).do(timezone.now())
    assert Client().get("/readyz").status_code == 200


def test_given_a_database_that_does_not_answer_when_probed_then_strangers_learn_no_more_than_that(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError('connection to "10.0.0.5" failed for user "seattle"')

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", refuse)
        answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"] == [{"part": "database", "state": "failed", "text": "it does not answer"}]


def test_given_the_database_was_restarted_when_requests_come_then_they_are_answered(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connections that could be lost")

    many = 6
    all_ask = threading.Barrier(many)

    def ask_at_once() -> None:
        try:
            User.objects.count()
            all_ask.wait(20)
        finally:
            connection.close()  # it goes back to the pool

    def ask() -> int:
        try:
            return User.objects.count()
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as requests:
        for one in [requests.submit(ask_at_once) for _ in range(many)]:
            one.result()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert requests.submit(ask).result() == 0


def test_given_nobody_where_the_database_should_be_when_it_is_asked_then_the_operator_is_told_why(
    django_db_blocker: Any,
) -> None:
    (port,) = free_ports(1)
    where = {"HOST": "127.0.0.1", "PORT": port, "NAME": "seattle", "USER": "seattle"}
    pool = {"pool": {"min_size": 0, "max_size": 1, "timeout": 0.2}}
    engine = "seattle.clearinghouse.postgresql"
    gone: Any = ConnectionHandler({"default": {}, "gone": {"ENGINE": engine, "OPTIONS": pool, **where}})["gone"]
    try:
        with (
            django_db_blocker.unblock(),
            pytest.raises(OperationalError, match=r"a connection after 0\.20 sec: .*Connection refused"),
        ):
            gone.ensure_connection()
    finally:
        gone.close_pool()


def test_given_all_connections_in_use_when_one_more_is_wanted_then_it_waits_for_longer_than_for_a_database_that_is_away(
    transactional_db: None,
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no pool of connections")
    options = {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 0, "max_size": 1, "timeout": 0.2}}
    handler: Any = ConnectionHandler({"default": {}, "busy": {**connection.settings_dict, "OPTIONS": options}})
    first, second = handler.create_connection("busy"), handler.create_connection("busy")
    try:
        first.ensure_connection()
        with pytest.raises(OperationalError, match=r"0\.20 sec twice: all that this process may have are in use"):
            second.ensure_connection()
        first.close()
        second.ensure_connection()
    finally:
        second.close()
        second.close_pool()


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}])
def test_given_no_right_to_metrics_when_asked_for_then_they_are_refused(
    db: None, settings: Any, headers: dict[str, str]
) -> None:
    allow(settings, metrics_from=["10.0.0.0/8"], metrics_token=TOKEN)
    assert Client(REMOTE_ADDR="192.0.2.1").get("/metrics", headers=headers).status_code == 403


def test_given_no_setting_for_metrics_when_asked_for_then_nobody_gets_them(db: None) -> None:
    assert Client(REMOTE_ADDR="127.0.0.1").get("/metrics", headers={"authorization": "Bearer "}).status_code == 403


@pytest.mark.parametrize(
    ("address", "headers"), [("10.1.2.3", {}), ("192.0.2.1", {"authorization": f"Bearer {TOKEN}"})]
)
def test_given_a_right_to_metrics_when_asked_for_then_the_figures_are_those_of_the_database(
    new_user: Callable[..., User],
    new_node: Callable[..., Node],
    settings: Any,
    address: str,
    headers: dict[str, str],
) -> None:
    allow(settings, metrics_from=["10.0.0.0/8"], metrics_token=TOKEN)
    new_node(vessels=3)
    leases.acquire(new_user(), Kind.RANDOM, 1)
    beat()
    text = Client(REMOTE_ADDR=address).get("/metrics", headers=headers).content.decode()
    assert 'seattle_vessels{state="free"} 2.0' in text
    assert 'seattle_nodes{online="true",state="ready"} 1.0' in text
    assert "seattle_orders_working 1.0" in text
    assert 'seattle_worker_silent_seconds{worker="w1"}' in text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/account/password/reset/key/4-c9z8x7-0123456789abcdef/", "/account/password/reset/key/.../"),
        ("/account/confirm-email/MQ:1tKx:Zk_a/", "/account/confirm-email/.../"),
        ("/donate/don_0123456789/", "/donate/.../"),
        ("/api/v1/vessels/", "/api/v1/vessels/"),
        ("/" + "x" * 1000, "/..."),
    ],
)
def test_given_a_path_with_a_secret_when_logged_then_it_is_left_out(path: str, shown: str) -> None:
    assert shown_path(path) == shown


def test_given_a_request_when_answered_then_one_line_has_who_and_how_long_and_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A logger keeps what it was set up with when it was first used, which other tests may have done.
    monkeypatch.setattr(access_log, "log", structlog.get_logger())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["user"] = 7
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/vessels/", "query_string": b"token=hunter2",
        "client": ("10.0.0.9", 1),
        "headers": [(b"cookie", b"sessionid=hunter2"), (b"authorization", b"Bearer hunter2")],
    }  # fmt: skip
    clock = iter([1.0, 1.25])
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        asyncio.run(AccessLog(app, clock=lambda: next(clock))(scope, receive, send))
    (line,) = lines
    request = dict(sent[0]["headers"])[b"x-request-id"].decode()
    assert {**line, "took_ms": 250.0} == {
        "event": "request", "log_level": "info", "method": "POST", "path": "/vessels/", "has_query": True,
        "status": 204, "took_ms": 250.0, "client": "10.0.0.9", "user": 7, "request": request,
    }  # fmt: skip
    assert "hunter2" not in json.dumps(line)


def test_given_a_path_that_would_steer_a_terminal_when_logged_for_people_then_its_characters_are_shown() -> None:
    line = harmless(None, "info", {"event": "request", "path": "/\x1b]0;owned\x07/\n", "status": 404})
    assert line == {"event": "request", "path": r"/\x1b]0;owned\x07/\n", "status": 404}
