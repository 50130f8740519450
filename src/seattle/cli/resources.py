"""`seattle resources`: what vessels may use, and do use."""

from collections.abc import Iterator
from typing import Annotated, Final

import typer

from seattle.cli.console import Json
from seattle.cli.tables import print_table
from seattle.cli.vessel_options import OnOption, ProfileOption, chosen_vessels, finish, reporting
from seattle.client.ports import port_ranges
from seattle.fabric.node_api import ResourceReport

EXAMPLES: Final = (
    ("seattle resources --on UAB/v1", "of one vessel"),
    ("seattle resources --cost", "what dividing each vessel once would cost"),
)


def resources(
    *,
    cost: Annotated[bool, typer.Option("--cost", help="What a split of each vessel costs instead.")] = False,
    on: OnOption = None,
    profile: ProfileOption = None,
    as_json: Json = False,
) -> None:
    """Show what your vessels may use, and do use: cores, bytes, bytes a second, numbers of things, and ports."""
    with reporting(), chosen_vessels(profile, on) as vessels:
        if cost:
            costs = vessels.offcut_resources()
            if not as_json:
                rows = [[str(one.vessel), *pair] for one in costs.ok for pair in _pairs(one.value)]
                print_table(["vessel", "resource", "cost"], rows)
            finish("did not tell what a split costs", costs, as_json=as_json, facts=lambda amounts: {"cost": amounts})
        results = vessels.resources()
        if not as_json and results.ok:
            rows = [[str(one.vessel), *cells] for one in results.ok for cells in _cells(one.value)]
            print_table(["vessel", "resource", "used", "limit"], rows)
        finish("did not tell their resources", results, as_json=as_json, facts=_facts)


def _cells(report: ResourceReport) -> Iterator[list[str]]:
    for name, limit in report.limits.items():
        yield [name, _amount(report.usage.get(name, 0)), _amount(limit)]


def _pairs(amounts: dict[str, int | float | list[int]]) -> Iterator[list[str]]:
    for name, amount in amounts.items():
        yield [name, _amount(amount)]


def _facts(report: ResourceReport) -> dict[str, object]:
    return {"limits": report.limits, "usage": report.usage, "stop_times": report.stop_times}


def _amount(amount: float | list[int]) -> str:
    return port_ranges(amount) if isinstance(amount, list) else f"{amount:.12g}"
