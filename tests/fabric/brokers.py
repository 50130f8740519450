"""Real brokers on loopback, started from the very files in deploy/nats."""

import asyncio
import contextlib
import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.fabric.certificates import CertificateAuthority
from tests.ports import free_ports

from seattle.fabric.authority import Authority
from seattle.fabric.claims import push_account
from seattle.fabric.errors import FabricError
from seattle.fabric.server import find_server

DEPLOY = Path(__file__).parents[2] / "deploy" / "nats"
PATIENCE = 30  # seconds; far more than anything here takes


@dataclass
class Broker:
    """One nats-server, in a folder laid out as the README says."""

    folder: Path
    configuration: str  # cluster.conf and the like
    port: int
    environment: dict[str, str] = field(default_factory=dict)  # as in its this-server.env
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"tls://127.0.0.1:{self.port}"

    async def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(find_server(), "--config", self.configuration),
                cwd=self.folder,
                env={"PATH": os.defpath, "HOME": str(self.folder), **self.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(PATIENCE):
            while True:
                assert self.process.returncode is None, self.log()
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def until_logged(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while text not in self.log():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.02)

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-20_000:]


@dataclass
class Site:
    """What an operator has: an authority of keys, and authorities of certificates for members and for routes."""

    folder: Path
    authority: Authority
    members_ca: CertificateAuthority
    routes_ca: CertificateAuthority
    brokers: list[Broker] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path) -> "Site":
        return cls(
            folder,
            Authority.create(folder / "authority"),
            CertificateAuthority(folder / "members-ca.crt"),
            CertificateAuthority(folder / "routes-ca.crt"),
        )

    @property
    def urls(self) -> list[str]:
        return [broker.url for broker in self.brokers]

    def lay_out(self, name: str, configuration: str, *, routes: list[int] | None = None, **more: str) -> Broker:
        """Make the folder of one broker. `more`: further variables of its this-server.env."""
        folder = self.folder / name
        (folder / "tls").mkdir(parents=True)
        for file in DEPLOY.glob("*.conf"):
            shutil.copy(file, folder)
        port, monitor, route = free_ports(3)
        broker = Broker(folder, configuration, port)
        routes = routes or []
        broker.environment = {
            "NAME": f'"{name}"',
            "CLIENTS": f'"127.0.0.1:{broker.port}"',
            "MONITOR": f'"127.0.0.1:{monitor}"',
            "CLUSTER": f'"127.0.0.1:{routes[len(self.brokers)] if routes else route}"',
            "ADVERTISE": f'"127.0.0.1:{routes[len(self.brokers)] if routes else route}"',
            "ROUTES": str([f"tls://127.0.0.1:{port}" for port in routes]).replace("'", '"'),
            **more,
        }
        (folder / "authority.conf").write_text(self.authority.broker_configuration(now=time.time()))
        self.members_ca.issue(folder / "tls" / "client.crt", folder / "tls" / "client.key")
        self.routes_ca.issue(folder / "tls" / "route.crt", folder / "tls" / "route.key")
        shutil.copy(self.routes_ca.file, folder / "tls" / "route-ca.crt")
        shutil.copy(self.members_ca.file, folder / "tls" / "hub-ca.crt")
        self.brokers.append(broker)
        return broker

    async def start_cluster(self, size: int, configuration: str = "cluster.conf", **more: str) -> None:
        """Start so many brokers, and return when each knows of all others."""
        routes = free_ports(size)
        for number in range(1, size + 1):
            self.lay_out(f"n{number}", configuration, routes=routes, **more)
        await asyncio.gather(*(broker.start() for broker in self.brokers))
        await self.until_joined(size)

    async def until_joined(self, size: int) -> None:
        async with asyncio.timeout(PATIENCE):
            for broker in self.brokers:
                if broker.process is None or broker.process.returncode is not None:
                    continue
                while True:
                    with contextlib.suppress(FabricError):
                        told = await push_account(self.authority, [broker.url], ca_file=self.members_ca.file)
                        if len(told.brokers) == size:
                            break
                    await asyncio.sleep(0.05)

    async def close(self) -> None:
        for broker in self.brokers:
            await broker.kill()
