"""The take-home walk: somebody's first afternoon with Seattle, typed into the shell as a person types.

The steps have the numbers of the acceptance script. What it does in a browser is done in one, where there is one. Each
node has the account's own port. Of five nodes three are a LAN and the others lie elsewhere, so that there are three
vessels of either kind; the script's own five and ten want a node for each, and a longer afternoon.

Steps 23 and 24 once more, with a home that is behind a NAT: `tests/repy/test_repy_demokit_behind_nat.py`.
"""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from tests.shell.site_pages import SitePages, Table, open_pages, rows_of
from tests.shell.terminal import Terminal, needs_tmux, open_terminal

import seattle
from seattle.client import Testbed
from seattle.testbed import LocalTestbed, Size

DEMOKIT = Path(__file__).parents[2] / "examples" / "demokit"
USER = "demo"
HOME = "127.0.0.9"  # an address of the home computer
BOUND = 60.0  # seconds; far more than anything takes

pytestmark = [needs_tmux, pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Scale:
    """How many vessels there are of each kind; a vessel has a node of its own."""

    lan: int  # all in one network
    wan: int  # each in another one

    @property
    def testbed(self) -> Size:
        return Size(nodes=self.lan + self.wan - 1, vessels=10, networks=self.wan)


FIVE_NODES, AS_WRITTEN = Scale(lan=3, wan=3), Scale(lan=5, wan=10)


@dataclass
class Walker:
    """Somebody with an account, a terminal, and a folder with the demokit and their key."""

    terminal: Terminal
    pages: SitePages
    testbed: Testbed
    folder: Path
    port: int  # of the account
    scale: Scale

    def get(self, count: int, kind: str) -> None:
        """Get vessels in the browser, and have a coffee: the directory hears of them a moment later."""
        self.pages.get(count, kind)
        self._wait_until_there_are(count)

    def give_back(self) -> None:
        """Give all vessels back in the browser, and wait in the same way."""
        self.pages.remove_all()
        self._wait_until_there_are(0)

    def _wait_until_there_are(self, count: int) -> None:
        deadline = time.monotonic() + BOUND
        while len(self.testbed.browse()) != count:
            assert time.monotonic() < deadline

    def do(self, line: str) -> str:
        """What the shell says to a line."""
        return self.terminal.do(line)

    def silent(self, line: str) -> None:
        """Type a line to which the shell says nothing."""
        assert self.do(line) == ""

    def prompt(self) -> str:
        return self.terminal.wait_for_prompt()

    def addresses(self, target: str) -> list[str]:
        return self.do(f"on {target} show ip").split()

    def table(self, url: str, *, numbers: int) -> Table:
        """The table on a vessel's page, reloaded until so many of its cells are numbers."""
        deadline = time.monotonic() + BOUND
        while True:
            table = rows_of(self.pages.look_at(url))
            cells = [cell for row in table[1:] for cell in row[1:]]
            if sum("." in cell for cell in cells) >= numbers:
                return table
            assert time.monotonic() < deadline, table

    def log(self, target: str, wanted: str) -> str:
        """The log of a target, once it has what is wanted."""
        deadline = time.monotonic() + BOUND
        while not re.search(wanted, log := self.do(f"on {target} show log")):
            assert time.monotonic() < deadline, f"{wanted!r} is not in\n{log}"
        return log

    def statuses(self) -> list[str]:
        """Of the target's vessels, as the table has them."""
        rows = [line.split() for line in self.do("list").splitlines() if line.startswith("%")]
        return [next(word for word in row if word in STATUSES) for row in rows]

    def browse(self) -> dict[str, str]:
        """The vessels that are new: their names by their numbers."""
        told = self.do("browse")
        added = re.search(r"^Added targets: (.*)$", told, re.MULTILINE)
        assert added is not None, told
        vessels = dict(re.findall(r"(%\d+)\((.*?)\)", added[1]))
        assert f"Added group 'browsegood' with {len(vessels)} targets" in told
        return vessels


STATUSES = ("Fresh", "Started", "Stopped", "Terminated", "Stale")


@pytest.fixture(
    params=[
        pytest.param(FIVE_NODES, id="five_nodes"),
        pytest.param(AS_WRITTEN, id="as_written", marks=[pytest.mark.soak, pytest.mark.timeout(900)]),
    ]
)
def walker(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Walker]:
    scale: Scale = request.param
    local = LocalTestbed(tmp_path / "testbed", scale.testbed, clearinghouse=True)
    folder = tmp_path / "demokit"
    shutil.copytree(DEMOKIT, folder)
    with start_blocking_portal("asyncio") as portal, portal.wrap_async_context_manager(local):
        assert local.site is not None
        assert local.visitor is not None
        profile = local.profile
        for half, name in ((profile.key_file, USER), (profile.key_file.with_suffix(".pub"), f"{USER}.pub")):
            shutil.copy(half, folder / name)
        environ = {"HOME": str(tmp_path), "SEATTLE_PROFILE": str(profile.folder)}
        command = [sys.executable, "-c", "import sys; from seattle.shell import main; sys.exit(main())"]
        with (
            seattle.connect(profile) as testbed,
            open_pages(local.site.url, local.visitor, profile) as pages,
            open_terminal(command, environ=environ, folder=folder) as terminal,
        ):
            terminal.wait_for("^Enabled modules: ")
            yield Walker(terminal, pages, testbed, folder, testbed.account().port, scale)


def test_given_an_account_when_the_take_home_walk_is_typed_then_each_step_has_the_effect_that_it_should(
    walker: Walker,
) -> None:
    walker.get(walker.scale.lan, "lan")  # step 1
    assert walker.prompt() == " !>"  # 2
    steps_3_to_9_hello_on_a_lan(walker)
    steps_10_and_11_one_program_at_a_time(walker)
    steps_12_and_13_two_vessels_talk(walker)
    steps_14_and_15_a_table_of_latencies(walker, vessels=walker.scale.lan)
    walker.silent("stop")
    near, middle, far, *_ = steps_16_to_18_on_to_the_wan(walker)
    steps_14_and_15_a_table_of_latencies(walker, vessels=walker.scale.wan)  # 19
    walker.silent("stop")  # 20
    step_21_by_way_of_a_third(walker, near, middle, far)
    steps_22_to_24_from_home(walker, near)


def numbers(first: int, count: int) -> list[str]:
    """The shell's names for so many vessels, from this one on."""
    return [f"%{number}" for number in range(first, first + count)]


def steps_3_to_9_hello_on_a_lan(walker: Walker) -> None:
    walker.silent(f"loadkeys {USER}")
    walker.silent(f"as {USER}")
    assert walker.prompt() == f"{USER}@ !>"
    vessels = walker.browse()
    assert list(vessels) == numbers(1, walker.scale.lan)

    walker.silent("on %1 run helloworld.repy")
    assert walker.log("%1", "Hello").count("Hello World") == 1
    walker.silent("on %1")
    assert walker.prompt() == f"{USER}@%1 !>"
    walker.silent("run helloworld.repy")
    assert walker.log("%1", "Hello World(?s:.*)Hello World").count("Hello World") == 2  # a log survives restarts

    walker.silent("on browsegood")
    walker.silent("run helloworld.repy")
    walker.do("wait")
    logs = re.findall(r"Log from '(.*):\n((?:Hello World\n)+)", walker.do("show log") + "\n")
    assert all(any(name in heading for heading, _ in logs) for name in vessels.values())  # those alike are shown once
    assert sorted(log.count("Hello World") for _, log in logs) == [1, 3]

    walker.do("add browsegood to LAN")
    walker.silent("on LAN")
    assert walker.prompt() == f"{USER}@LAN !>"


def steps_10_and_11_one_program_at_a_time(walker: Walker) -> None:
    walker.silent("run infloop.repy")
    refused = walker.do("run helloworld.repy")
    assert "already started" in refused
    assert all(f"{number}(" in refused for number in numbers(1, walker.scale.lan))
    walker.silent("stop")
    assert walker.statuses() == ["Stopped"] * walker.scale.lan


def steps_12_and_13_two_vessels_talk(walker: Walker) -> None:
    first, second = walker.addresses("%1")[0], walker.addresses("%2")[0]
    walker.silent(f"on %2 run udppingserver.repy {walker.port}")
    walker.log("%2", "listening")
    walker.silent(f"on %1 run udpping.repy {second} {walker.port}")
    log = walker.log("%1", "got ping")
    assert f"sent 'ping' from {first} to {second}:{walker.port}" in log
    assert f"received 'got ping' from {second}:{walker.port}" in log
    assert f"received 'ping' from {first}:{walker.port}" in walker.log("%2", "received")
    walker.silent("on %2 stop")
    walker.do("on %1 wait")


def steps_14_and_15_a_table_of_latencies(walker: Walker, *, vessels: int) -> None:
    walker.do("show ip to neighboriplist.txt")
    addresses = (walker.folder / "neighboriplist.txt").read_text().split()
    assert len(addresses) == vessels
    walker.silent("upload neighboriplist.txt")
    walker.silent(f"run allpairsping.repy {walker.port}")
    group = walker.prompt().removesuffix(" !>").rpartition("@")[2]
    walker.log(group, f"(?s:(the table is at.*){{{vessels}}})")
    table = walker.table(f"http://{addresses[0]}:{walker.port}/", numbers=vessels * (vessels - 1))
    assert table[0][1:] == addresses
    assert [row[0] for row in table[1:]] == addresses
    assert all(cell == "-" or float(cell) < 5000 for row in table[1:] for cell in row[1:])


def steps_16_to_18_on_to_the_wan(walker: Walker) -> list[str]:
    walker.give_back()
    gone = walker.do("browse")
    assert all(f"{number}(" in gone for number in numbers(1, walker.scale.lan))
    walker.get(walker.scale.wan, "wan")
    new = list(walker.browse())
    assert new == numbers(walker.scale.lan + 1, walker.scale.wan)  # a number is never given twice
    walker.do("add browsegood to WAN")
    walker.silent("on WAN")
    assert walker.prompt() == f"{USER}@WAN !>"
    assert len({address.rsplit(".", 1)[0] for address in walker.addresses("WAN")}) == walker.scale.wan
    places = walker.do("show location").splitlines()
    assert [place.partition("(")[0] for place in places] == new
    return new


def step_21_by_way_of_a_third(walker: Walker, near: str, middle: str, far: str) -> None:
    ip = {one: walker.addresses(one)[0] for one in (near, middle, far)}
    walker.silent(f"on {middle} run udpforward.repy {ip[near]} {ip[far]} {walker.port}")
    walker.silent(f"on {near} run udppingserver.repy {walker.port}")
    walker.log(middle, "forwarding")
    walker.log(near, "listening")
    walker.silent(f"on {far} run udpping.repy {ip[middle]} {walker.port}")
    walker.log(far, f"received 'got ping' from {re.escape(ip[middle])}:")
    walker.log(near, f"received 'ping' from {re.escape(ip[middle])}:")
    walker.do(f"on {far} wait")
    walker.silent(f"on {near} stop")
    walker.silent(f"on {middle} stop")


def steps_22_to_24_from_home(walker: Walker, there: str) -> None:
    """At home there is no translator of addresses: what arrives has our own, and what is sent to us arrives."""
    address = walker.addresses(there)[0]
    walker.silent(f"on {there} run udppingserver.repy {walker.port}")
    walker.log(there, "listening")
    with at_home(walker, "udpping.repy", address, str(walker.port)) as home:
        walker.log(there, f"received 'ping' from {re.escape(HOME)}:{walker.port}")
        said, _ = home.communicate(timeout=BOUND)
        assert f"received 'got ping' from {address}:{walker.port}" in said
    walker.silent(f"on {there} stop")
    with at_home(walker, "udppingserver.repy", str(walker.port)) as home:
        assert home.stdout is not None
        assert "listening" in home.stdout.readline()
        walker.silent(f"on {there} run udpping.repy {HOME} {walker.port}")
        walker.log(there, f"received 'got ping' from {re.escape(HOME)}:")
        assert f"received 'ping' from {address}:{walker.port}" in home.stdout.readline()
        home.terminate()


def at_home(walker: Walker, *words: str) -> "subprocess.Popen[str]":
    """A program of the demokit in the sandbox of the home computer."""
    command = [sys.executable, "-c", "import sys; from seattle.repy.cli import main; sys.exit(main())"]
    options = ["--restrictions", "restrictions.allowallports", "--ip", HOME, "--only-these-addresses"]
    return subprocess.Popen([*command, *options, *words], cwd=walker.folder, stdout=subprocess.PIPE, text=True)
