"""What the templates show, made of what the daemon says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from seattle.fabric.node_api import VesselState
from seattle.node.accounts import Account
from seattle.node.amounts import Gauge, duration, gauges, size
from seattle.node.journal import NOT_STARTED, UNSEEN, Entry
from seattle.node.overview import VesselView
from seattle.resources.kinds import Resource

FIRST: Final = (Resource.CPU, Resource.MEMORY, Resource.DISKUSED, Resource.NETSEND, Resource.NETRECV)
LONGEST: Final = 300  # characters of a command line in a table; a run's own page shows all of it
SHORT: Final = 9  # characters of a key, as elsewhere

_NAMES: Final = {
    Resource.CPU: "CPU",
    Resource.MEMORY: "Memory",
    Resource.DISKUSED: "Disk",
    Resource.FILEREAD: "Reading files",
    Resource.FILEWRITE: "Writing files",
    Resource.NETSEND: "Sending",
    Resource.NETRECV: "Receiving",
    Resource.LOOPSEND: "Sending, this computer",
    Resource.LOOPRECV: "Receiving, this computer",
    Resource.LOGRATE: "Log",
    Resource.RANDOM: "Random bytes",
    Resource.EVENTS: "Threads",
    Resource.FILESOPENED: "Open files",
    Resource.INSOCKETS: "Listening sockets",
    Resource.OUTSOCKETS: "Connections",
}
_ENDS: Final = {
    "": "running",
    NOT_STARTED: "not started",
    UNSEEN: "end not seen",
    "exited": "finished",
    "exception": "exception",
    "unsafe": "refused: not Repy",
    "stopped": "stopped",
    "killed": "killed: over its limit",
    "violation": "ended: sandbox violation",
    "crashed": "crashed",
}


@dataclass(frozen=True)
class Bar:
    """One gauge with a name for people."""

    label: str
    gauge: Gauge

    @property
    def percent(self) -> int:
        """Of the limit."""
        return round(100 * self.gauge.share)


@dataclass(frozen=True)
class Contact:
    """One address that a program exchanged data with."""

    protocol: str
    direction: str
    address: str
    port: str
    sent: str
    received: str


@dataclass(frozen=True)
class VesselCard:
    """One vessel."""

    view: VesselView
    command: str
    since: str
    bars: Sequence[Bar]
    more: Sequence[Bar]
    contacts: Sequence[Contact]

    @property
    def runs(self) -> bool:
        """Whether a program runs in it."""
        return self.view.state is VesselState.STARTED

    @property
    def owner(self) -> str:
        """The beginning of its owner's key."""
        return self.view.owner[:SHORT]


@dataclass(frozen=True)
class JournalRow:
    """One run, in a table."""

    entry: Entry
    command: str
    began: str
    lasted: str
    end: str
    cpu: str = ""
    memory: str = ""
    sent: str = ""
    received: str = ""

    @property
    def key(self) -> str:
        """The beginning of the key that asked for it."""
        return self.entry.key[:SHORT] or "the node"


def card(view: VesselView, now: float) -> VesselCard:
    """A vessel as its card shows it. `now`: seconds since 1970."""
    run = view.run
    seconds = now - run.began if run is not None and run.ended is None else 0.0
    found = {gauge.name: gauge for gauge in gauges(view.limits, view.usage, seconds)}
    bars = {resource: Bar(label, found[resource.value]) for resource, label in _NAMES.items()}
    since = ""
    if run is not None:
        since = f"{moment(run.began)} ({duration(seconds)})" if run.ended is None else moment(run.ended)
    return VesselCard(
        view=view,
        command="" if run is None else command(run.program, run.arguments),
        since=since,
        bars=[bars[resource] for resource in FIRST],
        more=[bar for resource, bar in bars.items() if resource not in FIRST],
        contacts=contacts(view.account),
    )


def row(entry: Entry) -> JournalRow:
    """A run as the journal's table shows it."""
    cost = entry.account
    costs = (
        {}
        if cost is None
        else {
            "cpu": duration(cost.cpu),
            "memory": size(cost.memory),
            "sent": size(cost.sent),
            "received": size(cost.received),
        }
    )
    return JournalRow(
        entry=entry,
        command=command(entry.program, entry.arguments),
        began=moment(entry.began),
        lasted="" if entry.ended is None else duration(entry.ended - entry.began),
        end=_ENDS.get(entry.outcome, entry.outcome),
        **costs,
    )


def contacts(account: Account | None) -> list[Contact]:
    """With whom a program exchanged data."""
    if account is None:
        return []
    rows = [
        Contact(
            one.transport,
            "reached by the program" if one.began == "out" else "came to the program",
            one.address,
            str(one.port),
            size(one.sent),
            size(one.received),
        )
        for one in account.destinations
    ]
    if any(account.others):
        sent, received = account.others
        rows.append(Contact("", "", "all others together", "", size(sent), size(received)))
    return rows


def command(program: str, arguments: Sequence[str]) -> str:
    """A program with its arguments, cut where it gets too long for a table."""
    text = " ".join([program, *arguments])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def moment(seconds: float) -> str:
    """A moment (seconds since 1970) in this computer's time."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")
