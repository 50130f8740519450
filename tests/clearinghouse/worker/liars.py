"""Nodes that are none: each says what its test wants it to say."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from tests.clearinghouse.worker.conftest import Town

from seattle.fabric import node_api as api
from seattle.fabric.advert import Advert
from seattle.fabric.authority import Role
from seattle.fabric.directory import Advertiser
from seattle.fabric.rpc import NodeServer
from seattle.identity.envelope import Request
from seattle.identity.keys import KeyPair
from seattle.identity.nonces import NonceCache

Say = Callable[[Request], Awaitable[msgspec.Struct]]


@dataclass
class Liar:
    """A node in name only; `heard`: the methods that it was asked for."""

    key: KeyPair
    heard: list[str]

    @property
    def id(self) -> str:
        return self.key.id


async def join_as_liar(town: Town, say: Say, **advert: object) -> Liar:
    """Advertise something of the worker's, and answer its calls with what `say` returns."""
    key, heard = KeyPair.generate(), list[str]()
    fabric = await town.connect(key, Role.NODE)

    async def answer(request: Request) -> bytes:
        heard.append(request.method)
        return msgspec.msgpack.encode(await say(request))

    await NodeServer(fabric, key, NonceCache(None), answer).start()

    def describe() -> Advert:
        given = {"vessels": {town.worker_key.id: ["v1"]}, "addresses": ["198.51.100.9"], **advert}
        return msgspec.convert({"node": key.id, "issued_at": 0.0, **given}, Advert)

    running = asyncio.create_task(Advertiser(fabric, key, describe, every=1.0).run())
    town.stack.callback(running.cancel)
    return Liar(key, heard)


def donated(town: Town, token: str, *, name: str = "v1", ports: int = 100, **changes: object) -> api.VesselSummary:
    """A vessel of the worker's that brings a token."""
    numbers = list(range(20000, 20000 + ports))
    given = {"owner": town.worker_key.id, "owner_information": token, "tcp_ports": numbers, "udp_ports": numbers}
    return msgspec.convert({"name": name, **given, **changes}, api.VesselSummary)


def description(liar_id: str, vessels: list[api.VesselSummary], **changes: object) -> api.NodeDescription:
    return api.NodeDescription(node=liar_id, vessels=vessels, **changes)  # type: ignore[arg-type]
