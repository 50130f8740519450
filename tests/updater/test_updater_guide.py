"""The release manager's guide, followed to the letter in a folder of its own, with a release of this tree."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.version import Version
from tests.installer.conftest import Tree, tree  # noqa: F401 - a fixture
from tests.updater.conftest import Mirror

from seattle.updater.client import UpdateClient
from seattle.updater.roles import Channel

GUIDE = Path(__file__).parents[2] / "docs" / "release-managers-guide.md"
MAKE = "make release"  # fetches wheels; `tests/packaging` has a test of what it does
PATIENCE = 120  # seconds

pytestmark = pytest.mark.slow


def blocks() -> Iterator[str]:
    """The indented commands of the page, in order."""
    for block in re.findall(r"(?:^    .*\n)+", GUIDE.read_text(), re.MULTILINE):
        yield re.sub(r"^    ", "", block, flags=re.MULTILINE)


def test_given_the_guide_when_its_commands_are_typed_then_a_node_finds_the_release_in_both_channels(
    tree: Tree,  # noqa: F811
    tmp_path: Path,
) -> None:
    (tmp_path / "dist").mkdir()
    bundle = tree.bundle(tmp_path / "dist" / "seattle.bundle", "1.4.0")
    typed = "".join(block for block in blocks() if block.strip() != MAKE)
    done = subprocess.run(
        ["bash", "-e"],
        check=False,
        cwd=tmp_path,
        input=typed,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    releases = tmp_path / "releases"
    mirror = Mirror(releases)
    try:
        for channel in Channel:
            root = (releases / "metadata" / "1.root.json").read_bytes()  # of a node of old
            node = UpdateClient(mirror.url, channel, tmp_path / f"cache-{channel}", root)
            available = node.newest(Version("1.3"))
            assert available is not None
            assert available.version == Version("1.4.0")
            node.fetch(available, tmp_path / "fetched")
            assert (tmp_path / "fetched").read_bytes() == bundle.read_bytes()
    finally:
        mirror.close()


def test_given_the_guide_when_its_table_of_roles_is_read_then_it_tells_how_long_each_is_good() -> None:
    from seattle.updater.roles import LASTS

    told = dict(re.findall(r"^\| `(\w+)` \|.*\| (\d+) days \|$", GUIDE.read_text(), re.MULTILINE))
    assert {role: int(days) for role, days in told.items()} == {str(role): span.days for role, span in LASTS.items()}
