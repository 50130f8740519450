"""`LocalTestbed`: a fabric, its directory, nodes, and a clearinghouse if it is wanted.

The broker, each node, the site and its worker are processes of their own; the directory runs in this one. All of them
end with it, also when it is killed: the broker hears it from the kernel, the others on a pipe.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from seattle.client.profile import Profile, write_profile
from seattle.fabric.authority import Authority, Role
from seattle.fabric.directory import Directory
from seattle.fabric.embedded_directory import embedded_directory
from seattle.fabric.enrolment import enrol
from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair, PublicKey
from seattle.node.vesselinfo import VesselShare
from seattle.testbed.addresses import reserved_addresses
from seattle.testbed.child import START_PATIENCE, Child, lifeline
from seattle.testbed.errors import TestbedError
from seattle.testbed.nodes import Node, donated, make_node, owned
from seattle.testbed.size import Size

if TYPE_CHECKING:
    from seattle.testbed.clearinghouse import LocalClearinghouse
    from seattle.testbed.visitor import Visitor

LIFETIME: Final = timedelta(days=30)  # of the credentials


class LocalTestbed:
    """A running testbed. Use it with `async with`.

    Args:
        folder: where everything is kept; made if it is missing. What an earlier testbed left there must be gone.
        size: how many nodes, with how many vessels each.
        clearinghouse: whether there is one. Then its user `demo` has donated the nodes and may get their vessels;
            otherwise all vessels are the user's own.
    """

    def __init__(self, folder: Path, size: Size, *, clearinghouse: bool = False) -> None:
        self.folder = folder
        self.size = size
        self.user = KeyPair.generate()
        self.nodes: list[Node] = []
        self.site: LocalClearinghouse | None = None
        self.visitor: Visitor | None = None
        self._with_clearinghouse = clearinghouse
        self._stack = AsyncExitStack()
        self._server: EmbeddedServer | None = None
        self._profile: Profile | None = None

    @property
    def profile(self) -> Profile:
        """The profile of the user who may use all vessels, or get them."""
        assert self._profile is not None, "the testbed has not been started"
        return self._profile

    @property
    def broker_pid(self) -> int | None:
        """The broker's process id while it runs."""
        return None if self._server is None else self._server.pid

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def wait(self) -> None:
        """Return when a part has ended by itself, which a healthy testbed's never do. Raises TestbedError."""
        assert self._server is not None, "the testbed has not been started"
        children = {child.name: child for child in self._children()}
        watched = {asyncio.create_task(self._server.wait(), name="the broker")}
        watched |= {asyncio.create_task(child.process.wait(), name=name) for name, child in children.items()}
        try:
            done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            ended = {task.get_name(): task.result() for task in done}
            told = [f"{name} ended unexpectedly ({_in_words(code)})" for name, code in sorted(ended.items())]
            tails = [child.log_tail() for name, child in children.items() if name in ended]
            raise TestbedError("\n".join([" and ".join(told), *tails]))
        finally:
            for task in watched:
                task.cancel()

    def _children(self) -> list[Child]:
        return [node.daemon for node in self.nodes] + (self.site.children if self.site is not None else [])

    async def _start(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority = Authority.create(self.folder / "authority")
        self._server = await self._stack.enter_async_context(EmbeddedServer(authority))
        url = self._server.url
        directory = await self._stack.enter_async_context(embedded_directory(authority, url))
        line = self._stack.enter_context(lifeline())
        if self._with_clearinghouse:
            shares = await self._open_clearinghouse(url, line)
        else:
            shares = owned(self.size.vessels, self.user.public)
            credential = _credential(authority, self.user.public, Role.USER)
            self._profile = write_profile(self.folder / "profile", urls=[url], key=self.user, credential=credential)
        await self._start_nodes(authority, url, shares, line)
        await self._wait_until_listed(directory)
        if self.site is not None:
            await self.site.wait_until_divided()

    async def _open_clearinghouse(self, url: str, line: int) -> Sequence[VesselShare]:
        """Start it, register there, log in with our key, and be given a token for the donations."""
        try:  # here, since an installation may lack what it needs
            from seattle.testbed.clearinghouse import LocalClearinghouse  # noqa: PLC0415
            from seattle.testbed.visitor import Visitor  # noqa: PLC0415
        except ModuleNotFoundError as why:
            raise TestbedError(f"a clearinghouse needs {why.name}: pip install 'seattle[clearinghouse]'") from why
        self.site = await LocalClearinghouse.start(
            self.folder / "clearinghouse",
            self.size,
            authority=self.folder / "authority",
            broker=url,
            lifeline=line,
            stack=self._stack,
        )
        self.visitor = await asyncio.to_thread(Visitor.register, self.site.url)
        self._stack.callback(self.visitor.close)
        self._profile = await self.site.welcome(self.visitor, self.user, self.folder / "profile")
        return donated(self.site.worker_key.public, await self.site.donation_token(self.user))

    async def _start_nodes(self, authority: Authority, url: str, shares: Sequence[VesselShare], line: int) -> None:
        ours = self._stack.enter_context(reserved_addresses())

        async def start(index: int) -> None:
            name = f"n{index + 1}"
            folder = self.folder / "nodes" / name
            node = make_node(name, folder, shares, broker=url, size=self.size, address=self.size.address(index, ours))
            node.credential_file.write_text(_credential(authority, node.public, Role.NODE), encoding="ascii")
            daemon = await node.start(line)
            self.nodes.append(node)
            self._stack.push_async_callback(daemon.stop)
            await daemon.wait_until_ready()

        try:
            async with asyncio.TaskGroup() as group:
                for index in range(self.size.nodes):
                    group.create_task(start(index), name=f"start n{index + 1}")
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        self.nodes.sort(key=lambda node: int(node.name[1:]))

    async def _wait_until_listed(self, directory: Directory) -> None:
        """Return when users can find all nodes: a node serves a moment before the directory has read its advert."""
        try:
            async with asyncio.timeout(START_PATIENCE):
                while len(directory.book) < len(self.nodes):
                    directory.news.clear()
                    await directory.news.wait()
        except TimeoutError as why:
            known = f"{len(directory.book)} of {len(self.nodes)}"
            raise TestbedError(f"the directory knows {known} nodes after {START_PATIENCE:.0f} s") from why


def _in_words(code: int) -> str:
    """An exit code of asyncio: negative for a signal."""
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


def _credential(authority: Authority, public: PublicKey, role: Role) -> str:
    return enrol(authority, public, role=role, now=time.time(), lifetime=LIFETIME)
