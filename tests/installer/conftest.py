"""A real bundle: Seattle's own wheel as the tree is now, and the wheels that a node needs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seattle.installer.bundling import make_bundle

ROOT = Path(__file__).parents[2]
WHEELS = ROOT / ".venv" / "wheels"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all wheels of a release, for this Python and this kind of machine."""
    folder = tmp_path_factory.mktemp("wheels")
    for file in WHEELS.glob("*.whl"):
        shutil.copy(file, folder)
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--no-index")
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, timeout=120)
    return folder


@pytest.fixture(scope="session")
def bundle(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of them."""
    file = tmp_path_factory.mktemp("bundle") / "seattle.bundle"
    make_bundle(wheels, file)
    return file
