"""`seattle vessels`."""

import json
from typing import Any

from tests.cli.commands import Command

from seattle.identity.keys import KeyPair

World = Any  # of a conftest.py, which tests don't import


def test_given_vessels_and_a_dead_node_then_the_json_has_both_and_the_exit_code_is_3(
    world: World, alice: KeyPair, command: Command
) -> None:
    node = world.node(alice, "v1")
    dead = world.node(alice, "v1", serving=False)
    done = command("vessels", "--json")
    assert done.returncode == 3
    assert done.stderr == (
        f"error: 1 of 2 nodes did not tell which vessels they have: {dead.id[:9]} (the node is offline)\n"
    )
    told = json.loads(done.stdout)
    assert told["unreachable"] == [{"node": dead.id, "code": "nobody-there", "message": "the node is offline"}]
    assert told["vessels"] == [
        {
            "vessel": f"{node.id[:9]}/v1",
            "node": node.id,
            "name": "v1",
            "state": "fresh",
            "run": 0,
            "outcome": None,
            "owner": alice.id,
            "users": [],
            "addresses": ["127.0.0.1"],
            "nat": "unknown",
            "public_address": "",
            "tcp_ports": [63100],
            "udp_ports": [],
            "owner_information": "",
            "holding_back": "",
            "notice": "",
            "expires_at": None,
        }
    ]


def test_given_vessels_then_people_get_a_table(world: World, alice: KeyPair, command: Command) -> None:
    node = world.node(alice, "v1")
    done = command("vessels")
    assert done.returncode == 0
    assert f"{node.id[:9]}/v1" in done.stdout
    assert "fresh" in done.stdout
    assert done.stderr == ""


def test_given_what_a_donor_wants_known_when_vessels_are_listed_then_it_is_told_and_no_terminal_obeys_it(
    world: World, alice: KeyPair, command: Command
) -> None:
    world.node(alice, "v1", "v2").notice = "the donor empties this node \x1b[31m at noon"
    listed = command("vessels")
    assert listed.stderr.count("the donor empties this node \\x1b[31m at noon") == 1
    facts = json.loads(command("vessels", "--json").stdout)["vessels"]
    assert [vessel["notice"] for vessel in facts] == ["the donor empties this node \x1b[31m at noon"] * 2
