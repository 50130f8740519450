"""Factoids: something about Seattle at each start."""

import random
from io import StringIO

import pytest
from rich.console import Console
from tests.shell.modules.shells import Shell

from seattle.shell.errors import Incomplete, Unfit
from seattle.shell.modules.bundled.factoids import FACTOIDS, greet, pick

pytestmark = pytest.mark.anyio


def test_there_are_at_least_twelve_and_each_is_told_once() -> None:
    assert len(set(FACTOIDS)) == len(FACTOIDS) >= 12


def test_given_dice_when_factoids_are_picked_then_each_can_come() -> None:
    dice = random.Random(1)
    assert {pick(dice) for _ in range(2000)} == set(FACTOIDS)


async def test_given_a_terminal_when_a_shell_starts_then_one_is_told(shell: Shell) -> None:
    screen = StringIO()
    shell.session.notes = Console(file=screen, force_terminal=True, color_system=None, width=1000)
    await greet(shell.session)
    assert screen.getvalue().strip() in FACTOIDS


async def test_given_a_script_when_a_shell_starts_then_none_is_told(shell: Shell) -> None:
    assert shell.said == ""


async def test_given_a_number_when_factoids_are_asked_for_then_so_many_different_ones_are_told(shell: Shell) -> None:
    told = (await shell.do("show factoids 3")).splitlines()
    assert len(set(told)) == 3
    assert set(told) <= set(FACTOIDS)


@pytest.mark.parametrize("line", ["show factoids all", f"show factoids {len(FACTOIDS) + 1}"])
async def test_given_all_or_more_when_factoids_are_asked_for_then_all_are_told(shell: Shell, line: str) -> None:
    assert set((await shell.do(line)).splitlines()) == set(FACTOIDS)
    assert ("these are all" in shell.said) == ("all" not in line)


@pytest.mark.parametrize("count", ["0", "-1", "1.5", "many", "9" * 5000])
async def test_given_what_is_no_number_of_factoids_when_they_are_asked_for_then_the_error_says_so(
    shell: Shell, count: str
) -> None:
    with pytest.raises(Unfit, match="no number of factoids"):
        await shell.do(f"show factoids {count}")


async def test_given_no_number_when_factoids_are_asked_for_then_the_error_says_what_is_missing(shell: Shell) -> None:
    with pytest.raises(Incomplete):
        await shell.do("show factoids")
