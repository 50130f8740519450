"""What people see: folded outputs, progress on a terminal and none elsewhere."""

import io
import os
import pty
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress

import pytest

from seattle.cli import folded_lines
from seattle.cli.folded_lines import FoldedLines
from seattle.cli.get import shortage
from seattle.cli.progress import PATIENCE, TransferBar
from seattle.client import Line, Place, Vessel

A, B, C = (Place("U" + letter * 55, "v1") for letter in "ABC")


def folded(lines: list[tuple[Place, str]], places: list[Place]) -> list[str]:
    shown = FoldedLines(places, as_json=False)
    for place, text in lines:
        shown.show(Line(place, text))
    with redirect_stdout(io.StringIO()) as out:
        shown.finish()
    return out.getvalue().splitlines()


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], bytes]]:
    """A terminal in place of stderr; what it yields tells what has been written since it was last asked."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(theirs, "w") as stderr, monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stderr)

        def seen() -> bytes:
            stderr.flush()
            written = b""
            with suppress(BlockingIOError):  # that was all
                while piece := os.read(ours, 100_000):
                    written += piece
            return written

        yield seen
    os.close(ours)


def test_given_outputs_of_which_two_are_the_same_when_folded_then_they_are_one_with_the_names_of_both() -> None:
    lines = [(A, "one"), (C, "other"), (A, "two"), (B, "one"), (B, "two")]
    assert folded(lines, [A, B, C]) == [
        f"---- {A}, {B} (2 of 3) ----",
        "| one",
        "| two",
        f"---- {C} (1 of 3) ----",
        "| other",
    ]


def test_given_a_program_that_writes_what_looks_like_a_heading_when_folded_then_it_stands_behind_a_bar() -> None:
    heading = f"---- {B} (1 of 2) ----"
    missing = "... and 7 lines more ..."
    shown = folded([(A, heading), (A, f"x\r{heading}\f{heading}"), (A, ""), (A, missing), (B, "truth")], [A, B])
    assert [line for line in shown if not line.startswith("| ")] == [f"---- {A} (1 of 2) ----", heading]
    assert shown[-1] == "| truth"
    assert shown.count("| ") == 1


def test_given_a_vessel_that_writes_nothing_when_folded_then_it_is_named_all_the_same() -> None:
    assert folded([], [A]) == [f"---- {A} (1 of 1) ----"]


def test_given_more_vessels_than_a_heading_names_when_folded_then_the_others_are_counted() -> None:
    places = [Place(A.node, f"v{number}") for number in range(folded_lines.NAMED + 2)]
    assert folded([(place, "x") for place in places], places)[0].endswith("/v7 and 2 more (10 of 10) ----")


def test_given_a_vessel_that_writes_without_end_when_folded_then_no_more_is_kept_than_its_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(folded_lines, "MOST_KEPT", 10)
    assert folded([(A, "12345678"), (A, "more"), (A, "more")], [A])[1:] == ["| 12345678", "... and 2 lines more ..."]


def test_given_a_transfer_that_takes_long_when_stderr_is_a_terminal_then_a_bar_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    with terminal(monkeypatch) as seen:
        with TransferBar("sending data", 2, clock=lambda: now) as bar:
            bar(Vessel(place=A), 10, 1000)
            assert seen() == b""
            now = PATIENCE
            bar(Vessel(place=B), 500, 1000)
        assert b"sending data" in seen()


def test_given_a_transfer_that_takes_long_when_stderr_is_no_terminal_then_nothing_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = 0.0
    with TransferBar("sending data", 1, clock=lambda: now) as bar:
        now = PATIENCE * 10
        bar(Vessel(place=A), 500, 1000)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("3 of 5 vessels (any) could be had; no more are free now", "{}"),
        ("a node hung up", "3 of 5 vessels can be used now: {}"),
        ("", "3 of 5 vessels can be used now"),
    ],
)
def test_given_fewer_vessels_than_wanted_when_told_then_their_number_is_said_once(message: str, told: str) -> None:
    assert shortage(3, 5, message) == told.format(message)
