"""The version of what is built: the tag's, and something honest where there is none."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHO = {"NAME": "ann", "EMAIL": "ann@example.org"}


class Clone:
    """The tree's `pyproject.toml` in a folder, and what git does there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": str(folder.parent),
            **{f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in WHO.items()},
        }

    def git(self, *words: str) -> None:
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=self._environment, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def commit(self) -> None:
        self.git("commit", "--quiet", "--allow-empty", "--message", "a step")

    def version(self) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "hatchling", "metadata", "version"],
            cwd=self.folder,
            env=self._environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def copy(tmp_path: Path) -> Clone:
    """The tree's files, and no clone."""
    folder = tmp_path / "seattle"
    folder.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return Clone(folder)


@pytest.fixture
def clone(copy: Clone) -> Clone:
    copy.git("init", "--quiet")
    copy.git("add", ".")
    copy.commit()
    return copy


def test_given_a_tag_when_built_then_it_is_the_version(clone: Clone) -> None:
    clone.git("tag", "v1.4.0")
    assert clone.version() == "1.4.0"


def test_given_commits_after_a_tag_when_built_then_the_version_is_no_release_and_tells_which_commit(
    clone: Clone,
) -> None:
    clone.git("tag", "v1.4.0")
    clone.commit()
    assert re.fullmatch(r"1\.4\.1\.dev1\+g[0-9a-f]+", clone.version())


def test_given_a_clone_without_tags_when_built_then_the_version_is_no_release(clone: Clone) -> None:
    assert re.fullmatch(r"0\.1\.1\.dev1\+g[0-9a-f]+", clone.version())


def test_given_a_shallow_clone_of_a_tag_when_built_then_it_is_the_version(clone: Clone, tmp_path: Path) -> None:
    clone.commit()
    clone.git("tag", "v1.4.0")
    clone.git("clone", "--quiet", "--depth", "1", "--branch", "v1.4.0", f"file://{clone.folder}", str(tmp_path / "new"))
    assert Clone(tmp_path / "new").version() == "1.4.0"


def test_given_a_copy_that_is_no_clone_when_built_then_there_is_a_version_all_the_same(copy: Clone) -> None:
    assert copy.version() == "0.1.0"
