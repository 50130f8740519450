"""`python -m seattle.installer.setup HOME`: what an installer has its own release do, before the donor is asked.

It runs in the environment that was just unpacked into a home that is not in its place yet: it makes sure that somebody
has signed what the installer says, measures this computer, and makes the node. What it prints is one line of JSON, and
for people, on stderr, what was measured.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from seattle.identity.errors import IdentityError
from seattle.installer.standalone.errors import InstallerError
from seattle.installer.standalone.loader import SIGNATURE, STATEMENT
from seattle.installer.standalone.versions import Home
from seattle.installer.statement import Signed, check
from seattle.node.daemon import first_vessels
from seattle.node.donor.benchmark import run_benchmark
from seattle.node.donor.benchmark_table import facts, print_table
from seattle.node.donor.recommended import recommend
from seattle.node.errors import NodeError
from seattle.node.settings import NodeSettings
from seattle.node.setup import set_up
from seattle.node.vesselinfo import parse_vesselinfo
from seattle.resources.errors import ResourceError

FAILED: Final = 1
CA_FILE: Final = "ca.pem"


def main(words: Sequence[str] | None = None) -> int:
    """Do it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m seattle.installer.setup")
    parser.add_argument("home", type=Path)
    parser.add_argument("--signed-by", default="")
    parser.add_argument("--only-check", action="store_true")
    parser.add_argument("--percent", type=float)
    parser.add_argument("--first-port", type=int)
    parser.add_argument("--address", action="append", default=[])
    parser.add_argument("--program-address", action="append", default=[])
    parser.add_argument("--program-interface", action="append", default=[])
    parser.add_argument("--only-these-addresses", action="store_true")
    given = parser.parse_args(words)
    home = Home(given.home)
    try:
        signed = check(
            (home.folder / STATEMENT).read_bytes(), (home.folder / SIGNATURE).read_bytes(), signed_by=given.signed_by
        )
        told = {"signed_by": signed.by.id, **_offered(signed)}
        if not given.only_check:
            told |= _make_node(home, signed, given)
    except (InstallerError, NodeError, IdentityError, ResourceError, OSError) as why:
        print(f"error: {why}", file=sys.stderr)
        if hint := getattr(why, "hint", ""):
            print(f"hint: {hint}", file=sys.stderr)
        return FAILED
    print(json.dumps(told))
    return 0


def _offered(signed: Signed) -> dict[str, Any]:
    """What the installer is for, as people want to know it before they say yes."""
    statement = signed.statement
    return {
        "name": statement.name,
        "site": statement.site,
        "fabric": statement.node.fabric,
        "updates": None if statement.updates is None else statement.updates.url,
        "vessels": [
            {"percent": one.percent, "owner": one.owner.id, "users": [user.id for user in one.users]}
            for one in parse_vesselinfo(statement.vesselinfo)
        ],
    }


def _make_node(home: Home, signed: Signed, given: argparse.Namespace) -> dict[str, Any]:
    statement = signed.statement
    percent = statement.percent if given.percent is None else given.percent
    measured = run_benchmark(home.folder)
    more: dict[str, Any] = {} if given.first_port is None else {"first_port": given.first_port}
    settings = NodeSettings(
        folder=Path(),
        fabric=list(statement.node.fabric),
        plain_fabric=statement.node.plain_fabric,
        enrol_url=statement.node.enrol_url,
        invitation=statement.node.invitation,
        ca_file=Path(CA_FILE) if statement.node.ca else None,
        share=percent / 100,
        measured=measured.known,
        addresses=given.address,
        program_addresses=given.program_address,
        program_interfaces=given.program_interface,
        only_these_addresses=given.only_these_addresses,
        **more,
    )
    vessels = parse_vesselinfo(statement.vesselinfo)
    # While nothing is made yet: whether it is enough.
    _, donated = first_vessels(vessels, msgspec.structs.replace(settings, folder=home.folder))
    print_table(measured, donated, {}, on=sys.stderr)
    public = set_up(home.node, vessels=vessels, settings=settings, policy=recommend())
    if statement.node.ca:
        (home.node / CA_FILE).write_text(statement.node.ca, encoding="utf-8")
    return {
        "node": public.id,
        "percent": percent,
        "measured": facts(measured, donated),
        "failed": [one.resource.value for one in measured.failed],
    }


if __name__ == "__main__":
    sys.exit(main())
