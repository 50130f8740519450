"""Scripts that get vessels from a site, use them, and give them back."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from tests.examples.conftest import BOUND, EXAMPLES

import seattle
from seattle.testbed import LocalTestbed, Size


@pytest.fixture(scope="module")
def with_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalTestbed]:
    """A small one: the site takes a while to divide a node."""
    with start_blocking_portal("asyncio") as portal:
        local = LocalTestbed(tmp_path_factory.mktemp("sdk") / "testbed", Size(nodes=1, vessels=3), clearinghouse=True)
        with portal.wrap_async_context_manager(local):
            yield local


def run(local: LocalTestbed, folder: Path, *words: object) -> list[str]:
    """A script of the examples, as somebody types it; its lines."""
    environment = {**os.environ, "SEATTLE_PROFILE": str(local.profile.folder)}
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with seattle.connect(local.profile) as testbed:
        assert testbed.leases() == [], "all vessels were given back"
    return done.stdout.splitlines()


def test_given_a_site_when_neighbors_are_pinged_then_the_table_is_full_and_the_vessels_are_given_back(
    with_site: LocalTestbed, tmp_path: Path
) -> None:
    rows = [line.split() for line in run(with_site, tmp_path, EXAMPLES / "sdk" / "pingneighbors.py", 3)]
    assert [row[0] for row in rows] == ["0", "1", "2"]
    for number, row in enumerate(rows):
        assert float(row[1 + number]) == 0
        assert all(0 <= float(cell) < 1000 for cell in row[1:])


def test_given_a_site_when_an_app_is_mapped_then_each_vessel_is_told_and_shown_and_given_back(
    with_site: LocalTestbed, tmp_path: Path
) -> None:
    places = [json.loads(line) for line in run(with_site, tmp_path, EXAMPLES / "sdk" / "appmap.py", 2, "map.html")]
    assert len({place["vessel"] for place in places}) == 2
    assert all(place["address"].startswith("127.") and place["country"] is None for place in places)
    page = (tmp_path / "map.html").read_text()
    assert re.findall(r"<td>(127\.[\d.]+)", page) == [place["address"] for place in places]


def test_given_addresses_of_the_internet_when_mapped_then_they_are_where_their_country_is_and_text_stays_text() -> None:
    names: dict[str, Any] = {"__name__": "appmap"}
    exec(compile((EXAMPLES / "sdk" / "appmap.py").read_text(), "appmap.py", "exec"), names)
    place = names["place_of"]("<b>v1</b>", "193.0.6.139")
    assert place["country"] == "The Netherlands"
    page = names["page_of"]([place])
    assert f'<circle cx="{place["longitude"]}" cy="{-place["latitude"]}"' in page
    assert "&lt;b&gt;v1" in page
    assert "<b>" not in page
