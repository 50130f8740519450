"""`seattle node journal`: every run that there ever was on this computer."""

import sys
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
import typer

from seattle.cli.console import Json, WrongUsage, print_json, reporting, say
from seattle.cli.node_option import SettingsFile
from seattle.cli.node_views import SHORT, ask_daemon, at
from seattle.cli.tables import print_table
from seattle.node.amounts import duration, size
from seattle.node.journal import MOST, NOT_STARTED, UNSEEN, Entry
from seattle.node.journal_reader import JOURNAL, PROGRAM, SHORTEST_DIGEST, GetJournal, GetProgram
from seattle.node.settings import DEFAULT_SETTINGS
from seattle.repy.visible import visible

USUAL: Final = 20  # entries
_HEADINGS: Final = ("id", "began", "for", "vessel", "program", "digest", "key", "end", "cpu", "memory", "in", "out")


def journal(
    match: Annotated[
        str,
        typer.Argument(
            metavar="TEXT",
            help="Only runs of this vessel, key, digest or program, or that spoke with this address.",
        ),
    ] = "",
    *,
    settings: SettingsFile = DEFAULT_SETTINGS,
    program: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="Print the text of the program with this digest.")
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=MOST, help="How many runs to show.")] = USUAL,
    before: Annotated[
        int | None, typer.Option(metavar="ID", min=0, help="Only runs that began before this one.")
    ] = None,
    destinations: Annotated[
        bool, typer.Option("--destinations", help="Show with which addresses the programs exchanged data.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show who ran what here, when, how it ended, and what it cost; the latest first."""
    with reporting():
        if program is not None and (match or before is not None):
            raise WrongUsage("--program shows one text: leave TEXT and --before out")
        if program is not None and not _is_digest(program):
            raise WrongUsage(f"{program!r} is no digest: give at least {SHORTEST_DIGEST} of its characters 0-9 and a-f")
    if program is not None:
        _print_program(ask_daemon(settings, PROGRAM, GetProgram(program)).text)
        return
    page = ask_daemon(settings, JOURNAL, GetJournal(match[:200], before, count))
    if as_json:
        print_json(msgspec.to_builtins(page))
    elif not page.entries:
        say("hint: nothing that the journal still has is like that" if match else "hint: nothing has run here yet")
    else:
        print_table(_HEADINGS, [_row(entry) for entry in page.entries])
        if destinations:
            _print_destinations(page.entries)
        if page.more:
            say(f"hint: there are older ones: --before {page.entries[-1].id}")


def how_it_ended(entry: Entry) -> str:
    """In a few words: `exited(0)`, `runs`."""
    match entry.outcome:
        case "":
            return "runs"
        case end if end == NOT_STARTED:
            return "not started"
        case end if end == UNSEEN:
            return "end not seen"
        case kind:
            last_line = entry.detail.strip().rpartition("\n")[2]
            return f"{kind}({last_line})" if last_line else kind


def _row(entry: Entry) -> Sequence[str]:
    cost = entry.account
    return (
        str(entry.id),
        at(entry.began),
        "" if entry.ended is None else duration(entry.ended - entry.began),
        entry.vessel,
        " ".join([*(f"{layer.name} >" for layer in entry.layers), entry.program, *entry.arguments]),
        entry.digest[:SHORT],
        entry.key[:SHORT] or "the node",
        how_it_ended(entry),
        *(("",) * 4 if cost is None else (duration(cost.cpu), *map(size, (cost.memory, cost.received, cost.sent)))),
    )


def _print_destinations(entries: Sequence[Entry]) -> None:
    rows = [
        (str(entry.id), one.transport, one.began, one.address, str(one.port), size(one.received), size(one.sent))
        for entry in entries
        if entry.account is not None
        for one in entry.account.destinations
    ] + [
        (str(entry.id), "", "", "others", "", size(entry.account.others[1]), size(entry.account.others[0]))
        for entry in entries
        if entry.account is not None and any(entry.account.others)
    ]
    rows.sort(key=lambda row: -int(row[0]))  # as above, and within a run as it came
    print_table(("id", "protocol", "began", "address", "port", "in", "out"), rows)


def _print_program(text: bytes) -> None:
    """As it ran, for a file; made safe to look at, on a terminal."""
    if sys.stdout.isatty():
        print(visible(text.decode("utf-8", "backslashreplace")), end="")
    else:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()


def _is_digest(text: str) -> bool:
    return SHORTEST_DIGEST <= len(text) <= 64 and set(text) <= set("0123456789abcdef")  # hexadecimal SHA-256
