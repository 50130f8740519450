"""`seattle up` and `seattle demo`: a testbed on this machine, to work with or to look at."""

import asyncio
import logging
import signal
import tempfile
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from seattle.cli import INTERRUPTED
from seattle.cli.console import WrongUsage, counted, reporting
from seattle.cli.demo import demo as run_demo
from seattle.cli.profile_links import ProfileLinks
from seattle.client.errors import ClientError
from seattle.fabric.errors import FabricError
from seattle.fabric.events import show_events
from seattle.identity.errors import IdentityError
from seattle.node.errors import NodeError
from seattle.testbed import LocalTestbed, Size, TestbedError

Nodes = Annotated[int, typer.Option(help="How many nodes.")]
Vessels = Annotated[int, typer.Option(help="How many vessels on each node, 1 to 10.")]
Networks = Annotated[
    int | None,
    typer.Option(help="In how many networks the nodes lie, as the site sees it; each in one of its own without."),
]
Clearinghouse = Annotated[
    bool,
    typer.Option(
        "--clearinghouse/--no-clearinghouse", help="With the site that hands out vessels, or with all vessels yours."
    ),
]


def demo(nodes: Nodes = 3, vessels: Vessels = 2, *, clearinghouse: Clearinghouse = True) -> None:
    """Start a testbed, get its vessels, ping between them, draw the latencies, release them, and clean up.

    The exit code is 0 only if every pair of vessels answered.
    """
    console = Console(stderr=True, highlight=False)
    _run(run_demo(_size(nodes, vessels), None, console, clearinghouse=clearinghouse))


def up(
    nodes: Nodes = 3,
    vessels: Vessels = 2,
    networks: Networks = None,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="New folder to keep it in (default: one that goes with it).")
    ] = None,
    *,
    clearinghouse: Clearinghouse = True,
) -> None:
    """Start a testbed here and keep it until Ctrl-C; it is the profile `local`, and `default` if there is none."""
    console = Console(stderr=True, highlight=False)
    with reporting():
        if folder is not None and folder.exists() and any(folder.iterdir()):
            raise WrongUsage(f"--dir {folder} is not empty: name a folder that is not there yet")
    _run(_up(_size(nodes, vessels, networks), folder, console, clearinghouse=clearinghouse))


def _size(nodes: int, vessels: int, networks: int | None = None) -> Size:
    with reporting():
        try:
            return Size(nodes=nodes, vessels=vessels, networks=networks)
        except TestbedError as why:
            raise WrongUsage(str(why)) from why


async def _up(size: Size, folder: Path | None, console: Console, *, clearinghouse: bool) -> int:
    with tempfile.TemporaryDirectory(prefix="seattle-up-") as own:
        console.print(f"Starting {counted(size.nodes, 'node')} with {counted(size.vessels, 'vessel')} each ...")
        async with LocalTestbed(folder or Path(own) / "testbed", size, clearinghouse=clearinghouse) as testbed:
            with ExitStack() as links:
                names = _give_names(testbed.profile.folder, links, console)
                profile = "" if "default" in names else f" --profile {names[0] if names else testbed.profile.folder}"
                if testbed.site is not None and testbed.visitor is not None:
                    console.print(f"The site is at {testbed.site.url}", markup=False, soft_wrap=True)
                    console.print(
                        f"  sign in as {testbed.visitor.username} with the password {testbed.visitor.password}",
                        markup=False,
                        soft_wrap=True,
                    )
                console.print("The testbed runs. In another terminal, try")
                first = "vessels" if testbed.site is None else "get 2"
                console.print(f"  seattle {first}{profile}", style="bold", markup=False, soft_wrap=True)
                if names and profile:  # all pages are written for the profile that needs no name
                    console.print(f"or, once in that terminal, export SEATTLE_PROFILE={names[0]}", soft_wrap=True)
                console.print("Ctrl-C ends it.")
                await testbed.wait()
    return 0


def _give_names(profile: Path, links: ExitStack, console: Console) -> list[str]:
    """The names of its profile among the user's, as long as `links` stands; none if they can't be written."""
    try:
        return links.enter_context(ProfileLinks(profile)).names
    except OSError as why:
        console.print(f"warning: the profile `local` can't be made: {why}", markup=False, soft_wrap=True)
        return []


def _run(work: Coroutine[Any, Any, int]) -> None:
    """Run to the end, or to Ctrl-C or SIGTERM, which both leave nothing behind; exit with its code."""
    show_events(least=logging.WARNING)
    with reporting(TestbedError, ClientError, FabricError, IdentityError, NodeError):
        raise typer.Exit(asyncio.run(_until_stopped(work)))


async def _until_stopped(work: Coroutine[Any, Any, int]) -> int:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return INTERRUPTED
