"""What this computer has, what is given of it, and what the donor is shown."""

import json
import os
import resource as limits
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from seattle.cli.node import app
from seattle.identity.files import load_key_pair
from seattle.identity.keys import KeyPair
from seattle.node.daemon import open_for
from seattle.node.donor.benchmark import FALL_BACK, How, run_benchmark
from seattle.node.donor.cgroup_limits import cpu_limit, memory_limit
from seattle.node.donor.policy import load_policy
from seattle.node.donor.recommended import recommend
from seattle.node.settings import load_settings
from seattle.node.store import Store
from seattle.resources.kinds import BY_NAME, NUMBERS, Resource

NEVER_MEASURED = {Resource.NETSEND, Resource.NETRECV, Resource.LOGRATE, Resource.EVENTS}


def test_given_this_computer_when_it_is_measured_then_there_is_a_figure_for_every_resource_and_where_it_comes_from(
    tmp_path: Path,
) -> None:
    found = run_benchmark(tmp_path, seconds=0.05)
    assert [one.resource for one in found.measurements] == list(NUMBERS)
    assert all(one.amount > 0 for one in found.measurements)
    assert {one.resource for one in found.measurements if one.how is How.ASSUMED} == NEVER_MEASURED
    assert not found.failed
    assert found.machine[Resource.CPU] <= len(os.sched_getaffinity(0))
    assert list(tmp_path.iterdir()) == []


def test_given_a_folder_that_takes_no_file_when_it_is_measured_then_disk_rates_are_assumed_and_said_to_be(
    tmp_path: Path,
) -> None:
    found = run_benchmark(tmp_path / "none", seconds=0.02)
    failed = {one.resource: one for one in found.failed}
    assert set(failed) == {Resource.DISKUSED, Resource.FILEREAD, Resource.FILEWRITE}
    assert failed[Resource.DISKUSED].amount == FALL_BACK[Resource.DISKUSED]
    assert "could not be measured: " in failed[Resource.FILEREAD].note


def test_given_a_system_that_opens_nothing_any_more_when_it_is_measured_then_what_needs_that_is_assumed(
    tmp_path: Path,
) -> None:
    soft, hard = limits.getrlimit(limits.RLIMIT_NOFILE)
    limits.setrlimit(limits.RLIMIT_NOFILE, (3, hard))
    try:
        found = run_benchmark(tmp_path, seconds=0.02)
    finally:
        limits.setrlimit(limits.RLIMIT_NOFILE, (soft, hard))
    disk, loop = (Resource.FILEREAD, Resource.FILEWRITE), (Resource.LOOPSEND, Resource.LOOPRECV)
    assert {one.resource for one in found.failed} == {Resource.MEMORY, *disk, *loop}
    assert found.machine[Resource.MEMORY] == FALL_BACK[Resource.MEMORY]


def test_given_a_container_with_limits_then_the_tightest_around_us_counts(tmp_path: Path) -> None:
    for name, text in {
        "proc/self/cgroup": "0::/a/b\n",
        "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
        "sys/fs/cgroup/a/cpu.max": "150000 100000\n",
        "sys/fs/cgroup/a/b/memory.max": "max\n",
        "sys/fs/cgroup/a/memory.max": "1000000000\n",
        "sys/fs/cgroup/memory.max": "2000000000\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert cpu_limit(tmp_path) == 1.5
    assert memory_limit(tmp_path) == 1_000_000_000
    machine = run_benchmark(tmp_path, root=tmp_path, seconds=0.02).machine
    assert machine[Resource.MEMORY] == 1_000_000_000


@pytest.mark.parametrize("text", ["", "0::/../../etc\n", "nonsense", "1:cpu:/x\n"])
def test_given_no_cgroup_that_can_be_read_then_there_is_no_limit(tmp_path: Path, text: str) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(text)
    assert (cpu_limit(tmp_path), memory_limit(tmp_path)) == (None, None)


def command(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def vesselinfo(tmp_path: Path) -> Path:
    path = tmp_path / "vesselinfo"
    path.write_text(f"Percent 60\nOwner {KeyPair.generate().id}\nPercent 40\nOwner {KeyPair.generate().id}\n")
    return path


def test_given_a_percentage_and_an_amount_when_a_node_is_made_then_its_vessels_get_what_the_table_said(
    tmp_path: Path, vesselinfo: Path
) -> None:
    folder = tmp_path / "node"
    words = ["init", folder, "--vesselinfo", vesselinfo, "--fabric", "nats://127.0.0.1:9", "--percent", 20, "--json"]
    made = command(*words, "--give", "memory=512Mi")
    assert made.exit_code == 0, made.stderr
    told = {one["name"]: one for one in json.loads(made.stdout)["resources"]}
    assert told["memory"]["donated"] == 512 << 20
    assert told["random"]["donated"] == pytest.approx(told["random"]["machine"] * 0.2)
    assert told["netsend"]["how"] == "assumed"
    settings = load_settings(folder / "node.toml", {})
    store = Store(None)
    open_for(load_key_pair(settings.key_file), store, settings)
    for name in ("cpu", "memory", "diskused", "fileread", "random"):
        together = sum(record.resources[BY_NAME[name]] for record in store.vessels())
        assert 0.9 * told[name]["donated"] <= together <= told[name]["donated"] + 0.001
    store.close()


def test_given_a_node_when_it_is_made_then_the_table_is_shown_and_only_the_key_is_on_stdout(
    tmp_path: Path, vesselinfo: Path
) -> None:
    made = command("init", tmp_path / "node", "--vesselinfo", vesselinfo, "--fabric", "nats://127.0.0.1:9")
    assert made.exit_code == 0, made.stderr
    assert made.stdout == load_key_pair(tmp_path / "node" / "node.key").id + "\n"
    assert "not measured: a peer outside would be needed" in made.stderr


def test_given_the_policy_of_a_new_node_then_it_is_readable_and_only_asks_for_what_this_computer_can_tell(
    tmp_path: Path, vesselinfo: Path
) -> None:
    command("init", tmp_path / "node", "--vesselinfo", vesselinfo, "--fabric", "nats://127.0.0.1:9")
    policy = load_policy(tmp_path / "node" / "policy.toml")
    assert (policy.hours, policy.traffic, policy.activity) == ([], None, None)
    assert "# [activity]" in (tmp_path / "node" / "policy.toml").read_text()


def test_given_a_computer_that_tells_nothing_when_a_policy_is_recommended_then_nothing_is_switched_on(
    tmp_path: Path,
) -> None:
    text = recommend(tmp_path)
    assert not [line for line in text.splitlines() if line.startswith("[")]
    (tmp_path / "all.toml").write_text(text.replace("\n# ", "\n").replace("\npercent", "\n# percent"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--percent", "0"], "more than 0"),
        (["--percent", "100.5"], "100 at most"),
        (["--percent", "nan"], "no share"),
        (["--give", "memory=lots"], "--give memory=lots: memory can't be"),
        (["--give", "planet=1"], "--give planet=1: there is no resource"),
        (["--give", "connport=63100"], "--first-port"),
        (["--give", "cpu=1", "--give", "cpu=2"], "twice"),
        (["--give", "memory=100000Gi"], "this computer has"),
    ],
)
def test_given_a_share_or_an_amount_that_is_none_then_it_is_wrong_usage(words: list[str], said: str) -> None:
    wrong = command("benchmark", *words)
    assert wrong.exit_code == 2
    assert said in wrong.stderr


def test_given_a_node_when_another_is_made_in_its_folder_then_the_error_says_so_before_anything_is_measured(
    tmp_path: Path, vesselinfo: Path
) -> None:
    words = ["init", tmp_path / "node", "--vesselinfo", vesselinfo, "--fabric", "nats://127.0.0.1:9"]
    assert command(*words).exit_code == 0
    again = command(*words)
    assert (again.exit_code, "is a node already" in again.stderr) == (1, True)
    assert "measured" not in again.stderr


def test_given_what_is_no_broker_when_a_node_is_made_then_the_error_says_so_and_nothing_is(
    tmp_path: Path, vesselinfo: Path
) -> None:
    wrong = command("init", tmp_path / "node", "--vesselinfo", vesselinfo, "--fabric", "nats:/127.0.0.1")
    assert wrong.exit_code == 1
    assert "nats:/127.0.0.1" in wrong.stderr
    assert "measured" not in wrong.stderr
    assert not (tmp_path / "node").exists()


def test_given_too_little_for_a_vessel_when_a_node_is_made_then_nothing_is(tmp_path: Path, vesselinfo: Path) -> None:
    made = command(
        "init", tmp_path / "node", "--vesselinfo", vesselinfo, "--fabric", "nats://127.0.0.1:9", "--give", "memory=10Mi"
    )
    assert made.exit_code == 1
    assert "donate more" in made.stderr
    assert not (tmp_path / "node").exists()
