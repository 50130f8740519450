"""The example in JavaScript gets vessels from a real site and gives them back."""

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from tests.client.conftest import held_by_none, local

from seattle.client import Testbed
from seattle.client.site.client import SiteClient

__all__ = ["held_by_none", "local"]

PROGRAM = Path(__file__).parents[2] / "examples" / "rest" / "vessels.mjs"
NODE_JS = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE_JS is None, reason="there is no Node.js here")


class NewApiKey(msgspec.Struct):
    name: str


class Secret(msgspec.Struct):
    secret: str


def run(site: str, key: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"SEATTLE_SITE": site, "SEATTLE_API_KEY": key}
    command = [str(NODE_JS), str(PROGRAM), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_given_an_api_key_when_the_program_runs_then_it_gets_vessels_and_gives_them_back(held_by_none: Testbed) -> None:
    profile = held_by_none.profile
    key = SiteClient(profile.site_url, profile.load_key()).post("/api-keys", NewApiKey("node"), Secret).secret
    done = run(profile.site_url, key, "3", "wan")
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[0].startswith(f"{held_by_none.account().username} may hold")
    nodes = {line.removeprefix("got ").partition(":")[0] for line in lines[1:4]}
    assert (len(nodes), lines[4]) == (3, "gave 3 back")
    assert held_by_none.leases() == []


def test_given_a_wrong_key_when_the_program_runs_then_it_says_why(held_by_none: Testbed) -> None:
    done = run(held_by_none.profile.site_url, "sak_wrong")
    assert (done.returncode, done.stdout) == (1, "")
    assert "not-authenticated" in done.stderr
