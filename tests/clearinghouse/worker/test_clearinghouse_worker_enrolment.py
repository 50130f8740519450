"""Enrolling through the site: who may is in the database, and the site itself has no key to enrol anybody with."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest
from django.utils import timezone
from tests.clearinghouse.worker.conftest import Person, Town, once
from tests.clearinghouse.worker.sites import site

from seattle.clearinghouse.accounts.models import User, UserKey
from seattle.clearinghouse.desk.models import CutOff
from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node
from seattle.clearinghouse.worker.orm import Orm
from seattle.fabric.authority import Role
from seattle.fabric.enrolment_client import fetch_credential
from seattle.fabric.errors import EnrolmentFailed, EnrolmentRefused
from seattle.identity.keys import KeyPair

pytestmark = [pytest.mark.anyio, once]

NewPerson = Callable[..., Awaitable[Person]]
NewToken = Callable[[], Awaitable[DonationToken]]


@pytest.fixture
async def enrol_url(town: Town, settings: Any) -> AsyncIterator[str]:
    worker = await town.worker()
    async with site(settings, enrolment_upstream=worker.ready.enrolment) as url:
        yield f"{url}/enrol"


async def test_given_an_accounts_key_when_it_enrols_then_its_credential_opens_the_fabric_until_the_key_is_retired(
    town: Town, enrol_url: str, new_person: NewPerson, orm: Orm
) -> None:
    alice = await new_person()
    got = await fetch_credential(enrol_url, alice.key, role=Role.USER)
    assert got.brokers == [town.server.url]
    await orm(UserKey.objects.filter(user=alice.user).update, retired_at=timezone.now())
    with pytest.raises(EnrolmentRefused, match="seattle login"):
        await fetch_credential(enrol_url, alice.key, role=Role.USER)


async def test_given_a_banned_user_when_their_key_enrols_then_it_is_refused(
    enrol_url: str, new_person: NewPerson, orm: Orm
) -> None:
    alice = await new_person()
    await orm(User.objects.filter(pk=alice.user.pk).update, is_active=False)
    with pytest.raises(EnrolmentRefused):
        await fetch_credential(enrol_url, alice.key, role=Role.USER)


async def test_given_a_users_key_when_it_would_be_a_node_or_a_service_then_it_is_refused(
    enrol_url: str, new_person: NewPerson
) -> None:
    alice = await new_person()
    for role in (Role.NODE, Role.SERVICE):
        with pytest.raises(EnrolmentRefused):
            await fetch_credential(enrol_url, alice.key, role=role)


async def test_given_a_donation_token_when_a_node_brings_it_then_it_is_let_in_until_the_token_is_revoked(
    enrol_url: str, new_token: NewToken, orm: Orm
) -> None:
    token, node = (await new_token()).token, KeyPair.generate()
    await fetch_credential(enrol_url, node, role=Role.NODE, invitation=token)
    await orm(DonationToken.objects.update, revoked_at=timezone.now())
    with pytest.raises(EnrolmentRefused, match="revoked"):
        await fetch_credential(enrol_url, node, role=Role.NODE, invitation=token)


async def test_given_a_nodes_key_that_was_cut_off_when_it_brings_a_token_then_it_is_refused(
    enrol_url: str, new_token: NewToken, orm: Orm
) -> None:
    token, node = (await new_token()).token, KeyPair.generate()
    await orm(CutOff.objects.create, key_id=node.id, reason="it lies", done_at=timezone.now())
    with pytest.raises(EnrolmentRefused, match="cut off"):
        await fetch_credential(enrol_url, node, role=Role.NODE, invitation=token)


async def test_given_a_node_that_has_donated_when_its_token_was_revoked_then_it_is_let_in_until_it_is_retired(
    enrol_url: str, orm: Orm
) -> None:
    key = KeyPair.generate()

    def give() -> Node:
        node = Node.objects.create(node_id=key.id)
        Donation.objects.create(node=node)
        return node

    await orm(give)
    await fetch_credential(enrol_url, key, role=Role.NODE)
    await orm(Node.objects.update, state=Node.State.RETIRED)
    with pytest.raises(EnrolmentRefused, match="shut out"):
        await fetch_credential(enrol_url, key, role=Role.NODE)


async def test_given_no_worker_when_a_key_enrols_then_the_site_says_so(transactional_db: None, settings: Any) -> None:
    async with site(settings, enrolment_upstream="http://127.0.0.1:9") as url:
        with pytest.raises(EnrolmentFailed, match="try again"):
            await fetch_credential(f"{url}/enrol", KeyPair.generate(), role=Role.USER)
    async with site(settings, enrolment_upstream="") as url:
        with pytest.raises(EnrolmentFailed, match="no worker"):
            await fetch_credential(f"{url}/enrol", KeyPair.generate(), role=Role.USER)


@pytest.mark.parametrize(
    ("method", "body", "status"), [("get", b"", 405), ("post", b"x" * 10_000, 413), ("put", b"", 405)]
)
async def test_given_what_is_no_request_to_enrol_when_it_comes_then_it_is_refused_before_it_is_passed_on(
    async_client: Any, transactional_db: None, settings: Any, method: str, body: bytes, status: int
) -> None:
    settings.SITE = msgspec.structs.replace(settings.SITE, enrolment_upstream="http://127.0.0.1:9")
    send = getattr(async_client, method)
    reply = await send("/enrol/v1/credential", **({"data": body, "content_type": "application/json"} if body else {}))
    assert reply.status_code == status
    assert msgspec.json.decode(reply.content)["message"]


async def test_given_an_upstream_that_answers_without_end_when_asked_then_its_answer_is_cut_off(
    async_client: Any, transactional_db: None, settings: Any
) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                writer.write(b"x" * 100_000)
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        settings.SITE = msgspec.structs.replace(settings.SITE, enrolment_upstream=f"http://127.0.0.1:{port}")
        reply = await async_client.post("/enrol/v1/challenge", data=b"{}", content_type="application/json")
    assert (reply.status_code, len(reply.content) < 1000) == (502, True)


async def test_given_a_request_that_claims_another_address_when_it_is_passed_on_then_the_true_one_goes_with_it(
    transactional_db: None, settings: Any
) -> None:
    """The attack: to be counted elsewhere, by a header that only the site may write."""
    heads: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        writer.close()

    claims = {"X-Forwarded-For": "8.8.8.8", "Forwarded": "for=8.8.8.8", "X-Real-IP": "8.8.8.8"}
    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        upstream = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with site(settings, enrolment_upstream=upstream) as url, httpx.AsyncClient() as client:
            await client.post(f"{url}/enrol/v1/challenge", content=b"{}", headers=claims)
    assert b"8.8.8.8" not in heads[0]
    assert b"x-forwarded-for: 127.0.0.1\r\n" in heads[0].lower()
