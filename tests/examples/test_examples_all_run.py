"""Every program under `examples/` is run on a testbed by a test, and what is no program of its own by one that is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.examples.conftest import EXAMPLES

from seattle.client.program_files import program_files

PROGRAMS = {
    str(file.relative_to(EXAMPLES)): file
    for file in EXAMPLES.rglob("*")
    if file.suffix in (".py", ".repy", ".mjs") and file.is_file()
}
RUN_BY = {"run_on", "run_alone", "start_on"}  # fixtures: on vessels of the testbed of this folder's tests
AT_HOME = {  # on one's own computer, from where they get vessels of a testbed, use them, or tell them something
    "rest/vessels.mjs": "test_examples_rest.py",
    "sdk/appmap.py": "test_examples_sdk.py",
    "sdk/pingneighbors.py": "test_examples_sdk.py",
    "security/grade.py": "test_examples_security.py",
    "services/geoip_server.py": "test_examples_services.py",
}
SERIES = "security/*/*.py"  # monitors and attacks: test_examples_security.py runs those of all its folders, by name


def calls(test: Path) -> Iterator[ast.Call]:
    """What a test's file calls."""
    return (node for node in ast.walk(ast.parse(test.read_text())) if isinstance(node, ast.Call))


def named_in(test: Path) -> Iterator[str]:
    """Examples that a test runs on vessels, and layers that it runs others beneath."""
    for call in calls(test):
        if not (isinstance(call.func, ast.Name) and call.func.id in RUN_BY):
            continue
        words = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "layers")]
        for word in (one for given in words for one in ast.walk(given) if isinstance(one, ast.Constant)):
            if word.value in PROGRAMS:
                yield word.value


def run_on_vessels() -> set[str]:
    """Those that are run on vessels, with the files that they import."""
    tests = Path(__file__).parent.glob("test_examples_*.py")
    named = {name for test in tests for name in named_in(test)}
    return {str(file.relative_to(EXAMPLES)) for name in named for file in program_files(PROGRAMS[name])}


def test_given_the_examples_when_the_tests_are_read_then_each_is_run_on_vessels() -> None:
    others = {name for name in PROGRAMS if Path(name).match(SERIES)} | set(AT_HOME)
    assert set(PROGRAMS) - run_on_vessels() - others == set(), "no test runs these on vessels"


@pytest.mark.parametrize(("program", "test"), AT_HOME.items())
def test_given_an_example_for_ones_own_computer_when_its_test_is_read_then_it_names_it(program: str, test: str) -> None:
    assert program in PROGRAMS
    assert Path(program).name in (Path(__file__).parent / test).read_text()


def test_given_the_security_series_when_its_folders_are_read_then_each_has_what_its_test_runs() -> None:
    for folder in (one for one in (EXAMPLES / "security").iterdir() if one.is_dir()):
        names = {file.name for file in folder.iterdir()}
        monitors = {"reference_monitor_right.py", "reference_monitor_wrong.py"}
        attacks = {file.name for file in folder.glob("*_attackcase*.py")}
        assert names == monitors | attacks
        assert attacks
