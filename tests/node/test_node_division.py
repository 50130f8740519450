"""Splitting and joining: nothing is created, nothing lost, no name comes twice, whatever is done in whatever order."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from seattle.fabric.node_api import RestartPolicy
from seattle.identity.keys import KeyPair
from seattle.node.control_sockets import ControlSockets
from seattle.node.division import MAX_VESSELS, Division, sweep
from seattle.node.errors import BadResources, CallRefused, SameVessel, TooManyVessels, VesselGone
from seattle.node.journal import Journal
from seattle.node.nursery import Nursery
from seattle.node.records import VesselRecord
from seattle.node.restarts import RestartPlan
from seattle.node.store import Store
from seattle.node.surroundings import Surroundings
from seattle.node.vessel import Vessel
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.resources.splitting import OFFCUT
from seattle.resources.vector import ResourceVector

pytestmark = pytest.mark.anyio

OWNER, USER, OTHER = (KeyPair.from_seed(bytes([number]) * 32).public for number in (1, 2, 3))
PORTS = range(11000, 11010)
WHOLE = ResourceVector.of(
    cpu=1.0,
    memory=400_000_000,
    diskused=50_000_000,
    events=300,
    fileread=200_000,
    filewrite=200_000,
    filesopened=150,
    lograte=20_000,
    netsend=1000.5,
    messport=PORTS,
    connport=PORTS,
)
SMALL = ResourceVector.of(cpu=0.1, memory=1_000_000, diskused=1_000_000, messport=[11003])
NOTHING = ResourceVector.of(cpu=0, memory=0, diskused=0)


def node(folder: Path, *records: VesselRecord) -> Division:
    """A node of these vessels, or of those that its store has, on which nothing runs."""
    store = Store(folder / "store.sqlite")
    if records:
        store.lay_out(records, {})
    around = Surroundings(
        journal=Journal(None),
        store=store,
        nursery=Nursery(folder),
        sockets=ControlSockets(folder / "control"),
        unwatched_limit=600,
        tasks=asyncio.TaskGroup(),
        log_bytes=4096,
        loopback_ports=PORTS,
        reach_private_network=False,
        private_files=folder / "private",
    )
    root = folder / "vessels"
    vessels = {record.name: Vessel(record, root / record.name, around) for record in store.vessels()}
    sweep(root, vessels)
    return Division(vessels, root, around)


def record(name: str = "v1", **changes: object) -> VesselRecord:
    return VesselRecord(**{"name": name, "owner": OWNER, "users": (USER,), "resources": WHOLE, **changes})  # type: ignore[arg-type]


def records(division: Division) -> list[VesselRecord]:
    return division.around.store.vessels()


def folders(division: Division) -> set[str]:
    return {folder.name for folder in division.root.iterdir()}


shares = st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 0.9, 1.0, 1.1])
port_sets = st.frozensets(st.integers(PORTS.start - 1, PORTS.stop), max_size=4)
which = st.integers(0, 1000)


class DividedNode(RuleBasedStateMachine):
    """A node whose owner splits and joins at random, while its daemon ends and begins again."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())

    @initialize()
    def lay_out(self) -> None:
        self.division = node(self.folder, record())
        self.ever = ["v1"]

    @rule(place=which, share=shares, udp=port_sets, tcp=port_sets)
    def split(self, place: int, share: float, udp: frozenset[int], tcp: frozenset[int]) -> None:
        vessel = self.pick(place)
        steps = tuple(int(have * share) for have in vessel.resources.steps)
        self.attempt(self.division.split(vessel.name, ResourceVector(steps, udp, tcp)))

    @rule(first=which, second=which)
    def join(self, first: int, second: int) -> None:
        self.attempt(self.division.join(self.pick(first).name, self.pick(second).name))

    @rule()
    def restart(self) -> None:
        self.division.around.store.close()
        self.division = node(self.folder)

    @rule(place=which)
    def write_a_file(self, place: int) -> None:
        assume(records(self.division))
        self.division.vessels[self.pick(place).name].files.folder.joinpath("file").write_bytes(b"secret")

    @invariant()
    def all_and_its_offcuts_are_what_was_donated(self) -> None:
        whole = NOTHING
        for one in records(self.division):
            whole = whole + one.resources  # which refuses a port that two have
        for _ in records(self.division)[1:]:
            whole = whole + OFFCUT
        assert whole == WHOLE

    @invariant()
    def what_is_there_is_what_the_store_says(self) -> None:
        names = {one.name for one in records(self.division)}
        assert set(self.division.vessels) == names
        assert folders(self.division) == names

    def pick(self, place: int) -> VesselRecord:
        present = records(self.division)
        return present[place % len(present)]

    def attempt(self, work: object) -> None:
        before = records(self.division)
        try:
            asyncio.run(work)  # type: ignore[arg-type]
        except CallRefused:
            assert records(self.division) == before
            return
        known = {one.name for one in before}
        made = [one.name for one in records(self.division) if one.name not in known]
        assert not set(made) & set(self.ever)
        assert not any(list(self.division.vessels[name].files.folder.iterdir()) for name in made)
        self.ever += made

    def teardown(self) -> None:
        if hasattr(self, "division"):
            self.division.around.store.close()
        shutil.rmtree(self.folder)


DividedNode.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestWhateverIsSplitAndJoinedTheSumStays = DividedNode.TestCase


async def test_given_a_vessel_when_it_is_split_then_both_have_its_people_and_words_and_neither_its_files(
    tmp_path: Path,
) -> None:
    division = node(tmp_path, record(owner_information="a | b", advertise=False))
    division.vessels["v1"].files.folder.joinpath("old").write_bytes(b"x")
    rest, part = await division.split("v1", SMALL)
    assert (rest.name, part.name, part.resources) == ("v2", "v3", SMALL)
    assert rest.resources + part.resources + OFFCUT == WHOLE
    for one in (rest, part):
        assert (one.owner, one.users, one.owner_information, one.advertise) == (OWNER, (USER,), "a | b", False)
        assert division.vessels[one.name].files.entries() == []
    assert folders(division) == {"v2", "v3"}


async def test_given_two_vessels_when_they_are_joined_then_the_first_ones_people_hold_the_sum(tmp_path: Path) -> None:
    division = node(tmp_path, record(owner_information="mine"))
    rest, part = await division.split("v1", SMALL)
    division.around.store.replace(record(part.name, resources=SMALL, users=(OTHER,), owner_information="theirs"))
    joined = await division.join(rest.name, part.name)
    assert joined == record("v4", owner_information="mine")
    assert folders(division) == {"v4"}


async def test_given_one_vessel_when_it_is_joined_with_itself_then_that_is_refused_and_it_stays(tmp_path: Path) -> None:
    division = node(tmp_path, record(resources=SMALL))
    with pytest.raises(SameVessel, match="two vessels"):
        await division.join("v1", "v1")
    assert records(division) == [record(resources=SMALL)]


@pytest.mark.parametrize(
    ("wanted", "code", "named"),
    [
        (ResourceVector.of(cpu=2, memory=1, diskused=1), "proposal-too-large", "cpu"),
        (ResourceVector.of(cpu=0.1, memory=1, diskused=1, connport=[80]), "proposal-too-large", "connport"),
        (WHOLE, "proposal-too-large", "cpu"),
    ],
)
async def test_given_a_proposal_that_does_not_fit_when_it_is_made_then_the_error_names_what_is_short(
    tmp_path: Path, wanted: ResourceVector, code: str, named: str
) -> None:
    division = node(tmp_path, record())
    with pytest.raises(BadResources, match=named) as refused:
        await division.split("v1", wanted)
    assert refused.value.code == code
    assert records(division) == [record()]


async def test_given_a_vessel_too_small_for_the_offcut_when_it_is_split_then_the_error_says_so(tmp_path: Path) -> None:
    division = node(tmp_path, record(resources=NOTHING))
    with pytest.raises(BadResources) as refused:
        await division.split("v1", NOTHING)
    assert refused.value.code == "too-small-to-split"


async def test_given_a_split_that_failed_when_another_follows_then_it_has_burnt_no_names(tmp_path: Path) -> None:
    division = node(tmp_path, record())
    with pytest.raises(BadResources):
        await division.split("v1", WHOLE)
    rest, part = await division.split("v1", SMALL)
    assert (rest.name, part.name) == ("v2", "v3")


async def test_given_as_many_vessels_as_a_node_holds_when_one_more_is_split_off_then_the_error_names_the_limit(
    tmp_path: Path,
) -> None:
    none = ResourceVector((0,) * len(WHOLE.steps))
    division = node(tmp_path, record(), *(record(f"v{number}", resources=none) for number in range(2, MAX_VESSELS + 1)))
    with pytest.raises(TooManyVessels, match=str(MAX_VESSELS)):
        await division.split("v1", SMALL)


async def test_given_two_splits_of_one_vessel_at_once_when_they_are_made_then_only_one_is(tmp_path: Path) -> None:
    division = node(tmp_path, record())
    results = await asyncio.gather(*(division.split("v1", SMALL) for _ in range(2)), return_exceptions=True)
    assert [type(one) for one in results if isinstance(one, Exception)] == [VesselGone]
    assert len(records(division)) == 2


async def test_given_two_joins_of_the_same_vessels_in_both_orders_when_made_at_once_then_neither_waits_for_ever(
    tmp_path: Path,
) -> None:
    division = node(tmp_path, record())
    rest, part = await division.split("v1", SMALL)
    async with asyncio.timeout(10):
        results = await asyncio.gather(
            division.join(rest.name, part.name), division.join(part.name, rest.name), return_exceptions=True
        )
    assert sum(isinstance(one, VesselRecord) for one in results) == 1


async def test_given_a_program_that_waits_for_its_next_start_when_its_vessel_is_split_then_the_node_goes_on(
    tmp_path: Path,
) -> None:
    division = node(tmp_path, record())
    store = division.around.store
    plan = RestartPlan(policy=RestartPolicy.ALWAYS, again_at=division.around.clock() + 0.2)
    run = store.begin_run("v1", program="program.py", digest="0" * 64, arguments=[], log_start=0, now=0.0, plan=plan)
    store.end_run("v1", run.number, Outcome(OutcomeKind.EXITED, "0"), at=1.0, plan=plan)
    async with division.around.tasks:  # in which whatever fails ends the daemon
        await division.vessels["v1"].keep_settling()
        await division.split("v1", SMALL)


async def test_given_a_crash_between_store_and_folders_when_the_node_starts_then_folders_follow_the_store(
    tmp_path: Path,
) -> None:
    division = node(tmp_path, record())
    store = division.around.store
    store.exchange(["v1"], [record("v2")])  # and here the power went out
    store.close()
    assert folders(division) == {"v1"}
    assert folders(node(tmp_path)) == {"v2"}
