"""A clearinghouse on this machine: the site and its worker, each a process, with settings as operators write them.

The site gets no key, and no path to one: its environment is built here, of nothing but its own settings.
"""

import asyncio
import json
import os
import secrets
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, Self

import httpx
import msgspec

from seattle.client.errors import ClientError
from seattle.client.profile import Profile, write_profile
from seattle.client.site.client import SiteClient
from seattle.client.site.login import Login, log_in
from seattle.fabric.authority import Role
from seattle.fabric.enrolment_client import fetch_credential
from seattle.fabric.errors import FabricError
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair
from seattle.testbed.addresses import LOOPBACK, free_port, reserved_port
from seattle.testbed.child import Child
from seattle.testbed.errors import TestbedError
from seattle.testbed.size import Size
from seattle.testbed.visitor import Visitor

COMMAND: Final = "seattle.cli"
PORT: Final = 8000  # of the site, if nobody else has it
DIVIDE_PATIENCE: Final = 60.0  # seconds until all nodes have to be divided
LOOK_EVERY: Final = 0.1  # seconds
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HOME")  # of our own environment


class _NewToken(msgspec.Struct, frozen=True):
    name: str


class _Token(msgspec.Struct, frozen=True):
    token: str


class LocalClearinghouse:
    """The site, its worker, and one user, `demo`, who has an account there.

    Args:
        folder: where all of it is kept; it must not exist.
        authority: the folder of the fabric's authority, which the worker enrols keys with.
        broker: of the fabric.
        port: of the site.
    """

    def __init__(self, folder: Path, size: Size, *, authority: Path, broker: str, port: int) -> None:
        self.folder = folder
        self.size = size
        self.worker_key = KeyPair.generate()
        self.children: list[Child] = []
        self._worker: Child | None = None
        self._broker = broker
        self._metrics_token = secrets.token_urlsafe(24)
        enrolment = free_port()
        self.url = f"http://{LOOPBACK}:{port}"
        self._port = port
        site_settings = {
            "SEATTLE_SITE_DATA": str(folder / "site"),
            "SEATTLE_SITE_URL": self.url,
            "SEATTLE_SITE_NAME": "Seattle on this computer",
            "SEATTLE_SITE_BROKERS": broker,
            "SEATTLE_SITE_WORKER_KEY": self.worker_key.id,
            "SEATTLE_SITE_ENROLMENT_UPSTREAM": f"http://{LOOPBACK}:{enrolment}",
            "SEATTLE_SITE_CONFIRM_EMAIL": "false",
            "SEATTLE_SITE_FREE_CREDITS": str(max(10, size.nodes * size.vessels)),
            "SEATTLE_SITE_DONATIONS_PER_ADDRESS": "1000",  # all nodes are here
            "SEATTLE_SITE_DONATIONS_PER_NETWORK": "1000",
            "SEATTLE_SITE_UNIT": json.dumps(size.unit()),
            "SEATTLE_SITE_METRICS_TOKEN": self._metrics_token,
        }
        worker_settings = {
            "SEATTLE_WORKER_KEY_FILE": str(folder / "worker" / "key"),
            "SEATTLE_WORKER_AUTHORITY": str(authority),
            "SEATTLE_WORKER_BROKERS": broker,
            "SEATTLE_WORKER_ENROLMENT_PORT": str(enrolment),
            "SEATTLE_WORKER_DISCOVER_SECONDS": "0.3",
        }
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.site_environment = {**kept, **site_settings}
        self.worker_environment = {**kept, **site_settings, **worker_settings}

    @classmethod
    async def start(
        cls, folder: Path, size: Size, *, authority: Path, broker: str, lifeline: int, stack: AsyncExitStack
    ) -> Self:
        """Start the site, and have the worker begin to start; `stack` ends them. Raises TestbedError."""
        port = stack.enter_context(reserved_port(PORT))
        ours = cls(folder, size, authority=authority, broker=broker, port=port)
        (folder / "worker").mkdir(mode=0o700, parents=True)
        save_key_pair(folder / "worker" / "key", ours.worker_key, comment="seattle clearinghouse worker")
        serve = ["clearinghouse", "serve", "--migrate", "--port", str(ours._port)]
        site = await ours._run("the site", serve, ours.site_environment, lifeline, stack)
        await site.wait_until_ready()
        ours._worker = await ours._run(
            "the worker", ["clearinghouse", "worker"], ours.worker_environment, lifeline, stack
        )
        return ours

    @property
    def worker(self) -> Child:
        """The worker's process."""
        assert self._worker is not None, "it has not been started"
        return self._worker

    async def _run(
        self, name: str, words: list[str], environment: dict[str, str], lifeline: int, stack: AsyncExitStack
    ) -> Child:
        log_file = self.folder / f"{words[1]}.log"
        child = await Child.start(name, COMMAND, words, log_file=log_file, lifeline=lifeline, environment=environment)
        self.children.append(child)
        stack.push_async_callback(child.stop)
        return child

    async def welcome(self, visitor: Visitor, key: KeyPair, folder: Path) -> Profile:
        """What `seattle login` does, with a visitor who approves it at once: a profile in `folder`, and a credential.

        Raises TestbedError.
        """
        try:
            site = SiteClient(self.url, key)

            def show(login: Login) -> None:
                visitor.approve(login.code)

            await asyncio.to_thread(log_in, site, key.public, "this computer", show=show, sleep=_nap)
            await self.worker.wait_until_ready()
            enrol_url = f"{self.url}/enrol"
            got = await fetch_credential(enrol_url, key, role=Role.USER)
            return write_profile(
                folder,
                urls=[self._broker],
                key=key,
                credential=got.credential,
                enrol_url=enrol_url,
                site_url=self.url,
            )
        except (ClientError, FabricError) as why:
            raise TestbedError(f"logging in to the site fails: {why}") from why

    async def donation_token(self, key: KeyPair) -> str:
        """A token of this key's user, for nodes to be donated with. Raises TestbedError."""
        try:
            site = SiteClient(self.url, key)
            made = await asyncio.to_thread(site.post, "/donations/tokens", _NewToken("this computer"), _Token)
        except ClientError as why:
            raise TestbedError(f"the site makes no donation token: {why}") from why
        return made.token

    async def wait_until_divided(self) -> None:
        """Return when all nodes are in use, and all vessels to be had. Raises TestbedError."""
        wanted = self.size.nodes * self.size.vessels
        free = 0
        headers = {"Authorization": f"Bearer {self._metrics_token}"}
        try:
            async with (
                asyncio.timeout(DIVIDE_PATIENCE),
                httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False) as client,
            ):
                while True:
                    free = _free(await client.get("/metrics"))
                    if free >= wanted:
                        return
                    await asyncio.sleep(LOOK_EVERY)
        except (TimeoutError, httpx.HTTPError) as why:
            tails = "\n".join(child.log_tail() for child in self.children)
            raise TestbedError(f"{free} of {wanted} vessels are to be had ({why!r})\n{tails}") from why


def _nap(seconds: float) -> None:
    """The site is here, and nobody is kept waiting."""
    time.sleep(min(seconds, LOOK_EVERY))


def _free(metrics: httpx.Response) -> int:
    for line in metrics.text.splitlines():
        if line.startswith('seattle_vessels{state="free"}'):
            return int(float(line.rpartition(" ")[2]))
    return 0
