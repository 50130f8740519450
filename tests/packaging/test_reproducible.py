"""What is published is the same to the byte, whoever builds it, where and when; and it is known what is in it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seattle.installer.bundling import make_bundle

ROOT = Path(__file__).parents[2]
WHEELS = Path(sys.prefix) / "wheels"
PARTS = ("src", "examples", "pyproject.toml", "README.md", "LICENSE")
BOUND = 180  # seconds; far more than anything takes

pytestmark = pytest.mark.slow


def build(folder: Path, umask: int, **environment: str) -> dict[str, str]:
    """Build a copy of the tree; the digest of each file that comes of it, by name."""
    source, out = folder / "tree", folder / "dist"
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, source / name)
    for path in source.rglob("*"):
        path.chmod(0o777 & ~umask if path.is_dir() else 0o666 & ~umask)
        os.utime(path, (umask * 1_000_000, umask * 1_000_000))
    for target in ("sdist", "wheel"):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)],
            cwd=source,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
            umask=umask,
            check=True,
            capture_output=True,
            timeout=BOUND,
        )
    for file in WHEELS.glob("*.whl"):
        shutil.copyfile(file, out / file.name)
    make_bundle(out, out / "seattle.bundle")
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in out.glob("seattle*")}


def test_given_two_builds_elsewhere_at_other_times_in_other_surroundings_when_compared_then_they_are_the_same(
    tmp_path: Path,
) -> None:
    ours = build(tmp_path / "ours", 0o022, TZ="UTC", LC_ALL="C.UTF-8", PYTHONHASHSEED="1")
    theirs = build(tmp_path / "a longer place", 0o077, TZ="Asia/Kathmandu", LC_ALL="C", PYTHONHASHSEED="2")
    assert ours == theirs
    assert {name.rpartition(".")[2] for name in ours} == {"gz", "whl", "bundle"}


def test_given_the_bill_of_materials_when_held_against_the_bundle_then_each_wheel_of_others_is_in_it_with_its_digest(
    tmp_path: Path,
) -> None:
    bill = tmp_path / "bill.json"
    command = [str(Path(sys.executable).with_name("cyclonedx-py")), "requirements", str(ROOT / "requirements/node.txt")]
    subprocess.run([*command, "--output-file", str(bill)], check=True, capture_output=True, timeout=BOUND)
    told = json.loads(bill.read_text("utf-8"))
    assert told["bomFormat"] == "CycloneDX"
    known = {
        (one["name"], digest["content"])
        for one in told["components"]
        for reference in one["externalReferences"]
        for digest in reference.get("hashes", ())
    }
    names = {name for name, _ in known}
    digests = {digest for _, digest in known}
    wheels = list(WHEELS.glob("*.whl"))
    assert len(names) == len(wheels)
    assert {hashlib.sha256(file.read_bytes()).hexdigest() for file in wheels} <= digests
