"""The donor's policy file: what it may say, and what is said about it when it is wrong."""

import tomllib
from pathlib import Path

import pytest

from seattle.node.donor import policy
from seattle.node.donor.policy import Policy, load_policy, parse_policy
from seattle.node.errors import BadSettings


def test_given_no_file_then_programs_may_always_run(tmp_path: Path) -> None:
    assert load_policy(tmp_path / "policy.toml") == Policy()


def test_given_the_example_in_the_docstring_then_it_is_read_as_it_says() -> None:
    assert policy.__doc__ is not None
    _, _, example = policy.__doc__.partition("\n\n    ")
    read = parse_policy("\n".join(line.removeprefix("    ") for line in example.splitlines()).encode(), "example")
    assert read.hours[0].cpu_percent == 40.0
    assert read.power is not None
    assert (read.power.marks.stop_at, read.power.marks.resume_at) == (40.0, 60.0)
    assert read.memory is not None
    assert read.memory.grace == 0.0
    assert read.network is not None
    assert read.network.metered_interfaces == ["wwan0"]
    assert {"grace", "notice", *tomllib.loads("[a]")} <= set(Policy.__struct_fields__) | {"a"}
    assert all(getattr(read, name) is not None for name in Policy.__struct_fields__)  # each table is in the example


def test_given_whole_numbers_then_they_do_as_well() -> None:
    read = parse_policy(b"grace = 5\n[power]\nstop_below = 30\nresume_at = 50\n", "p")
    assert read.grace == 5
    assert read.power is not None
    assert read.power.stop_below == 30


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour = 'red'", "colour"),
        ("[powr]\n", "powr"),
        ("[power]\nstop_below = 60\nresume_at = 40\n", r"resume_at = 40 has to be more than stop_below = 60"),
        ("[temperature]\nstop_at = 70\nresume_at = 70\n", "nothing changes"),
        ("[load]\nstop_at = 20\nresume_at = 50\n", "stop_at = 20 has to be more"),
        ("[load]\nstop_at = nan\n", "more than|stop_at"),
        ("[power]\nstop_below = -1\n", "stop_below"),
        ("[power]\nstop_below = '40'\n", "stop_below"),
        ("[[hours]]\nfrom = '25:00'\nto = '07:00'\n", "from"),
        ("[[hours]]\nfrom = '22:00'\n", "to"),
        ("[[hours]]\nfrom = '22:00'\nto = '07:00'\ndays = ['monday']\n", "days"),
        ("[[hours]]\nfrom = '22:00'\nto = '07:00'\ncpu_percent = 0\n", "cpu_percent"),
        ("[traffic]\nday_megabytes = -1\n", "day_megabytes"),
        ("grace = -1\n", "grace"),
        ("grace", "not TOML"),
        ("\udcff", "not TOML"),
    ],
)
def test_given_a_policy_that_is_wrong_then_the_error_names_what(text: str, words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        parse_policy(text.encode("utf-8", "surrogateescape"), "policy.toml")


def test_given_a_file_without_end_then_it_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("#" * (policy.MAX_FILE + 1))
    with pytest.raises(BadSettings, match="more than"):
        load_policy(file)
