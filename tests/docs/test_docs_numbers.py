"""Figures that guides tell, held against the code: a page that disagrees sends its reader astray."""

import inspect
import re
import tomllib
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.docs.newcomer import ROOT

from seattle.clearinghouse import limits, server
from seattle.clearinghouse.config import SiteSettings
from seattle.clearinghouse.worker.config import WorkerSettings
from seattle.cli import node_init, testbed
from seattle.fabric import advert, advert_book, allowance, directory, enrolment, rpc, session
from seattle.identity import tokens
from seattle.node.settings import NodeSettings
from seattle.resources.splitting import FIRST_PORT, PORTS_PER_UNIT, UNITS
from seattle.updater import roles
from seattle.updater.roles import RoleName

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
MIB = 1024 * 1024


def default(function: Any, argument: str) -> Any:
    return inspect.signature(function).parameters[argument].default


SITE = SiteSettings()
NODE = {field.name: field.default for field in msgspec.structs.fields(NodeSettings)}
HOURS = WORDS[int(SITE.first_lease_hours)]
VESSELS = default(testbed.demo, "nodes") * default(testbed.demo, "vessels")
POLICIES = sum(folder.is_dir() for folder in (ROOT / "examples" / "security").iterdir() if folder.name[0] not in "._")
CLASSIFIERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
PYTHONS = [name for one in CLASSIFIERS if (name := one.rpartition(" :: ")[2]).startswith("3.")]
BROKER = ".".join(map(str, session.NEEDED_VERSION))
SAID = {
    "README.md": [
        f"{WORDS[default(testbed.demo, 'nodes')]} nodes that its user donates. It acquires {WORDS[VESSELS]} vessels",
        f"Python {PYTHONS[0]} or later (tested on {PYTHONS[0]} to {PYTHONS[-1]})",
    ],
    "SECURITY.md": [f"{tokens.LIFETIME:g} s validity"],
    "docs/first-program.md": [
        f"Starting {default(testbed.up, 'nodes')} nodes with {default(testbed.up, 'vessels')} vessels each",
        f"vessels for {HOURS} hours",
    ],
    "docs/cookbook.md": [
        f"Starting {default(testbed.up, 'nodes')} nodes with {default(testbed.up, 'vessels')} vessels each"
    ],
    "docs/donors-guide.md": [
        f"A node gives {default(node_init.init, 'percent'):g} % of",
        f"no node has taken over for {WORDS[NODE['unwatched_limit'] // 60]} minutes",
        f"goes back {NODE['journal_days']:g} days and takes {NODE['journal_bytes'] // MIB} MiB",
        f'"127.0.0.1:{NODE["page_port"]}"',
    ],
    "docs/educators-guide.md": [
        f"has {WORDS[POLICIES]} [assignments]",
        f"A student may hold {WORDS[SITE.free_credits]} vessels",
        f"a node has {WORDS[UNITS]} vessels at most",
    ],
    "docs/release-managers-guide.md": [
        f"| {roles.LASTS[RoleName.TARGETS].days} days | 2 of 2 | | canary",
        f"{roles.LASTS[RoleName.SNAPSHOT].days} days, {roles.LASTS[RoleName.TIMESTAMP].days} days",
        f"can hold news back for {WORDS[roles.LASTS[RoleName.TIMESTAMP].days]} days at most",
    ],
    "docs/clearinghouse-users-guide.md": [
        f"A vessel has {WORDS[PORTS_PER_UNIT]} ports of its own",
        f"some hours at first ({SITE.first_lease_hours:g}, unless your site says otherwise)",
        f"hold {WORDS[SITE.free_credits]} vessels, and {WORDS[SITE.credits_per_donation]} more for each computer",
        f"of one address {WORDS[SITE.donations_per_address]} nodes are credited",
    ],
    "docs/operators-clearinghouse.md": [
        f"{limits.MAX_BODY // 1024} KiB a request, {limits.MAX_HEAD // 1024} KiB its head",
        f"to come within {limits.BODY_PATIENCE:g} s (the head within {server.HEADERS_PATIENCE:g} s)",
        f"{limits.RATE:g} requests a second of one address after a burst of {limits.BURST:,.0f}",
    ],
    "docs/operators-fabric.md": [
        f"{BROKER} or newer",
        f"prints a credential that lives {enrolment.DEFAULT_LIFETIME.days} days",
        f"clock is {WORDS[int(advert.MAX_AGE / 60)]} minutes behind or {WORDS[int(advert.MAX_AHEAD / 60)]} ahead",
        f"{advert_book.MAX_NODES:,} nodes and {advert_book.MAX_BYTES // MIB} MiB of adverts",
        f"{allowance.RATE:g} calls a second of one caller to one node",
        f"{rpc.RATE_OF_STRANGERS:g} of all who have no right there",
        f"{directory.LOOKUP_RATE:g} look-ups a second of one caller",
    ],
    "deploy/nats/README.md": [f"{BROKER} or newer"],
    "examples/README.md": [f"{WORDS[POLICIES].capitalize()} policies on files"],
}
CASES = [(page, words) for page, all_words in SAID.items() for words in all_words]


def flat(page: str) -> str:
    return " ".join((ROOT / page).read_text(encoding="utf-8").replace("**", "").split())


@pytest.mark.parametrize(("page", "words"), CASES)
def test_given_a_figure_of_the_code_when_a_page_tells_it_then_it_is_the_same(page: str, words: str) -> None:
    assert words in flat(page)


def test_given_a_week_of_renewal_then_that_is_what_the_site_gives() -> None:
    assert timedelta(hours=SITE.longest_lease_hours) == timedelta(weeks=1)
    assert "after a renewal for a week from then" in flat("docs/clearinghouse-users-guide.md")


def test_given_the_brokers_bounds_then_the_guide_tells_those_of_the_configuration() -> None:
    common = (ROOT / "deploy" / "nats" / "common.conf").read_text()
    most = re.search(r"^max_connections: (\d+)", common, re.MULTILINE)
    assert most is not None
    assert f"{int(most[1]):,} connections" in flat("docs/operators-fabric.md")


def test_given_the_first_port_then_a_node_hands_out_the_hundred_from_there() -> None:
    assert default(node_init.init, "first_port") == FIRST_PORT == NODE["first_port"]
    assert PORTS_PER_UNIT * UNITS - 1 == 99  # as `--first-port` says


def test_given_the_cookbook_then_it_has_as_many_recipes_as_its_links_say() -> None:
    recipes = re.findall(r"^## \d+\. ", (ROOT / "docs" / "cookbook.md").read_text(), re.MULTILINE)
    assert f"[{WORDS[len(recipes)].capitalize()} recipes](cookbook.md)" in flat("docs/index.md")
    assert f"{WORDS[len(recipes)]} things that people do with vessels" in flat("README.md")
    assert f"{WORDS[len(recipes)]} things that people do with vessels" in flat("docs/first-program.md")


def _shown(value: object) -> str:
    """As a table of settings shows a default; empty where it has words of its own."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    return f"{value:g}" if isinstance(value, int | float) else str(value) if isinstance(value, str | Path) else ""


@pytest.mark.parametrize(("prefix", "kind"), [("SEATTLE_SITE", SiteSettings), ("SEATTLE_WORKER", WorkerSettings)])
def test_given_the_table_of_settings_then_each_is_there_with_its_default(
    prefix: str, kind: type[msgspec.Struct]
) -> None:
    page = (ROOT / "docs" / "operators-clearinghouse.md").read_text(encoding="utf-8")
    table = page.partition(f"| {prefix}_... |")[2].partition("\n\n")[0]
    told: dict[str, str] = {}
    for row in table.splitlines()[2:]:
        names, defaults, _ = (cell.strip() for cell in row.strip("|").split("|", 2))
        settings = [name.strip("`").lower() for name in names.split(", ")]
        values = [one.strip("`") for one in defaults.split(", ")]
        told |= dict(zip(settings, values if len(values) == len(settings) else values * len(settings), strict=False))
    fields = msgspec.structs.fields(kind)
    assert set(told) == {field.name for field in fields}
    wrong = {
        field.name: (told[field.name], shown)
        for field in fields
        if (shown := _shown(field.default)) and re.fullmatch(r"[\d.]+|true|false|`.*`", told[field.name])
        if told[field.name] != shown
    }
    assert not wrong
