"""Waiting for orders: many at once, at the price of one, and without keeping others from anything."""

import asyncio
import socket
import threading
from collections.abc import Callable
from time import monotonic

import httpx
import pytest
from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string
from tests.clearinghouse.asking import with_api_key
from tests.clearinghouse.live_site import served

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api import watching
from seattle.clearinghouse.fleet.models import Node
from seattle.clearinghouse.leases import services
from seattle.clearinghouse.leases.models import Kind, Order
from seattle.clearinghouse.server import listen

NewUser = Callable[..., User]
NewNode = Callable[..., Node]


@pytest.fixture
def order(transactional_db: None, new_user: NewUser, new_node: NewNode) -> Order:
    new_node()
    return services.acquire(new_user("alice"), Kind.RANDOM, 1)


def header_of(user: User) -> dict[str, str]:
    authorization = with_api_key(user).authorization
    assert authorization is not None
    return {"Authorization": authorization("", "", b"")}


def test_given_an_order_that_is_waited_for_when_it_is_settled_then_the_answer_comes(order: Order) -> None:
    headers = header_of(order.user)
    with served() as url, httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        timer = threading.Timer(0.5, settle, [order])
        timer.start()
        began = monotonic()
        answer = client.get(f"/api/v1/orders/{order.pk}?wait=20").json()
        timer.join()
    assert answer["state"] == Order.State.DONE
    assert monotonic() - began < 15


def test_given_an_order_that_is_not_settled_when_the_wait_is_over_then_the_answer_says_so(order: Order) -> None:
    with served() as url, httpx.Client(base_url=url, headers=header_of(order.user), timeout=30) as client:
        assert client.get(f"/api/v1/orders/{order.pk}?wait=0.3").json()["state"] == Order.State.WORKING


def test_given_many_who_wait_when_somebody_else_asks_then_they_are_answered_meanwhile(order: Order) -> None:
    headers = header_of(order.user)

    async def ask_while_many_wait(url: str) -> list[str]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, limits=limits) as client:
            waiting = [asyncio.create_task(client.get(f"/api/v1/orders/{order.pk}?wait=30")) for _ in range(60)]
            while watching_now() < 60:
                await asyncio.sleep(0.05)
                assert not any(one.done() for one in waiting)
            assert (await client.get("/api/v1/account")).status_code == 200
            await asyncio.to_thread(settle, order)
            return [(await one).json()["state"] for one in waiting]

    with served() as url:
        assert asyncio.run(ask_while_many_wait(url)) == [Order.State.DONE] * 60


def settle(order: Order) -> None:
    services.assigned(order.leases.get())
    connections.close_all()


def watching_now() -> int:
    return sum(watch.count for watch in watching.watches())


def test_given_a_client_that_connects_when_it_is_answered_then_no_small_write_is_held_back() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        taken, _ = listener.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_given_the_middleware_when_a_view_waits_then_none_of_it_holds_a_thread_meanwhile() -> None:
    for name in settings.MIDDLEWARE:
        assert import_string(name).async_capable, name
