"""Which files a program is made of."""

from pathlib import Path

import pytest

from seattle.client.program_files import program_files


def names(folder: Path, *arguments: str, **files: str) -> list[str]:
    """The files that `main.py` needs, if these are there; `__` in a name stands for the dot."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return [file.name for file in program_files(folder / "main.py", arguments)]


def test_given_imports_of_imports_when_files_are_looked_for_then_each_is_found_once(tmp_path: Path) -> None:
    found = names(
        tmp_path,
        main__py="import a\ndef later():\n    from b import c\n",
        a__py="import b, math, nowhere",
        b__py="import a, main",
    )
    assert found[0] == "main.py"
    assert sorted(found) == ["a.py", "b.py", "main.py"]


def test_given_dylink_when_files_are_looked_for_then_whole_names_are_found(tmp_path: Path) -> None:
    found = names(
        tmp_path,
        main__py="x = dy_import_module('lib.r2py')\ndy_import_module_symbols('more.repy', 'import')",
        lib__r2py="pass",
        more__repy="pass",
    )
    assert sorted(found) == ["lib.r2py", "main.py", "more.repy"]


def test_given_a_dispatcher_when_files_are_looked_for_then_the_program_that_it_runs_is_found_with_its_imports(
    tmp_path: Path,
) -> None:
    found = names(tmp_path, "prog.r2py", "x", main__py="dy_dispatch_module()", prog__r2py="import a", a__py="")
    assert found == ["main.py", "prog.r2py", "a.py"]


def test_given_names_that_lead_out_of_the_folder_when_files_are_looked_for_then_they_are_not_taken(
    tmp_path: Path,
) -> None:
    (tmp_path / "secret.py").write_text("")
    (tmp_path / "in").mkdir()
    found = names(tmp_path / "in", "../secret.py", main__py="dy_import_module('../secret.py')\ndy_dispatch_module()")
    assert found == ["main.py"]


@pytest.mark.parametrize("text", ["this is no program (", "\0", "(" * 5000])
def test_given_a_text_that_is_no_python_when_files_are_looked_for_then_only_the_program_is_found(
    tmp_path: Path, text: str
) -> None:
    assert names(tmp_path, main__py=text) == ["main.py"]
