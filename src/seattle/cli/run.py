"""`seattle run`: run a program on vessels and follow it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from seattle.cli.borrowing import borrowed
from seattle.cli.collecting import collect
from seattle.cli.console import ExitCode, Json, WrongUsage
from seattle.cli.following import Deadline, follow, follow_folded, stop
from seattle.cli.interruption import also_by_hang_up
from seattle.cli.on_words import On, read_on
from seattle.cli.run_report import ends_of, finish, finish_detached, print_ends, print_start, tell_collected
from seattle.cli.sending import files_to_send, send_and_launch
from seattle.cli.vessel_options import LayerOption, ProfileOption, connected, lost, on_option, reporting, vessels_of
from seattle.cli.where import HELP as WHERE
from seattle.cli.where import read_where
from seattle.client import Failure, Run, VesselGroup
from seattle.client.aio.starts import no_start
from seattle.fabric.node_api import RestartPolicy

EXAMPLES: Final = (
    ("seattle run hello.py one two", "on all vessels that you have, with two arguments"),
    ("seattle run hello.py --on wan:3", "on three vessels in different networks, which are given back afterwards"),
    ("seattle run hello.py --on random:2 --where country=DE --keep", "on two vessels in Germany, which stay yours"),
    ("seattle run hello.py --collect greeting.txt --into results", "and fetch a file that it leaves in each vessel"),
    ("seattle run hello.py --fold --timeout 60", "stopped after a minute; what many write the same is shown once"),
    ("seattle run --layer one_host.py hello.py", "beneath a security layer, which stands before its calls"),
    ("seattle run --detach --restart always hello.py", "leave it running; it starts again whenever it has ended"),
    ("seattle run hello.py -- --verbose", "what follows -- belongs to the program"),
)

OnWords = Annotated[
    list[str] | None,
    on_option(
        "On these vessels only",
        "a group's name; or KIND:N: N vessels (wan, lan, nat, random: see `seattle get`) that are got for this run and"
        " given back after it",
    ),
]
WhereWords = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="NAME=VALUE", help=f"With --on KIND:N: on such nodes only: {WHERE}."),
]


@dataclass(frozen=True)
class _Options:
    """What was asked for, besides the program and where it runs."""

    layers: tuple[Path, ...]
    restart: RestartPolicy
    detach: bool
    fold: bool
    timeout: float | None  # seconds
    collect: tuple[str, ...]
    into: Path
    as_json: bool


def run(
    program: Annotated[str, typer.Argument(metavar="PROGRAM", help="A Repy program on this computer.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS", help="Passed to the program; options of its own after --.")
    ] = None,
    *,
    on: OnWords = None,
    where: WhereWords = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the vessels that were got for this run.")] = False,
    more: Annotated[
        list[Path] | None,
        typer.Option("--with", metavar="FILE", help="Upload this file, too. What the program imports goes by itself."),
    ] = None,
    layers: LayerOption = None,
    patterns: Annotated[
        list[str] | None,
        typer.Option("--collect", metavar="NAME", help="Fetch this file from each vessel in the end; * and ? work."),
    ] = None,
    into: Annotated[
        Path, typer.Option("--into", metavar="DIR", help="The folder for what is collected: DIR/NODE_VESSEL_NAME.")
    ] = Path(),
    timeout: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="SECONDS", help="Stop it after so long; where it still ran, it has failed."),
    ] = None,
    fold: Annotated[
        bool, typer.Option("--fold", help="Show lines in the end, and what many vessels wrote the same only once.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Start it and leave; `seattle logs` shows it.")] = False,
    restart: Annotated[
        RestartPolicy,
        typer.Option(help="With --detach: when nodes start it again that has ended, until it is stopped."),
    ] = RestartPolicy.NEVER,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Put a program and what it imports into vessels, start it there, and show what it writes until it has ended.

    Ctrl-C stops it, and so does a reader of its output that goes away; nothing is collected then. Vessels that were
    got for this run are given back in any case, but with --keep. Exit code 0: it ended well on all vessels, 3: on some,
    1: on none.
    """
    with reporting(), also_by_hang_up():
        options = _Options(tuple(layers or ()), restart, detach, fold, timeout, tuple(patterns or ()), into, as_json)
        words = read_on(on or ())
        filters = read_where(where or (), near=None, within_ms=None)
        _check(options, words, filters, keep=keep)
        files = files_to_send(Path(program), arguments or (), more or (), options.layers)
        with _vessels(profile, words, filters, keep=keep) as (vessels, missing):
            code = _run(vessels, missing, files, arguments or [], options)
        raise typer.Exit(code)


def _check(options: _Options, words: On, filters: Mapping[str, Any], *, keep: bool) -> None:
    """Raise WrongUsage for options that make no sense together."""
    if options.restart is not RestartPolicy.NEVER and not options.detach:
        raise WrongUsage(f"--restart {options.restart} is for programs that nobody waits for: add --detach")
    if options.detach and (options.fold or options.timeout is not None or options.collect):
        raise WrongUsage("--fold, --timeout and --collect are for programs that are waited for: leave out --detach")
    if options.detach and words.orders and not keep:
        raise WrongUsage("--detach leaves the program on vessels that would be given back at once: add --keep")
    if not words.orders and (filters or keep):
        raise WrongUsage("--where and --keep are for vessels that are got for this run: add --on wan:3, say")


@contextmanager
def _vessels(
    profile: str | None, words: On, where: Mapping[str, Any], *, keep: bool
) -> Iterator[tuple[VesselGroup, list[Failure]]]:
    """The vessels that are meant, of ours and of those that are got for this run; and those that can't be had."""
    with connected(profile) as testbed, borrowed(testbed, words.orders, where=where, keep=keep) as got:
        ours = [vessels_of(testbed, words.names)] if words.names or not got else []
        missing = [failure for group in got for failure in group.unreachable]
        missing += [failure for group in ours for failure in lost(group)]
        first, *others = (*got, *ours)
        yield first.union(*others), missing


def _run(
    vessels: VesselGroup, missing: list[Failure], files: list[Path], arguments: list[str], options: _Options
) -> ExitCode:
    tell = print_start if options.as_json else no_start
    started = send_and_launch(
        vessels,
        files,
        arguments,
        missing=missing,
        layers=options.layers,
        restart=options.restart,
        tell=tell,
        until_started=options.detach,
    )
    if options.detach and not started.interrupted:
        return finish_detached(started)
    deadline = Deadline(started.run, options.timeout)
    ended = not started.interrupted and _follow(started.run, deadline, options)
    if started.interrupted:
        stop(started.run)
    ends = ends_of(started, deadline)
    if options.as_json:
        print_ends(ends)
    ran = {one.vessel for one in started.run.started.ok}
    wanted = vessels.filter(lambda vessel: ended and vessel.place in ran)
    collected = collect(wanted, options.collect, options.into) if options.collect else []
    tell_collected(collected, options.into, as_json=options.as_json)
    return finish(ends, collected)


def _follow(run: Run, deadline: Deadline, options: _Options) -> bool:
    with deadline:
        if options.fold:
            return follow_folded(run, as_json=options.as_json)
        return follow(run, as_json=options.as_json)
