"""An installer from the site, with a whole release in it: on a donor's computer it checks itself."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.clearinghouse.releases import Foundry, foundry
from tests.installer.conftest import Tree, tree

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.builds import services
from seattle.clearinghouse.builds.layout import Layout, Part, Person
from seattle.identity.keys import KeyPair

__all__ = ["tree"]  # the fixture of the installer's tests

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]


@pytest.fixture
def site(settings: Any, tmp_path: Path, tree: Tree) -> Foundry:
    site = foundry(settings, tmp_path)
    site.releases.publish(tree.bundle(tmp_path / "seattle.bundle", "1.1"), "1.1")
    return site


@pytest.fixture
def installer(site: Foundry, new_user: Callable[..., User], tmp_path: Path) -> Path:
    """The file of a planner's build, as a donor has it."""
    build = services.build(Layout((Person("ann"),), (Part(80, "ann"),), "class"), planner=new_user()).build
    site.sign()
    answer: Any = Client().get(f"/builds/{build.build_id}/installers/linux/")
    assert answer.status_code == 200
    file = tmp_path / "seattle-node.pyz"
    file.write_bytes(b"".join(answer.streaming_content))
    return file


def show(installer: Path, home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Have it say what it is."""
    home.mkdir(exist_ok=True)
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin:/usr/local/bin"}
    command = ["sh", str(installer), "show", "--folder", str(home / "node"), *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, check=False)


def test_given_an_installer_of_the_site_when_it_is_asked_then_it_is_whole_signed_and_says_whose_it_is(
    installer: Path, site: Foundry, tmp_path: Path
) -> None:
    told = show(installer, tmp_path / "home", "--signed-by", site.key.id)
    assert told.returncode == 0, told.stderr
    assert site.key.id in told.stdout + told.stderr
    other = show(installer, tmp_path / "home", "--signed-by", KeyPair.generate().id)
    assert other.returncode != 0
    assert "signed by" in other.stderr


def test_given_an_installer_in_which_a_byte_was_changed_when_it_is_asked_then_it_refuses(
    installer: Path, site: Foundry, tmp_path: Path
) -> None:
    data = bytearray(installer.read_bytes())
    place = data.rindex(b"Percent 80")
    data[place : place + 10] = b"Percent 90"
    installer.write_bytes(data)
    assert show(installer, tmp_path / "home").returncode != 0
