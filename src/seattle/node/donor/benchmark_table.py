"""What was measured of this computer, and what is donated of it: for people, and for programs."""

from typing import Final, TextIO

from seattle.node.amounts import size
from seattle.node.donor.benchmark import Benchmark, How
from seattle.resources.kinds import Resource
from seattle.resources.vector import ResourceVector

WIDE: Final = 120  # columns, where there is no terminal to measure


def facts(measured: Benchmark, donated: ResourceVector) -> list[dict[str, object]]:
    """A dict for each resource, as `--json` prints them."""
    return [
        {
            "name": one.resource.value,
            "unit": one.resource.unit,
            "machine": measured.machine[one.resource],
            "how": one.how.value,
            "note": one.note,
            "donated": donated[one.resource],
        }
        for one in measured.measurements
    ]


def print_table(measured: Benchmark, donated: ResourceVector, amounts: dict[str, int | float], *, on: TextIO) -> None:
    """A row for each resource. `amounts`: what is given whatever the percentage."""
    from rich import box  # noqa: PLC0415 - as below
    from rich.console import Console  # noqa: PLC0415 - slow to import, and JSON and the daemon don't need it
    from rich.table import Table  # noqa: PLC0415 - as above

    console = Console(file=on, width=None if on.isatty() else WIDE)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("resource", no_wrap=True)
    for heading in ("this computer", "donated"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("how that is known", overflow="fold")
    for one in measured.measurements:
        style = "yellow" if one.failed else "dim" if one.how is How.ASSUMED else ""
        given = in_words(donated[one.resource], one.resource) + (" *" if one.resource.value in amounts else "")
        known = f"{one.how.value}, {one.note}" if one.note else one.how.value
        table.add_row(
            one.resource.value, in_words(measured.machine[one.resource], one.resource), given, known, style=style
        )
    console.print(table)
    if amounts:
        console.print("* given as an amount, whatever the percentage")


def in_words(amount: float, resource: Resource) -> str:
    """An amount for people: `1.5 GB`, `25 MB/s`, `0.2 cores`."""
    if not resource.unit.startswith("bytes"):
        return f"{amount:.6g} {resource.unit}"
    return size(amount) + resource.unit.removeprefix("bytes")
