"""Private networks behind translators of addresses (NAT), in network namespaces of our own.

    user ── translator ──┐
    node ── translator ──┼── the Internet (203.0.113.0/24): broker, directory
    node ── translator ──┘

All private networks use the same addresses, as those at people's homes do. Nothing leaves this computer.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

OUTSIDE: Final = "203.0.113.1"  # the broker's; addresses for documentation, which the Internet does not route
INSIDE: Final = "192.168.1.2"  # everybody's own, at home
_NEEDED: Final = ("ip", "nft", "nsenter")


def why_not() -> str:
    """Why there can be no such networks here; empty if there can."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    missing = [tool for tool in _NEEDED if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} not installed (packages iproute2, nftables, util-linux)"
    try:
        with internet() as net:
            net.attach("probe", "203.0.113.254")
    except subprocess.CalledProcessError as why:
        return f"this kernel can't do it: {' '.join(why.cmd)}: {why.stderr.strip()}"
    return ""


class Internet:
    """A network of public addresses. Made by `internet`."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._space("net")
        _ip(*self._in("net"), "link", "add", "everyone", "type", "bridge")
        _ip(*self._in("net"), "addr", "add", f"{OUTSIDE}/24", "dev", "everyone")
        _ip(*self._in("net"), "link", "set", "everyone", "up")
        _ip(*self._in("net"), "route", "add", "default", "dev", "everyone")  # all others are neighbours

    def inside(self, place: str) -> tuple[str, ...]:
        """The words that come before a command to run it in the place `net`, or in somebody's home."""
        return ("nsenter", f"--net=/run/netns/{_name(place)}", "--")

    def processes(self, place: str) -> list[int]:
        """The processes that run in the place `net`, or in somebody's home."""
        return [int(pid) for pid in _ip("netns", "pids", _name(place)).split()]

    def attach(self, home: str, address: str) -> None:
        """Make a private network, behind a translator that has this public address."""
        router = f"{home}-router"
        self._space(home)
        self._space(router)
        _ip(*self._in(router), "link", "add", "wan", "type", "veth", "peer", "name", home, "netns", _name("net"))
        _ip(*self._in("net"), "link", "set", home, "master", "everyone", "up")
        _ip(*self._in(router), "link", "add", "lan", "type", "veth", "peer", "name", "eth0", "netns", _name(home))
        for name, inner in (("lan", "192.168.1.1"), ("wan", address)):
            _ip(*self._in(router), "addr", "add", f"{inner}/24", "dev", name)
            _ip(*self._in(router), "link", "set", name, "up")
        _ip(*self._in(home), "addr", "add", f"{INSIDE}/24", "dev", "eth0")
        _ip(*self._in(home), "link", "set", "eth0", "up")
        _ip(*self._in(home), "route", "add", "default", "via", "192.168.1.1")
        _run(*self.inside(router), "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        _run(*self.inside(router), "nft", "add table ip nat")
        _run(*self.inside(router), "nft", "add chain ip nat out { type nat hook postrouting priority 100 ; }")
        self._translate(router, address)

    def move(self, home: str, address: str) -> None:
        """Give a translator another public address, from which new connections come; those that stand keep the old."""
        router = f"{home}-router"
        if address not in _ip(*self._in(router), "addr", "show", "dev", "wan"):
            _ip(*self._in(router), "addr", "add", f"{address}/24", "dev", "wan")
        _run(*self.inside(router), "nft", "flush chain ip nat out")
        self._translate(router, address)

    def _translate(self, router: str, address: str) -> None:
        _run(*self.inside(router), "nft", f"add rule ip nat out oifname wan snat to {address}")

    def _space(self, place: str) -> None:
        _ip("netns", "add", _name(place))
        self._stack.callback(_ip, "netns", "del", _name(place))
        _ip(*self._in(place), "link", "set", "lo", "up")

    def _in(self, place: str) -> tuple[str, str]:
        return ("-n", _name(place))


@contextmanager
def internet() -> Iterator[Internet]:
    """An Internet of our own, for as long as the block lasts."""
    with ExitStack() as stack:
        yield Internet(stack)


def _name(place: str) -> str:
    return f"seattle-{os.getpid()}-{place}"


def _ip(*words: str) -> str:
    return _run("ip", *words)


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
