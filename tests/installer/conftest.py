"""Bundles of this very tree, made once, and of the versions that come after it."""

import csv
import hashlib
import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.installer.making import LONG_AGO, manifest, write_bundle
from tests.installer.stand_ins import Unpack, stand_in
from tests.installer.supervised import Installed

from seattle.installer.standalone.bundles import Bundle
from seattle.installer.standalone.mending import put_supervisor
from seattle.installer.standalone.versions import Home

ROOT = Path(__file__).parents[2]
WHEELS = Path(sys.prefix) / "wheels"  # what a node needs; `make .venv/wheels` fetches it once
FIRST = "1.0"  # of the tree, in these tests


@dataclass(frozen=True)
class Tree:
    """This tree as a wheel, and what it needs as wheels of others."""

    wheel: Path
    others: Mapping[str, bytes]

    def bundle(self, file: Path, version: str, edits: Mapping[str, tuple[str, str]] | None = None) -> Path:
        """A bundle of the tree under this version. `edits`: what is another text in which of its files."""
        name = f"seattle-{version}-py3-none-any.whl"
        wheels = {**self.others, name: _rewritten(self.wheel, version, edits or {})}
        return write_bundle(file, manifest(version, wheels), wheels)


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The project's wheel, built of a copy without the network."""
    others = {file.name: file.read_bytes() for file in sorted(WHEELS.glob("*.whl"))}
    assert others, f"there are no wheels in {WHEELS}: make .venv/wheels"
    copy, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    for name in ("src", "examples"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    done = subprocess.run(command, check=False, cwd=copy, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (wheel,) = out.glob("*.whl")
    return Tree(wheel, others)


@pytest.fixture(scope="session")
def wheels(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all wheels of a release, for this Python and this kind of machine."""
    folder = tmp_path_factory.mktemp("wheels")
    for name, data in tree.others.items():
        (folder / name).write_bytes(data)
    shutil.copy(tree.wheel, folder)
    return folder


@pytest.fixture(scope="session")
def bundle(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of this tree, as version 1.0."""
    return tree.bundle(tmp_path_factory.mktemp("bundle") / f"seattle-{FIRST}.bundle", FIRST)


def _rewritten(wheel: Path, version: str, edits: Mapping[str, tuple[str, str]]) -> bytes:
    """A wheel of another version, with other texts in some files."""
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            files[re.sub(r"^seattle-[^/]*\.dist-info/", f"seattle-{version}.dist-info/", name)] = archive.read(name)
    info = f"seattle-{version}.dist-info"
    metadata = files[f"{info}/METADATA"].decode()
    files[f"{info}/METADATA"] = re.sub(r"(?m)^Version: .*$", f"Version: {version}", metadata, count=1).encode()
    for name, (old, new) in edits.items():
        text = files[name].decode()
        assert old in text, f"{name} has no {old!r}"
        files[name] = text.replace(old, new).encode()
    del files[f"{info}/RECORD"]
    record = io.StringIO()
    rows = ((name, f"sha256={hashlib.sha256(data).hexdigest()}", len(data)) for name, data in files.items())
    csv.writer(record, lineterminator="\n").writerows([*rows, (f"{info}/RECORD", "", "")])
    files[f"{info}/RECORD"] = record.getvalue().encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), data)
    return made.getvalue()


@pytest.fixture(scope="session")
def unpack(tmp_path_factory: pytest.TempPathFactory) -> Unpack:
    """Where a stand-in with this behaviour is unpacked; each once."""
    folder = tmp_path_factory.mktemp("versions")
    made: dict[str, Path] = {}

    def unpacked(version: str, behaviour: dict[str, Any]) -> Path:
        key = repr((version, behaviour))
        if key not in made:
            with Bundle(stand_in(folder / f"{len(made)}.bundle", version, **behaviour)) as bundle:
                bundle.unpack(folder / str(len(made)))
            made[key] = folder / str(len(made))
        return made[key]

    return unpacked


@pytest.fixture
def installed(tmp_path: Path, unpack: Unpack) -> Iterator[Installed]:
    """A home with version 1.0, which works."""
    home = Home(tmp_path / "home")
    home.versions.mkdir(parents=True)
    home.node.mkdir()
    made = Installed(home, unpack)
    home.switch(made.add("1.0"))
    put_supervisor(home, "1.0")
    yield made
    made.end()
