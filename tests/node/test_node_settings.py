import itertools
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from seattle.fabric.advert import open_advert, sign_advert
from seattle.identity.files import load_key_pair
from seattle.identity.keys import KeyPair
from seattle.node.addresses import Whereabouts
from seattle.node.adverts import MAX_PRINCIPALS, make_advert
from seattle.node.errors import BadSettings, TooLittleDonated
from seattle.node.machine import EVENTS, LEAST_MEMORY, divide, donate, measure
from seattle.node.polls import BRIEF, Polls
from seattle.node.records import VesselRecord
from seattle.node.settings import NodeSettings, load_settings, write_settings
from seattle.node.setup import set_up
from seattle.node.vesselinfo import VesselShare
from seattle.repy.monitor.network.host import HostNetwork
from seattle.resources.kinds import NUMBERS, Resource
from seattle.resources.splitting import OFFCUT
from seattle.resources.vector import ResourceVector

ALICE, BOB, CAROL = (KeyPair.from_seed(bytes([number]) * 32).public for number in (1, 2, 3))
LEAST = "folder = '.'\nfabric = ['nats://127.0.0.1:4222']\n"
MACHINE = ResourceVector.of(
    cpu=8, memory=16 << 30, diskused=100 << 30, events=EVENTS, fileread=1e7, filewrite=1e7, filesopened=1000,
    lograte=1e6, netsend=1e6, netrecv=1e6, loopsend=1e7, looprecv=1e7, random=1e6, insockets=1000, outsockets=1000,
)  # fmt: skip


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def written(text: str) -> Path:
        path = tmp_path / "node.toml"
        path.write_text(text)
        return path

    return written


def test_given_the_least_a_file_can_say_then_the_rest_has_defaults_and_paths_begin_at_the_file(
    write: Any, tmp_path: Path
) -> None:
    settings = load_settings(write(LEAST), {})
    assert settings.folder == tmp_path
    assert settings.key_file == tmp_path / "node.key"
    assert settings.share == 0.10
    assert settings.loopback_ports == range(63100, 63200)


def test_given_the_environment_when_it_names_a_setting_then_it_wins_over_the_file(write: Any) -> None:
    environment = {
        "SEATTLE_NODE_SHARE": "0.25",
        "SEATTLE_NODE_FIRST_PORT": "50000",
        "SEATTLE_NODE_FABRIC": "tls://a:1, tls://b:2",
        "SEATTLE_NODE_KEY_FILE": "/keys/node",
        "OTHER": "x",
    }
    settings = load_settings(write(LEAST + "share = 0.5\n"), environment)
    assert (settings.share, settings.first_port) == (0.25, 50000)
    assert settings.fabric == ["tls://a:1", "tls://b:2"]
    assert settings.key_file == Path("/keys/node")


@pytest.mark.parametrize(
    ("text", "environment", "words"),
    [
        ("folder = '.'\n", {}, "fabric"),
        (LEAST + "colour = 'red'\n", {}, "colour"),
        (LEAST + "share = 0\n", {}, "share"),
        (LEAST + "share = 1.5\n", {}, "share"),
        (LEAST + "share = nan\n", {}, "share"),
        (LEAST + "share = '0.5'\n", {}, "share"),
        (LEAST + "first_port = 65500\n", {}, "first_port"),
        (LEAST + "log_bytes = 1\n", {}, "log_bytes"),
        (LEAST + "key_file = 7\n", {}, "key_file"),
        (LEAST + "loopback_first = 9\nloopback_last = 8\n", {}, "swap"),
        (LEAST + "[donation]\nmemory = 'much'\n", {}, "memory"),
        (LEAST + "[measured]\nrandom = 'much'\n", {}, "random"),
        (LEAST + "program_addresses = ['here']\n", {}, "here"),
        (LEAST + "program_interfaces = ['a/b']\n", {}, "program_interfaces"),
        (LEAST + "only_these_addresses = true\n", {}, "which are these"),
        (LEAST + "look_every = 0\n", {}, "look_every"),
        ("folder = '.'\nfabric = ['http://x']\n", {}, "fabric"),
        ("folder = '.'\nfabric = []\n", {}, "fabric"),
        ("folder", {}, "not TOML"),
        ("\xff", {}, "not TOML"),
        (LEAST, {"SEATTLE_NODE_SHARES": "0.5"}, "SEATTLE_NODE_SHARES"),
        (LEAST, {"SEATTLE_NODE_SHARE": "much"}, "share"),
    ],
)
def test_given_settings_that_are_wrong_then_the_error_names_the_key_or_what_is_missing(
    write: Any, text: str, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(BadSettings, match=words):
        load_settings(write(text), environment)


def test_given_no_file_then_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="seattle node init"):
        load_settings(tmp_path / "none.toml", {})


def test_given_settings_when_they_are_written_then_reading_gives_them_back(tmp_path: Path) -> None:
    settings = NodeSettings(
        folder=Path('with "quotes" and \\'),
        fabric=["tls://h:1"],
        share=0.3,
        donation={"memory": 268435456, "cpu": 1.5},
        loopback_first=63100,
        loopback_last=64000,
        reach_private_network=True,
        addresses=["127.0.0.1", "::1"],
    )
    path = tmp_path / "node.toml"
    write_settings(path, settings)
    read = load_settings(path, {})
    assert msgspec.structs.replace(read, folder=read.folder.relative_to(tmp_path)).folder == settings.folder
    assert tomllib.loads(path.read_text())["donation"] == {"memory": 268435456, "cpu": 1.5}
    assert (read.donation, read.addresses, read.loopback_ports) == (
        settings.donation,
        settings.addresses,
        range(63100, 64001),
    )
    with pytest.raises(BadSettings, match="can't be written"):
        write_settings(path, settings)


def test_given_settings_that_would_be_refused_then_they_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="share"):
        write_settings(tmp_path / "node.toml", NodeSettings(folder=Path(), fabric=["tls://h:1"], share=7))
    assert not (tmp_path / "node.toml").exists()


def test_given_settings_with_odd_paths_when_they_are_written_then_they_are_read_back_or_none_is_made(
    tmp_path: Path,
) -> None:
    path, name = tmp_path / "node.toml", "\N{PARTY POPPER} \x7f.pem"
    with pytest.raises(BadSettings, match="is no text"):
        write_settings(path, NodeSettings(folder=Path(), fabric=["tls://h:1"], ca_file=Path("\udcff")))
    write_settings(path, NodeSettings(folder=Path(), fabric=["tls://h:1"], ca_file=Path(name)))
    assert load_settings(path, {}).ca_file == tmp_path / name


def test_this_machine_has_something_of_every_resource(tmp_path: Path) -> None:
    machine = measure(tmp_path)
    assert all(machine[resource] > 0 for resource in NUMBERS)
    assert machine[Resource.CPU] <= (os.cpu_count() or 1)


def test_given_a_share_then_everything_is_scaled_but_threads_and_what_is_said_explicitly() -> None:
    donated = donate(MACHINE, share=0.1, explicit={"memory": 7_000_000, "netsend": 0})
    assert donated[Resource.CPU] == 0.8
    assert donated[Resource.DISKUSED] == MACHINE[Resource.DISKUSED] // 10
    assert donated[Resource.EVENTS] == EVENTS
    assert donated[Resource.MEMORY] == 7_000_000
    assert donated[Resource.NETSEND] == 0


@pytest.mark.parametrize("explicit", [{"colour": 1}, {"memory": -1}, {"memory": 1.5}, {"cpu": float("inf")}])
def test_given_a_donation_of_what_is_no_amount_then_it_is_refused(explicit: dict[str, float]) -> None:
    with pytest.raises(TooLittleDonated):
        donate(MACHINE, share=0.1, explicit=explicit)


@given(cuts=st.sets(st.integers(1, 9)), share=st.floats(0.2, 1))
def test_given_any_donation_when_it_is_divided_then_vessels_and_offcuts_are_what_was_donated(
    cuts: set[int], share: float
) -> None:
    bounds = [0, *sorted(cuts), 10]
    percents = [(end - start) * 10 for start, end in itertools.pairwise(bounds)]
    donated = donate(MACHINE, share=share)
    vessels = divide(donated, percents, first_port=50000)
    whole = vessels[0]
    for vessel in vessels[1:]:
        whole += vessel
    for _ in vessels:
        whole += OFFCUT
    assert whole.steps == donated.steps
    assert whole.connports == frozenset(range(50000, 50100))


def test_given_too_little_for_an_interpreter_then_the_error_says_what_to_do() -> None:
    donated = donate(MACHINE, share=0.1, explicit={"memory": LEAST_MEMORY})
    with pytest.raises(TooLittleDonated, match="donate more"):
        divide(donated, [50, 50], first_port=50000)


def test_given_many_who_wait_then_the_next_waits_a_moment_or_not_and_no_caller_takes_all_places() -> None:
    polls = Polls(most=3, most_by_caller=2, most_brief=1)
    with polls.waiting(ALICE, 9.0) as first, polls.waiting(ALICE, 9.0) as second:
        assert (first, second) == (9.0, 9.0)
        with polls.waiting(ALICE, 9.0) as third, polls.waiting(BOB, 9.0) as other, polls.waiting(BOB, 9.0) as last:
            assert (third, other, last) == (BRIEF, 9.0, 0.0)
        with polls.waiting(ALICE, 0.0) as impatient:
            assert impatient == 0.0
    with polls.waiting(ALICE, 9.0) as again:
        assert again == 9.0


def test_given_more_principals_than_a_directory_takes_then_owners_come_first_and_the_advert_fits() -> None:
    users = tuple(KeyPair.from_seed(number.to_bytes(32, "big")).public for number in range(1000, 1400))
    vessels = [
        VesselRecord(name="v1", owner=ALICE, users=users, resources=MACHINE),
        VesselRecord(name="v2", owner=BOB, users=(ALICE, *users), resources=MACHINE),
        VesselRecord(name="v3", owner=CAROL, users=(ALICE,), resources=MACHINE, advertise=False),
    ]
    key = KeyPair.generate()
    advert = make_advert(vessels, version="1", where=Whereabouts(["127.0.0.1"], HostNetwork()), donated=MACHINE)
    assert len(advert.vessels) == MAX_PRINCIPALS
    assert advert.vessels[ALICE.id] == ["v1", "v2"]
    assert advert.vessels[BOB.id] == ["v2"]
    assert CAROL.id not in advert.vessels
    now = 1000.0
    wire = sign_advert(msgspec.structs.replace(advert, node=key.id, issued_at=now), key)
    assert open_advert(wire, now=now).vessels == advert.vessels


def test_given_a_folder_when_a_node_is_set_up_then_all_is_there_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    settings = NodeSettings(folder=Path(), fabric=["tls://h:1"])
    public = set_up(folder, vessels=[VesselShare(100, ALICE)], settings=settings)
    assert load_key_pair(folder / "node.key").public == public
    assert folder.stat().st_mode & 0o077 == 0
    with pytest.raises(BadSettings):
        set_up(folder, vessels=[VesselShare(100, BOB)], settings=settings)
    assert load_key_pair(folder / "node.key").public == public
    assert ALICE.id not in (folder / "vesselinfo").read_text()  # a public line, as ssh-keygen shows it
    assert "ssh-ed25519" in (folder / "vesselinfo").read_text()


def test_given_the_command_when_a_node_is_set_up_and_checked_then_json_names_what_was_made(tmp_path: Path) -> None:
    from seattle.cli.node import app

    info = tmp_path / "vesselinfo"
    info.write_text(f"Percent 100\nOwner {ALICE}\n")
    runner = CliRunner()
    words = ["init", str(tmp_path / "n"), "--vesselinfo", str(info), "--fabric", "nats://127.0.0.1:9"]
    made = runner.invoke(app, [*words, "--json"])
    assert made.exit_code == 0, made.output
    facts = msgspec.json.decode(made.stdout)
    assert len(facts.pop("resources")) == len(NUMBERS)
    assert facts == {
        "node": load_key_pair(tmp_path / "n" / "node.key").id,
        "settings": str(tmp_path / "n" / "node.toml"),
        "policy": str(tmp_path / "n" / "policy.toml"),
        "credential": str(tmp_path / "n" / "node.jwt"),
    }
    assert runner.invoke(app, ["check", "--settings", facts["settings"]]).exit_code == 0
    again = runner.invoke(app, words)
    assert again.exit_code == 1
    assert "error: " in again.stderr


def test_given_a_vesselinfo_that_is_wrong_when_a_node_is_set_up_then_nothing_is_made(tmp_path: Path) -> None:
    from seattle.cli.node import app

    info = tmp_path / "vesselinfo"
    info.write_text("Percent 90\n")
    words = ["init", str(tmp_path / "n"), "--vesselinfo", str(info), "--fabric", "nats://127.0.0.1:9"]
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 1
    assert "no owner" in refused.stderr
    assert not (tmp_path / "n").exists()


def test_given_no_settings_when_the_daemon_is_started_then_it_says_so_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "seattle.node", "--settings", str(tmp_path / "none.toml")]
    failed = subprocess.run(command, check=False, timeout=60, capture_output=True, text=True)
    assert failed.returncode == 1
    assert failed.stderr.startswith("error: ")
    assert "Traceback" not in failed.stderr
    assert failed.stdout == ""
