"""Modules that ask vessels of real nodes: uploading folders, and selecting by what vessels have."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.shell.modules.shells import BOUND, Shell

from seattle.client import Place, Vessel
from seattle.shell.errors import TargetNeeded, Unfit
from seattle.shell.outcome import Outcome
from seattle.testbed import LocalTestbed, Size

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def testbed(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[LocalTestbed]:
    async with LocalTestbed(tmp_path_factory.mktemp("nodes") / "testbed", Size(nodes=2, vessels=1)) as running:
        yield running


@pytest.fixture
async def found(testbed: LocalTestbed, tmp_path: Path) -> AsyncIterator[Shell]:
    """A shell that has found two vessels, which are fresh."""
    shell = Shell.of(testbed.profile, tmp_path)
    await shell.session.modules.start(shell.session)
    await shell.do("as profile")
    await shell.find(2)
    await shell.do("on %all reset")
    yield shell
    await shell.session.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files, one of them no text; a folder; and a link that leads nowhere."""
    folder = tmp_path / "some files"
    (folder / "deeper").mkdir(parents=True)
    (folder / "b.bin").write_bytes(bytes(range(256)))
    (folder / "a.txt").write_text("a\n")
    (folder / "deeper" / "c.txt").write_text("c\n")
    (folder / "lost").symlink_to("nowhere")
    return folder


async def files_of(shell: Shell) -> list[list[str]]:
    """The names of the files of all vessels that the shell knows."""
    (group,) = await shell.session.groups_of(list(shell.session.targets))
    return [[file.name for file in files] for files in (await group.list()).values]


async def test_given_a_folder_when_it_is_uploaded_then_its_files_are_there_and_folders_are_skipped(
    found: Shell, folder: Path
) -> None:
    await found.do(f"on %all uploaddir '{folder}'")
    assert found.said.splitlines() == [
        "Skipping 'deeper': it is a folder.",
        "Skipping 'lost': it is no file.",
        "Uploading 'a.txt'...",
        "Uploading 'b.bin'...",
    ]
    assert await files_of(found) == [["a.txt", "b.bin"], ["a.txt", "b.bin"]]


async def test_given_prefixes_and_the_home_folder_when_a_folder_is_uploaded_then_they_count(
    found: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q29: `on TARGET uploaddir` crashed, and `~` was not expanded."""
    monkeypatch.setenv("HOME", str(folder.parent))
    assert await found.session.do("as profile on %1 uploaddir '~/some files'") is Outcome.DONE
    assert await files_of(found) == [["a.txt", "b.bin"], []]


async def test_given_a_vessel_that_fails_when_a_folder_is_uploaded_then_groups_tell_where(
    found: Shell, folder: Path, testbed: LocalTestbed
) -> None:
    found.knows(Vessel(place=Place(testbed.nodes[0].id, "v99")))
    assert await found.session.do(f"on %all uploaddir '{folder}'") is Outcome.DONE_IN_PART
    assert (found.group("uploadgood"), found.group("uploadfail")) == (["%1", "%2"], ["%3"])
    assert "Added group 'uploadgood' with 2 targets and 'uploadfail' with 1 target" in found.out.getvalue()


@pytest.mark.parametrize(
    ("name", "told"), [("nowhere", "there is no folder"), ("a.txt", "is not a folder"), ("deeper/empty", "no file in")]
)
async def test_given_what_is_no_folder_with_files_when_it_is_uploaded_then_the_error_says_so(
    found: Shell, folder: Path, name: str, told: str
) -> None:
    (folder / "deeper" / "empty").mkdir()
    with pytest.raises(Unfit, match=told):
        await found.do(f"on %all uploaddir '{folder}/{name}'")


async def test_given_a_folder_that_is_being_uploaded_when_it_is_interrupted_then_no_other_file_follows(
    found: Shell, folder: Path
) -> None:
    begun = asyncio.Event()
    found.hears("Uploading 'a.txt'", begun)
    doing = asyncio.create_task(found.session.do(f"on %all uploaddir '{folder}'"))
    async with asyncio.timeout(BOUND):
        await begun.wait()
    doing.cancel()
    await asyncio.wait([doing])
    assert doing.cancelled()
    assert "b.bin" not in str(await files_of(found))


async def test_given_no_target_when_a_folder_is_uploaded_then_the_error_says_that_one_is_needed(
    found: Shell, folder: Path
) -> None:
    with pytest.raises(TargetNeeded):
        await found.do(f"uploaddir '{folder}'")


@pytest.mark.parametrize(
    ("rule", "count"),
    [("memory>=1M", 2), ("memory=1M", 2), ("memory>100G", 0), ("memory<1M", 0), ("memory<=100G", 2), ("cpu>0", 2)],
)
async def test_given_an_amount_when_vessels_are_selected_then_they_are_asked_what_they_have(
    found: Shell, rule: str, count: int
) -> None:
    await found.do(f"select chosen where {rule}")
    assert len(found.group("chosen")) == count


async def test_given_a_vessel_that_does_not_say_when_vessels_are_selected_by_amounts_then_it_is_told_and_left_out(
    found: Shell, testbed: LocalTestbed
) -> None:
    found.knows(Vessel(place=Place(testbed.nodes[0].id, "v99")))
    assert await found.session.do("select chosen where memory>=1M") is Outcome.DONE_IN_PART
    assert found.group("chosen") == ["%1", "%2"]
    assert "Affected vessels: %3(" in found.said
