"""The names that a testbed on this machine has among the user's profiles."""

from pathlib import Path

import pytest

from seattle.cli.profile_links import MARK, ProfileLinks


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "seattle" / "profiles"


def profile(folder: Path) -> Path:
    folder.mkdir()
    (folder / "profile.toml").touch()
    return folder


def test_given_no_profiles_when_a_testbed_runs_then_it_has_both_names_and_none_afterwards(
    profiles: Path, tmp_path: Path
) -> None:
    with ProfileLinks(profile(tmp_path / "p")) as links:
        assert links.names == ["local", "default"]
        assert (profiles / "local" / "profile.toml").exists()
    assert list(profiles.iterdir()) == []


def test_given_a_relative_folder_then_the_links_lead_there(
    profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile(tmp_path / "p")
    monkeypatch.chdir(tmp_path)
    with ProfileLinks(Path("p")):
        assert (profiles / "default" / "profile.toml").exists()


def test_given_a_default_of_the_users_own_then_it_is_left_alone(profiles: Path, tmp_path: Path) -> None:
    own = profile(tmp_path / "own")
    profiles.mkdir(parents=True)
    (profiles / "default").symlink_to(own)
    with ProfileLinks(profile(tmp_path / "p")) as links:
        assert links.names == ["local"]
    assert (profiles / "default").readlink() == own


def test_given_two_testbeds_then_the_later_is_local_and_the_earlier_stays_default(
    profiles: Path, tmp_path: Path
) -> None:
    with ProfileLinks(profile(tmp_path / "p")) as first:
        with ProfileLinks(profile(tmp_path / "q")) as second:
            assert (first.names, second.names) == (["default"], ["local"])
        assert [link.name for link in profiles.iterdir()] == ["default"]


def test_given_the_links_of_a_testbed_that_was_killed_then_the_next_takes_both_names(
    profiles: Path, tmp_path: Path
) -> None:
    killed = profile(tmp_path / "killed")
    (killed / MARK).touch()  # whose lock ended with its owner
    profiles.mkdir(parents=True)
    for name in ("local", "default"):
        (profiles / name).symlink_to(killed)
    with ProfileLinks(profile(tmp_path / "p")) as links:
        assert links.names == ["local", "default"]


def test_given_profiles_that_can_not_be_written_then_that_is_an_os_error_and_nothing_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    here = profile(tmp_path / "p")
    with pytest.raises(OSError, match="config"):
        ProfileLinks(here).__enter__()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "other"))
    with ProfileLinks(here) as links:  # its lock was given back
        assert links.names == ["local", "default"]
