"""Where vessels are, as far as their addresses tell."""

import subprocess
import sys

import pytest
from tests.shell.modules.shells import Shell

from seattle.client import Place, Vessel
from seattle.identity.keys import KeyPair
from seattle.shell.errors import TargetNeeded

pytestmark = pytest.mark.anyio

NODE, OTHER, HIDDEN = (KeyPair.generate().id for _ in range(3))
GERMAN, AMERICAN = "130.83.47.181", "8.8.8.8"


@pytest.fixture
def known(shell: Shell) -> Shell:
    """A shell that knows two vessels of a node in Germany, one of a node behind a NAT, and one that is nowhere."""
    shell.knows(Vessel(place=Place(NODE, "v1"), public_address=GERMAN, addresses=("192.168.1.7",)))
    shell.knows(Vessel(place=Place(NODE, "v2"), public_address=GERMAN, addresses=("192.168.1.7",)))
    shell.knows(Vessel(place=Place(OTHER, "v1"), public_address="10.0.0.1", addresses=("192.168.1.7", AMERICAN)))
    shell.knows(Vessel(place=Place(HIDDEN, "v1"), addresses=("192.168.1.7", "no address")))
    return shell


async def test_given_vessels_when_their_location_is_asked_for_then_each_node_s_is_told_once(known: Shell) -> None:
    assert (await known.do("on %all show location")).splitlines() == [
        f"%1({NODE[:9]}): Germany",
        f"%3({OTHER[:9]}): United States",
        f"%4({HIDDEN[:9]}): Location unknown",
    ]


async def test_given_vessels_when_their_coordinates_are_asked_for_then_each_node_s_are_told_once(known: Shell) -> None:
    first, second, third = (await known.do("on %all show coordinates")).splitlines()
    assert first.startswith(f"%1({NODE[:9]}): 51.0000, ")
    assert second.startswith(f"%3({OTHER[:9]}): 38.0000, -97")
    assert third == f"%4({HIDDEN[:9]}): Location unknown"
    assert "these are the middles of countries" in known.said


async def test_given_vessels_that_are_nowhere_when_coordinates_are_asked_for_then_nothing_is_said_of_countries(
    known: Shell,
) -> None:
    assert await known.do("on %4 show coordinates") == f"%4({HIDDEN[:9]}): Location unknown\n"
    assert known.said == ""


async def test_given_an_empty_target_when_a_location_is_asked_for_then_it_is_said_that_it_is(shell: Shell) -> None:
    assert await shell.do("on %all show location") == ""
    assert "The target is empty" in shell.said


async def test_given_no_target_when_a_location_is_asked_for_then_the_error_says_that_one_is_needed(
    shell: Shell,
) -> None:
    with pytest.raises(TargetNeeded):
        await shell.do("show location")


def test_given_a_shell_that_shows_no_place_then_the_data_of_all_places_is_not_loaded() -> None:
    script = "import sys, seattle.shell.modules.bundled.geoip, seattle.shell.modules.bundled.selection\n"
    script += "sys.exit('geoip2fast' in sys.modules or 'countryinfo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0
