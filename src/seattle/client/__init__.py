"""The Python SDK: a testbed, its vessels, and programs that run on many of them.

::

    import seattle

    with seattle.connect() as testbed:
        vessels = testbed.acquire(5, kind="wan")
        run = vessels.run("ping.py", "8.8.8.8")
        for line in run.follow():
            print(line.vessel, line.text)
        vessels.release()

docs/sdk.md shows all of it. Start at `testbed.py`. What it does is written once, with `async`, in `aio/`;
`testbed.py`, `vessels.py`, `run.py` and `deployment.py` are the face of it for those who don't want to write `async`:
an event loop in the background (`background.py`) does the work, and `streams.py` iterates over what is read there.
`profile.py` tells where a testbed is, `given.py` does so without one; `results.py` has what came of something asked
of many vessels, `answers.py` of many inputs; `fan_out.py` asks them, `lines.py` makes lines of logs. `expected.py`
refuses what a call can't mean, before anybody is asked. What is decided is apart from what is done: `schedule.py` for
`map`, `upkeep.py` for deployments. `groups.py` keeps the groups that have names.

May import: `seattle.fabric`, `seattle.identity`, `seattle.resources`, and of `seattle.repy` how long a program may be.

Promises:
* What fails on one vessel among many is a value and disturbs no other; nothing waits for ever.
* What nodes and programs send is bounded before it is kept, and a vessel's name is a safe file name.
* Whatever breaks a map off, what it has started is stopped; a deployment touches no vessels but its own.
* An order is taken once, however often it has to be sent.
* What notebooks are shown is text, whoever wrote it.
* Nothing is printed: stdout belongs to the program that uses this.
"""

from seattle.client.aio.deployment import Event, EventKind
from seattle.client.aio.log_reader import RunPlace
from seattle.client.answers import Answer, Answers, RunResult
from seattle.client.deployment import Deployment
from seattle.client.errors import (
    AlreadyDeployed,
    CannotFulfil,
    ClientError,
    InputsFailed,
    NoSuchGroup,
    NoSuchProgram,
    NoSuchVessel,
    NotEnoughCredits,
    ProfileError,
    SiteError,
    SiteRefused,
    SiteUnreachable,
    TestbedUnreachable,
    TimedOut,
    VesselsFailed,
)
from seattle.client.groups import Groups
from seattle.client.lines import Line
from seattle.client.outcomes import Verdict, went_well
from seattle.client.parts import Parts
from seattle.client.patience import Patience
from seattle.client.places import Place
from seattle.client.profile import Profile, find_profile, load_profile, write_profile
from seattle.client.results import Failure, Results, Success
from seattle.client.run import Run
from seattle.client.site.vessels import Account, Lease, Order, OrderState
from seattle.client.testbed import Node, Testbed, connect
from seattle.client.upkeep import Pace
from seattle.client.vessel import Vessel
from seattle.client.vessels import VesselGroup

__all__ = [
    "Account",
    "AlreadyDeployed",
    "Answer",
    "Answers",
    "CannotFulfil",
    "ClientError",
    "Deployment",
    "Event",
    "EventKind",
    "Failure",
    "Groups",
    "InputsFailed",
    "Lease",
    "Line",
    "NoSuchGroup",
    "NoSuchProgram",
    "NoSuchVessel",
    "Node",
    "NotEnoughCredits",
    "Order",
    "OrderState",
    "Pace",
    "Parts",
    "Patience",
    "Place",
    "Profile",
    "ProfileError",
    "Results",
    "Run",
    "RunPlace",
    "RunResult",
    "SiteError",
    "SiteRefused",
    "SiteUnreachable",
    "Success",
    "Testbed",
    "TestbedUnreachable",
    "TimedOut",
    "Verdict",
    "Vessel",
    "VesselGroup",
    "VesselsFailed",
    "connect",
    "find_profile",
    "load_profile",
    "went_well",
    "write_profile",
]
