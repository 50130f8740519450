"""Files: upload, download, cat, delete, show files."""

import pytest
from tests.shell.vessels.shell_at import ShellAt

from seattle.shell.errors import Incomplete, TargetNeeded, Unfit


def test_given_a_file_when_uploaded_then_nothing_is_said_and_all_have_it(shell: ShellAt) -> None:
    assert shell.do(f"upload {shell.file('data.txt', 'hello')}") == ""
    assert shell.notes == ""
    told = shell.do("show files")
    assert told.startswith("Files on 'U")
    assert told.endswith("(6 vessels, the same): 'data.txt'\n")


def test_given_another_name_when_uploaded_then_the_file_has_that_name(shell: ShellAt) -> None:
    shell.do(f"on %1 upload {shell.file('data.txt', 'hello')} other.txt")
    assert shell.do("on %1 show files") == f"Files on '{shell.known('%1')[0].vessel}': 'other.txt'\n"


def test_given_no_such_file_here_when_uploaded_then_it_is_named(shell: ShellAt) -> None:
    with pytest.raises(Unfit, match=r"nothing\.txt: can't be read \(No such file or directory\)"):
        shell.do("upload nothing.txt")


def test_given_no_target_when_uploading_then_it_is_told_what_to_do(fresh: ShellAt) -> None:
    with pytest.raises(TargetNeeded) as raised:
        fresh.do(f"upload {fresh.file('data.txt', 'hello')}")
    assert "`on TARGET`" in raised.value.hint


def test_given_bytes_when_they_went_up_and_down_then_they_are_the_same(shell: ShellAt) -> None:
    content = bytes(range(256)) + b"\r\n\n\r"
    shell.do(f"on %1 upload {shell.file('data.bin', content)}")
    told = shell.do(f"on %1 download data.bin {shell.folder / 'back.bin'}")
    place = shell.known("%1")[0].vessel.place
    path = shell.folder / f"back.bin.{place.node[:9]}_{place.vessel}"
    assert told == f"Wrote files: {path}\n"
    assert path.read_bytes() == content


def test_given_a_remote_name_with_a_folder_when_downloaded_then_the_files_are_there(shell: ShellAt) -> None:
    shell.do(f"upload {shell.file('data.txt', 'hello')}")
    into = shell.folder / "results"
    into.mkdir()
    shell.do(f"download {into}/data.txt")
    names = {f"data.txt.{one.vessel.node[:9]}_{one.vessel.name}" for one in shell.known()}
    assert {path.name for path in into.iterdir()} == names


@pytest.mark.parametrize("written", ["results", "results/"])
def test_given_a_folder_when_downloaded_into_it_then_the_files_are_there(shell: ShellAt, written: str) -> None:
    shell.do(f"on %1 upload {shell.file('data.txt', 'hello')}")
    into = shell.folder / "results"
    into.mkdir()
    shell.do(f"on %1 download data.txt {shell.folder}/{written}")
    assert [path.read_text() for path in into.glob("data.txt.U*")] == ["hello"]


def test_given_some_lack_the_file_when_downloaded_then_the_others_are_written_and_both_are_groups(
    shell: ShellAt,
) -> None:
    shell.do(f"on %1 upload {shell.file('data.txt', 'hello')}")
    told = shell.do(f"download data.txt {shell.folder / 'some'}")
    assert "Added group 'downloadgood' with 1 target and 'downloadfail' with 5 targets" in told
    assert len(list(shell.folder.glob("some.*"))) == 1
    assert shell.notes.startswith("The file was not found in the vessel")
    assert "Affected vessels: %2(" in shell.notes


def test_given_a_folder_that_is_not_there_when_downloading_then_it_is_told(shell: ShellAt) -> None:
    with pytest.raises(Unfit, match="nothing can be written there"):
        shell.do(f"download data.txt {shell.folder / 'no' / 'file'}")


def test_given_equal_files_when_shown_then_they_are_shown_once_with_a_count(shell: ShellAt) -> None:
    shell.do(f"upload {shell.file('data.txt', 'hello')}")
    told = shell.do("cat data.txt")
    assert told.count("hello") == 1
    assert "(6 vessels, the same)" in told


def test_given_folding_is_off_when_equal_files_are_shown_then_each_has_a_heading(shell: ShellAt) -> None:
    shell.do(f"upload {shell.file('data.txt', 'hello')}")
    shell.do("set folding off")
    told = shell.do("cat data.txt")
    assert told == "".join(f"\nFile 'data.txt' on '{one.vessel}': \nhello\n" for one in shell.known())


def test_given_a_setting_of_folding_that_is_none_then_it_is_told(shell: ShellAt) -> None:
    with pytest.raises(Unfit, match="is neither"):
        shell.do("set folding maybe")
    assert shell.do("show folding") == "on\n"


def test_given_a_file_that_would_steer_the_terminal_when_shown_then_it_does_not(shell: ShellAt) -> None:
    shell.do(f"on %1 upload {shell.file('data.txt', chr(27) + ']0;owned' + chr(7))}")
    assert "\\x1b]0;owned\\x07" in shell.do("on %1 cat data.txt")


def test_given_a_large_file_when_shown_then_its_beginning_is(shell: ShellAt) -> None:
    shell.do(f"on %1 upload {shell.file('data.txt', 'x' * 300_000)}")
    told = shell.do("on %1 cat data.txt")
    assert told.count("x") < 270_000
    assert told.endswith("... and 37856 bytes more, which `download` fetches\n")


def test_given_a_file_when_deleted_then_it_is_gone(shell: ShellAt) -> None:
    shell.do(f"upload {shell.file('data.txt', 'hello')}")
    assert shell.do("delete data.txt") == ""
    assert shell.do("show files").endswith(": ''\n")


def test_given_no_such_file_when_deleted_everywhere_then_there_are_no_groups(shell: ShellAt) -> None:
    told = shell.do("delete nothing.txt")
    assert told == ""
    assert shell.notes.count("Affected vessels:") == 1
    assert "deletefail" not in shell.session.targets.groups


def test_given_no_file_when_deleting_then_it_is_wrong_usage(shell: ShellAt) -> None:
    with pytest.raises(Incomplete, match="`delete` goes on with REMOTE"):
        shell.do("delete")
