"""docs/sdk.md: its examples, in their order, do on a real testbed what stands beside their lines."""

import contextlib
import io
import re
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

import seattle.client
from seattle.client import Testbed
from seattle.client.aio.testbed import AsyncTestbed
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.repy.language.check import check

PAGE = (Path(__file__).parents[2] / "docs" / "sdk.md").read_text()
BLOCKS = re.findall(r"^```python(?: (\S+))?\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PROGRAMS = {name: text for name, text in BLOCKS if name}
EXAMPLES = [text for name, text in BLOCKS if not name]


def test_given_the_page_when_its_examples_run_in_order_then_each_prints_what_stands_beside_its_lines(
    held_by_none: Testbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEATTLE_PROFILE", str(held_by_none.profile.folder))
    for name, text in PROGRAMS.items():
        (tmp_path / name).write_text(text)
    names: dict[str, Any] = {"__name__": "notebook"}
    try:
        for example in EXAMPLES:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile(example, f"docs/sdk.md: {example.splitlines()[0]}", "exec"), names)
            # What is the same for each of many vessels is said once.
            lines = [line for line, _ in groupby(printed.getvalue().splitlines())]
            assert lines == re.findall(r"  #: (.*)", example), example
    finally:
        names["testbed"].close()
    assert sorted(path.read_text() for path in (tmp_path / "results").iterdir()) == ["hello"] * 3


@pytest.mark.parametrize("name", PROGRAMS)
def test_given_a_program_of_the_page_when_checked_then_it_is_repy(name: str) -> None:
    assert check(PROGRAMS[name], name) == []


def test_given_a_call_that_the_page_names_when_looked_for_then_both_faces_have_it() -> None:
    faces = {
        "testbed": (Testbed, AsyncTestbed),
        "vessels": (seattle.client.VesselGroup, AsyncVesselGroup),
    }
    named = set(re.findall(r"`(?:for \w+ in )?(testbed|vessels)\.(\w+)", PAGE))
    assert len(named) >= 30
    missing = [(of, call) for of, call in named for face in faces[of] if not hasattr(face, call)]
    assert missing == []


def test_given_an_error_that_the_page_names_when_looked_for_then_it_can_be_imported() -> None:
    (table,) = re.findall(r"## Errors\n(.*?)\n## ", PAGE, re.DOTALL)
    named = re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in table.splitlines() if row.startswith("| `")))
    assert len(named) > 8
    assert [name for name in named if not hasattr(seattle.client, name)] == []
