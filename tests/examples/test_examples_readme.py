"""What all examples have in common: they are Repy, they say what they are, and the page lists them."""

import ast
import re
import shlex
from pathlib import Path

import pytest
from tests.examples.conftest import EXAMPLES

from seattle.repy.language.check import check

PYTHON = {"security/grade.py", "sdk/appmap.py", "sdk/pingneighbors.py"}
PROGRAMS = sorted(str(file.relative_to(EXAMPLES)) for file in EXAMPLES.rglob("*.py"))
ATTACK = re.compile(r"security/\w+/[a-z]+_attackcase\d+\.py")
PAGE = (EXAMPLES / "README.md").read_text()


@pytest.mark.parametrize("program", sorted(set(PROGRAMS) - PYTHON))
def test_given_an_example_when_checked_then_it_is_repy(program: str) -> None:
    assert check((EXAMPLES / program).read_text(), program) == []


def test_given_every_example_when_read_then_it_begins_with_what_it_is() -> None:
    for program in PROGRAMS:
        text = (EXAMPLES / program).read_text()
        if ATTACK.fullmatch(program):  # as the handouts have them
            assert text.startswith("# "), program
        else:
            assert ast.get_docstring(ast.parse(text)), program


def test_given_the_page_when_its_programs_are_looked_for_then_all_are_there_and_no_folder_is_missing() -> None:
    for cell in re.findall(r"^\| (`[^|]+|\[`[^|]+)\|", PAGE, re.MULTILINE):
        names = [Path(words.split()[0]) for words in re.findall(r"`([^`]+)`", cell)]
        for name in names:
            places = (name, names[0].parent / name, Path("security") / name)
            assert any((EXAMPLES / place).exists() for place in places), name
    for folder in (one for one in EXAMPLES.iterdir() if one.is_dir() and not one.name.startswith("__")):
        assert f"{folder.name}/" in PAGE, folder.name


def test_given_how_an_example_is_started_when_the_line_is_read_then_the_files_it_names_are_there() -> None:
    found = 0
    for program in PROGRAMS:
        doc = ast.get_docstring(ast.parse((EXAMPLES / program).read_text())) or ""
        for line in re.findall(r"^ {4}((?:seattle run|python|repy) .*)$", doc, re.MULTILINE):
            files = [
                word for word in shlex.split(line.replace("[", "").replace("]", "")) if word.startswith("examples/")
            ]
            found += len(files)
            assert all((EXAMPLES.parent / file).is_file() for file in files), (program, line)
    assert found > 15
