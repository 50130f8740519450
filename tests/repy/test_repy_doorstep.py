"""Where this user's nursery is looked for."""

import os
from pathlib import Path

import pytest

from seattle.repy.cli import doorstep


def test_given_a_runtime_folder_of_ours_then_it_is_used_and_nobody_else_can_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = Path(doorstep.folder())
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("where", ["missing", "another's", ""])
def test_given_no_runtime_folder_of_ours_then_the_one_for_temporary_files_serves(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / where
    if where == "another's":
        # Only root can give a folder away; to anybody else the system's root folder is somebody else's.
        if os.getuid() == 0:
            folder.mkdir()
            os.chown(folder, 65534, 65534)
        else:
            folder = Path("/")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder) if where else "")
    assert doorstep.folder() == f"/tmp/seattle-{os.getuid()}"


def test_given_a_folder_that_others_can_enter_then_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    Path(doorstep.folder()).chmod(0o755)
    with pytest.raises(PermissionError, match="of yours alone"):
        doorstep.folder()
