"""Grade reference monitors and attacks: run every attack beneath every monitor, and say who has held.

    python grade.py DEFENCES ATTACKS [--reference MONITOR] [--into FOLDER] [--timeout S] [--repeat N] [--jobs N]
                    [--restrictions FILE] [--repy COMMAND] [--vessels]

Monitors are the files `reference*` in the folder DEFENCES, attacks all other programs in the folder ATTACKS, which may
be the same one; whose an attack is, is what stands before the first `_` of its name. A monitor has held when the attack
ended in time and wrote nothing at all. With `--reference`, attacks that are not silent beneath that right monitor are
invalid, and left out; so is, in any case, what is no Repy.

Prints a table; writes `All_Attacks_matrix.csv` (a row for each monitor, a column for each attack, 1 where it broke
through), `All_Students_matrix.csv` (a column for each student, 1 if any attack of theirs did) and `reasons.json` (what
happened in each cell). Each pair runs in an empty folder of its own, out of reach of all files here, several at the
same time. With `--vessels` each runs in one of the vessels that you have, where nothing is but the two, as many at the
same time as there are; whatever was in those vessels is deleted. With `--repeat` a pair runs so many times, and one
break counts: for attacks that are races. This is ordinary Python, for a computer on which Seattle is installed. Exit
code 0: done; 1: a vessel failed; 2: wrong usage; 130: Ctrl-C, and nothing was written.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue

from seattle.client import VesselGroup, connect
from seattle.client.errors import ClientError, TimedOut

PROGRAMS = (".py", ".repy", ".r2py", ".repy3")
CAPTURED = 2000  # characters of what an attack writes
GRACE = 20.0  # seconds that a run may take beyond its timeout, before it is killed
INTERRUPTED = 130  # as shells have it
WHY = {1: "exception", 4: "not Repy", 5: "resource limit", 6: "timeout", 7: "broke the contract"}  # by exit code
WHY_IN_VESSELS = {  # by the kind of the outcome
    "exception": "exception",
    "unsafe": "not Repy",
    "killed": "resource limit",
    "violation": "broke the contract",
    "crashed": "broke the contract",
}

Run = Callable[[Path, Path], tuple[str, str]]  # a monitor and an attack -> the reason, and what was written
Judge = Callable[[Path, Path], "Cell"]


@dataclass(frozen=True)
class Cell:
    """One attack beneath one monitor."""

    monitor: str
    attack: str
    broken: bool
    reason: str  # held, output, exception, not Repy, resource limit, timeout, broke the contract, repy failed
    output: str


@dataclass(frozen=True)
class Here:
    """Runs pairs on this computer."""

    repy: str
    timeout: float  # seconds
    restrictions: Path | None
    stop: Path  # as soon as this file is there, no run goes on, and none begins

    def run(self, monitor: Path, attack: Path) -> tuple[str, str]:
        with tempfile.TemporaryDirectory(prefix="grade-") as folder:
            words = [self.repy, "run", "--cwd", folder, "--timeout", str(self.timeout), "--layer", str(monitor)]
            words += ["--stop", str(self.stop)]
            if self.restrictions is not None:
                words += ["--restrictions", str(self.restrictions)]
            try:
                done = subprocess.run(
                    [*words, str(attack)],
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    timeout=self.timeout + GRACE,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return "timeout", ""
        output = done.stdout.decode("utf-8", "replace")
        if done.returncode != 0:
            return WHY.get(done.returncode, "repy failed"), output
        return ("output" if output else "held"), output


class InVessels:
    """Runs pairs in vessels, one at a time in each."""

    def __init__(self, vessels: VesselGroup, timeout: float) -> None:
        self._timeout = timeout  # seconds
        self._free: SimpleQueue[VesselGroup] = SimpleQueue()
        for vessel in vessels:
            self._free.put(vessels.of([vessel]))

    def run(self, monitor: Path, attack: Path) -> tuple[str, str]:
        vessel = self._free.get()
        try:
            vessel.reset().raise_for_failures()
            running = vessel.run(attack, layers=[monitor])
            ended = running.results(timeout=self._timeout)
            if any(isinstance(failure.error, TimedOut) for failure in ended.failed):
                running.stop().raise_for_failures()
                return "timeout", ""
            (told,) = ended.raise_for_failures().values
            if told.outcome.kind != "exited" or told.outcome.exit_code:
                return WHY_IN_VESSELS.get(told.outcome.kind, "exception"), told.output
            return ("output" if told.output else "held"), told.output
        finally:
            self._free.put(vessel)


@dataclass(frozen=True)
class Grader:
    """How pairs are judged."""

    run: Run
    repeat: int

    def judge(self, monitor: Path, attack: Path) -> Cell:
        for _ in range(self.repeat):
            reason, output = self.run(monitor, attack)
            if reason != "held":
                break
        return Cell(monitor.name, attack.name, reason != "held", reason, output[:CAPTURED])


@contextmanager
def grader(options: argparse.Namespace) -> Iterator[tuple[Judge, ThreadPoolExecutor]]:
    """What judges a pair, and threads for as many as it can at the same time."""
    if options.vessels:
        with connect() as testbed:
            vessels = testbed.browse()
            if not vessels:
                raise ClientError("you have no vessels", hint="get some: seattle get 4")
            with threads(len(vessels)) as pool:
                yield Grader(InVessels(vessels, options.timeout).run, options.repeat).judge, pool
        return
    with tempfile.TemporaryDirectory(prefix="grade-") as folder:
        stop = Path(folder) / "stop"
        with threads(options.jobs, on_interrupt=stop.touch) as pool:
            here = Here(options.repy, options.timeout, options.restrictions, stop)
            yield Grader(here.run, options.repeat).judge, pool


@contextmanager
def threads(most: int, on_interrupt: Callable[[], None] = lambda: None) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads. After Ctrl-C they begin nothing more."""
    with ThreadPoolExecutor(most) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            on_interrupt()
            raise


def main(words: list[str]) -> int:
    options = parse(words)
    monitors = [file for file in programs_in(options.defences) if file.name.startswith("reference")]
    attacks = [file for file in programs_in(options.attacks) if not file.name.startswith("reference")]
    if not monitors or not attacks:
        print("error: there has to be one monitor, named reference*, and one attack at least", file=sys.stderr)
        return 2
    try:
        with grader(options) as (judge, pool):
            invalid = find_invalid(options.repy, judge, options.reference, attacks, pool)
            for name, why in invalid.items():
                print(f"invalid: {name}: {why}", file=sys.stderr)
            attacks = [attack for attack in attacks if attack.name not in invalid]
            cells = judge_all(pool, judge, [(m, a) for m in monitors for a in attacks], "graded")
    except ClientError as why:
        print(f"error: {why}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped: nothing was written", file=sys.stderr)
        return INTERRUPTED
    by_attack = matrix(cells, [monitor.name for monitor in monitors], lambda cell: cell.attack)
    by_student = matrix(cells, [monitor.name for monitor in monitors], lambda cell: cell.attack.partition("_")[0])
    options.into.mkdir(parents=True, exist_ok=True)
    write_csv(options.into / "All_Attacks_matrix.csv", by_attack)
    write_csv(options.into / "All_Students_matrix.csv", by_student)
    report = {"cells": [asdict(cell) for cell in cells], "invalid": invalid}
    (options.into / "reasons.json").write_text(json.dumps(report, indent=2) + "\n")
    draw(by_attack)
    return 0


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run every attack beneath every monitor.")
    parser.add_argument("defences", type=existing)
    parser.add_argument("attacks", type=existing)
    parser.add_argument("--reference", type=existing, help="a right monitor, beneath which valid attacks are silent")
    parser.add_argument("--into", type=Path, default=Path(), help="folder for the results")
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds for one run")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each pair")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="pairs at the same time")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--restrictions", type=existing, help="what a run may use")
    where.add_argument("--vessels", action="store_true", help="run them in the vessels that you have, not here")
    beside = str(Path(sys.executable).with_name("repy"))
    parser.add_argument("--repy", type=command, default=shutil.which(beside) or "repy", help="the command")
    return parser.parse_args(words)


def existing(text: str) -> Path:
    path = Path(text).resolve()
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{text} is not there")
    return path


def command(text: str) -> str:
    found = shutil.which(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"there is no command {text}: say where `repy` is")
    return str(Path(found).absolute())


def programs_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in PROGRAMS)


def find_invalid(
    repy: str, judge: Judge, reference: Path | None, attacks: list[Path], pool: ThreadPoolExecutor
) -> dict[str, str]:
    """Attacks that count for nothing, with the reason."""
    found = {}
    for attack in attacks:
        checked = subprocess.run([repy, "check", attack], capture_output=True, text=True, check=False)
        if checked.returncode:
            found[attack.name] = f"it is no Repy: {(checked.stdout + checked.stderr).strip()[:CAPTURED]}"
    if reference is not None:
        rest = [attack for attack in attacks if attack.name not in found]
        for cell in judge_all(pool, judge, [(reference, attack) for attack in rest], "tried beneath the right monitor"):
            if cell.broken:
                found[cell.attack] = f"beneath the right monitor: {cell.reason}: {cell.output.strip()}"
    return found


def judge_all(pool: ThreadPoolExecutor, judge: Judge, pairs: list[tuple[Path, Path]], doing: str) -> list[Cell]:
    """What comes of all these pairs, in their order. A terminal is told how far it is."""
    tasks = [pool.submit(judge, *pair) for pair in pairs]
    cells = []
    for task in tasks:
        cells.append(task.result())
        if sys.stderr.isatty():
            end = "\n" if len(cells) == len(tasks) else ""
            print(f"\r{doing}: {len(cells)} of {len(tasks)}", end=end, file=sys.stderr, flush=True)
    return cells


def matrix(cells: list[Cell], monitors: list[str], column_of) -> list[list[str]]:
    """A table of 0 and 1, with its head."""
    columns = sorted({column_of(cell) for cell in cells})
    broken = {(cell.monitor, column_of(cell)) for cell in cells if cell.broken}
    rows = [[monitor, *(str(int((monitor, column) in broken)) for column in columns)] for monitor in monitors]
    return [["", *columns], *rows]


def write_csv(file: Path, rows: list[list[str]]) -> None:
    with file.open("w", newline="") as out:
        csv.writer(out).writerows(rows)


def draw(rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
