"""Readings of a computer whose /sys, /proc and /dev are real files in a folder."""

import os
from pathlib import Path
from typing import Any

import pytest

from seattle.node.donor.conditions.activity import LONG_AGO, read_idle
from seattle.node.donor.conditions.load import Load
from seattle.node.donor.conditions.memory import read_memory_pressure
from seattle.node.donor.conditions.metered import read_metered
from seattle.node.donor.conditions.power import FULL, read_power
from seattle.node.donor.conditions.reading import MAX_FILE, Reading, read_text
from seattle.node.donor.conditions.temperature import read_temperature
from seattle.node.donor.holding import Reason
from seattle.node.donor.marks import Marks
from seattle.node.donor.policy import Policy, parse_policy
from seattle.node.donor.watch import TOLD, Condition, conditions_of

NOW = 1_000_000.0
SUPPLY = "sys/class/power_supply"
ROUTE = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"


def put(root: Path, **files: str) -> Path:
    """Files beneath `root`; `__` in a name is a slash."""
    for name, text in files.items():
        write(root, name.replace("__", "/"), text)
    return root


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def battery(root: Path, *, level: str, status: str, mains: str | None) -> Path:
    write(root, f"{SUPPLY}/BAT0/type", "Battery")
    write(root, f"{SUPPLY}/BAT0/status", status)
    if level:
        write(root, f"{SUPPLY}/BAT0/capacity", level)
    if mains is not None:
        write(root, f"{SUPPLY}/AC/type", "Mains")
        write(root, f"{SUPPLY}/AC/online", mains)
    return root


def test_given_a_battery_that_feeds_the_computer_then_its_level_is_read(tmp_path: Path) -> None:
    reading = read_power(battery(tmp_path, level="38", status="Discharging", mains="0"), mains_only=False)
    assert (reading.value, reading.words) == (38.0, "on battery, 38 %")


@pytest.mark.parametrize(("status", "mains"), [("Charging", "1"), ("Full", None), ("Discharging", "1")])
def test_given_mains_then_the_level_does_not_matter(tmp_path: Path, status: str, mains: str | None) -> None:
    assert read_power(battery(tmp_path, level="3", status=status, mains=mains), mains_only=True).value == FULL


def test_given_mains_only_when_on_battery_then_a_full_one_is_as_good_as_empty(tmp_path: Path) -> None:
    assert read_power(battery(tmp_path, level="99", status="Discharging", mains="0"), mains_only=True).value == 0


def test_given_a_battery_of_a_mouse_then_it_is_not_the_computers(tmp_path: Path) -> None:
    write(tmp_path, f"{SUPPLY}/hid/type", "Battery")
    write(tmp_path, f"{SUPPLY}/hid/scope", "Device")
    write(tmp_path, f"{SUPPLY}/hid/capacity", "5")
    write(tmp_path, f"{SUPPLY}/hid/status", "Discharging")
    assert read_power(tmp_path, mains_only=True).value == FULL


def test_given_a_battery_without_level_or_no_supplies_at_all_then_it_is_unknown(tmp_path: Path) -> None:
    assert read_power(tmp_path, mains_only=False).value is None
    reading = read_power(battery(tmp_path, level="", status="Discharging", mains="0"), mains_only=False)
    assert reading.value is None
    assert reading.words.startswith("unknown: ")


def test_given_sensors_then_the_hottest_that_tells_no_nonsense_is_read(tmp_path: Path) -> None:
    put(
        tmp_path,
        sys__class__thermal__thermal_zone0__temp="45000",
        sys__class__thermal__thermal_zone0__type="acpitz",
        sys__class__hwmon__hwmon1__temp1_input="81500",
        sys__class__hwmon__hwmon1__temp2_input="999000",
        sys__class__hwmon__hwmon1__temp3_input="",
        sys__class__hwmon__hwmon1__name="coretemp",
    )
    reading = read_temperature(tmp_path)
    assert (reading.value, reading.words) == (81.5, "82 degrees (coretemp)")


def test_given_no_sensor_then_the_temperature_is_unknown(tmp_path: Path) -> None:
    assert read_temperature(tmp_path).value is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("some avg10=12.34 avg60=0.00 avg300=0.00 total=9\nfull avg10=99.00 avg60=0 avg300=0 total=0", 12.34),
        ("full avg10=99.00 avg60=0.00 avg300=0.00 total=0", None),
        ("", None),
        ("some avg10=nan avg60=0.00", None),
    ],
)
def test_given_memory_pressure_then_the_share_of_some_is_read(tmp_path: Path, text: str, value: float | None) -> None:
    assert read_memory_pressure(put(tmp_path, proc__pressure__memory=text)).value == value


def test_given_a_kernel_without_pressure_then_it_is_unknown(tmp_path: Path) -> None:
    assert read_memory_pressure(tmp_path).value is None


def stat(root: Path, *, user: int, idle: int) -> None:
    write(root, "proc/stat", f"cpu  {user} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10")


def test_given_two_looks_then_what_others_used_is_read_and_not_what_our_programs_used(tmp_path: Path) -> None:
    own: dict[int, float] = {7: 1.0}
    load = Load(tmp_path, lambda: dict(own))
    stat(tmp_path, user=100, idle=100)
    assert load.read().value == 0.0
    own.update({7: 3.0, 8: 50.0})  # the second has just begun: what it used before can't be known
    stat(tmp_path, user=600, idle=600)
    assert load.read().value == pytest.approx(100 * (5 - 2) / 10)


def test_given_a_look_too_soon_after_another_then_it_finds_what_that_found(tmp_path: Path) -> None:
    load = Load(tmp_path, dict)
    for user, idle, found in ((0, 0, 0), (50, 50, 50), (149, 50, 50), (249, 50, 100)):
        stat(tmp_path, user=user, idle=idle)
        assert load.read().value == pytest.approx(found)


def test_given_our_programs_alone_when_they_are_frozen_and_thawed_then_the_load_of_others_stays_nothing(
    tmp_path: Path,
) -> None:
    own = {7: 0.0}
    load, user = Load(tmp_path, lambda: dict(own)), 0
    for look in range(10):
        user += 500 if look % 2 else 0
        own[7] += 5.0 if look % 2 else 0.0
        stat(tmp_path, user=user, idle=1000 * look)
        assert load.read().value == 0.0


@pytest.mark.parametrize("text", ["", "cpu", "cpu a b c d e", "cpu 1 2", "intr 1 2 3 4 5"])
def test_given_a_stat_that_tells_nothing_then_the_load_is_unknown(tmp_path: Path, text: str) -> None:
    write(tmp_path, "proc/stat", text)
    assert Load(tmp_path, dict).read().value is None


def test_given_terminals_then_the_latest_read_of_one_is_the_latest_touch(tmp_path: Path) -> None:
    for name, ago in {"tty1": 5000, "pts/0": 42, "pts/ptmx": 1, "ttyS0": 3000}.items():
        write(tmp_path, f"dev/{name}", "")
        os.utime(tmp_path / "dev" / name, (NOW - ago, NOW))
    reading = read_idle(tmp_path, clock=lambda: NOW)
    assert (reading.value, reading.words) == (42, "somebody was here 42 s ago (of terminals alone)")


def test_given_a_desktop_of_which_nobody_tells_then_it_is_unknown_whether_somebody_is_there(tmp_path: Path) -> None:
    write(tmp_path, "dev/tty1", "")
    write(tmp_path, "tmp/.X11-unix/X0", "")
    reading = read_idle(tmp_path, clock=lambda: NOW)
    assert reading.value is None
    assert "a desktop runs" in reading.words


def test_given_nothing_to_look_at_then_it_is_unknown_whether_somebody_is_there(tmp_path: Path) -> None:
    assert read_idle(tmp_path, clock=lambda: NOW).value is None


def test_given_a_terminal_that_was_touched_in_the_future_or_long_ago_then_the_time_is_within_bounds(
    tmp_path: Path,
) -> None:
    write(tmp_path, "dev/tty1", "")
    os.utime(tmp_path / "dev/tty1", (NOW + 500, NOW))
    assert read_idle(tmp_path, clock=lambda: NOW).value == 0.0
    os.utime(tmp_path / "dev/tty1", (0, 0))
    assert read_idle(tmp_path, clock=lambda: NOW).value == LONG_AGO


@pytest.mark.parametrize(("listed", "value"), [(["wwan0"], 1.0), (["eth7"], 0.0)])
def test_given_a_list_of_interfaces_then_the_one_of_the_default_route_counts(
    tmp_path: Path, listed: list[str], value: float
) -> None:
    write(
        tmp_path,
        "proc/net/route",
        ROUTE
        + "eth7\t000A0A0A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        + "wwan0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    )
    assert read_metered(tmp_path, ask_manager=False, interfaces=listed).value == value


def test_given_an_ipv6_default_route_then_its_interface_counts_too(tmp_path: Path) -> None:
    nowhere = "0" * 32
    line = f"{nowhere} 00 {nowhere} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003"
    write(tmp_path, "proc/net/ipv6_route", f"{line} wwan0\n{line} lo")
    assert read_metered(tmp_path, ask_manager=False, interfaces=["wwan0"]).value == 1.0
    assert read_metered(tmp_path, ask_manager=False, interfaces=["lo"]).value == 0.0


def test_given_no_bus_when_the_manager_is_asked_then_it_is_unknown(tmp_path: Path) -> None:
    assert read_metered(tmp_path, ask_manager=True, interfaces=[]).value is None


def test_given_a_file_without_end_then_only_its_beginning_is_read(tmp_path: Path) -> None:
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert len(read_text(tmp_path / "zero") or "") <= MAX_FILE


def conditions(root: Path, text: str, earlier: Any = ()) -> dict[str, Condition]:
    policy = parse_policy(text.encode(), "p") if text else Policy()
    return {one.name: one for one in conditions_of(policy, root=root, own_cpu=dict, earlier=earlier)}


def test_given_a_condition_that_holds_then_others_are_told_the_reason_and_not_the_reading(tmp_path: Path) -> None:
    battery(tmp_path, level="38", status="Discharging", mains="0")
    finding = conditions(tmp_path, "[power]\n")["power"].look()
    assert (finding.reading.words, finding.goes_on) == ("on battery, 38 %", "on mains or at 60 %")
    assert finding.reason == Reason("power", "the computer is on battery", 60 * 60)


def test_given_any_condition_then_there_are_words_for_it() -> None:
    assert set(TOLD) == set(Policy.__struct_fields__) - {"grace", "notice", "hours"}


def test_given_a_condition_between_its_marks_when_the_policy_changes_then_it_stays_as_it_was(tmp_path: Path) -> None:
    battery(tmp_path, level="38", status="Discharging", mains="0")
    before = conditions(tmp_path, "[power]\n")
    assert before["power"].look().held
    battery(tmp_path, level="50", status="Discharging", mains="0")
    after = conditions(tmp_path, "grace = 1\n[power]\n", earlier=list(before.values()))
    assert after["power"].look().held
    assert not conditions(tmp_path, "[power]\n")["power"].look().held


@pytest.mark.parametrize("table", ["power", "activity", "memory", "temperature", "load", "network"])
def test_given_a_computer_that_tells_nothing_when_a_condition_is_asked_for_then_it_holds_back_and_says_so(
    tmp_path: Path, table: str
) -> None:
    """The attack: whatever keeps the donor's wish from being checked must not let programs run."""
    text = f"[{table}]\n" + ("metered = true\n" if table == "network" else "")
    finding = conditions(tmp_path, text)[table].look()
    assert finding.held
    assert finding.reason is not None
    assert "unknown" in finding.reading.words
    assert f"asks for {table}, which can't be read" in finding.reason.words


def test_given_a_reader_that_fails_in_a_way_that_nobody_thought_of_then_it_holds_back() -> None:
    def fails() -> Reading:
        raise ZeroDivisionError

    finding = Condition("load", fails, Marks(50, 25), goes_on="at 25 %", grace=0.0).look()
    assert finding.held
    assert finding.reason is not None
    assert "reading it failed" in finding.reading.words
