"""How SeattleLib is loaded: by whom, with which calls, and that all of it is Repy."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lib.conftest import Run
from tests.repy.conftest import Finished

import seattle
from seattle.repy.guest import library
from seattle.repy.guest.derived import DYLINK
from seattle.repy.guest.runtime import Runtime
from seattle.repy.language.check import parse


@pytest.mark.parametrize("name", sorted(library.texts()))
def test_given_a_module_of_the_library_when_checked_then_it_is_repy(name: str) -> None:
    _, violations = parse(library.texts()[name], library.file_of(name))
    assert not violations


def test_given_the_calls_of_a_program_when_compared_then_the_library_has_the_same() -> None:
    assert library.CALLS | set(DYLINK) == set(Runtime().calls())


def test_given_a_module_when_it_is_imported_twice_then_it_is_the_same(run: Run) -> None:
    assert run("import session\nfirst = session\nimport session\nprint(first is session)") == "True\n"


def test_given_a_module_of_a_package_when_it_is_imported_from_that_then_it_is_the_same_as_by_its_full_name(
    run: Run,
) -> None:
    program = "from affix import errors\nimport affix.errors as same\nfrom urllib import parse, request\n"
    assert run(f"{program}print(errors is same, request.urlopen is not None, parse.quote(' '))") == "True True %20\n"


@pytest.mark.parametrize("name", ["nothing", "AffixStacks"])
def test_given_a_name_that_a_package_has_not_when_it_is_imported_then_that_is_an_import_error(
    run: Run, name: str
) -> None:
    assert f"ImportError: cannot import name '{name}' from 'affix'" in run(f"from affix import {name}", outcome=1)


def test_given_the_reference_s_file_name_when_it_is_linked_then_it_is_the_library_s(run: Run) -> None:
    program = "m = dy_import_module('session.r2py')\nprint(m.session_sendmessage.__name__)"
    assert run(program.replace(".__name__", " is not None")) == "True\n"


def test_given_a_mistake_within_the_library_when_it_is_raised_then_the_traceback_shows_the_lines(run: Run) -> None:
    program = "import session\nsession.receive_message(None)"
    told = run(program, outcome=1)
    assert 'File "seattlelib/session.py", line' in told
    assert "connection.recv(most)" in told


def test_given_a_namespace_without_a_call_when_it_imports_a_module_then_that_has_not_got_it_either(run: Run) -> None:
    inner = "import session\nsession.receive_message(silent)"
    program = (
        "class Silent:\n    def recv(self, most):\n        raise SocketWouldBlockError('nothing')\n"
        f"inside = createvirtualnamespace({inner!r}, 'inside')\n"
        "try:\n    inside.evaluate({'silent': Silent()})\n"
        "except NameError as why:\n    print(why)\n"
    )
    assert run(program) == "name 'sleep' is not defined\n"


def test_given_a_namespace_when_it_changes_a_module_then_the_others_see_nothing_of_it(run: Run) -> None:
    program = (
        "import session\n"
        "inside = createvirtualnamespace('import session\\nsession.MOST = 0', 'inside')\n"
        "inside.evaluate({})\n"
        "print(session.MOST > 0)\n"
    )
    assert run(program) == "True\n"


def test_given_code_that_is_kept_when_a_text_has_changed_then_it_is_compiled_anew(tmp_path: Path) -> None:
    package = tmp_path / "seattle"
    shutil.copytree(Path(seattle.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "clearing*"))
    look = "from seattle.repy.guest import library; library.preload(); print(library.code_of('added').co_consts)"
    command = [sys.executable, "-c", look]
    environment = {"PYTHONPATH": str(tmp_path)}
    told = []
    for text in ("x = 'one'", "x = 'one'", "x = 'two'"):
        (package / "lib" / "added.py").write_text(text)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        told.append(done.stdout)
    assert told[0] == told[1]
    assert ("one" in told[1], "two" in told[2]) == (True, True)
    kept = list((package / "lib" / "__pycache__").glob("library.*.marshal"))
    assert len(kept) == 1
    kept[0].write_bytes(kept[0].read_bytes()[:100])  # a disk that was full
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == told[2]


def test_given_a_package_that_python_has_in_part_when_it_is_imported_then_both_parts_are_there(run: Run) -> None:
    program = (
        "import html, html.parser, urllib.parse, urllib.error\n"
        "print(html.escape('<'), html.parser.HTMLParser.__name__)\n"
        "print(urllib.parse.quote(' '), urllib.error.URLError.__name__)"
    )
    assert run(program) == "&lt; HTMLParser\n%20 URLError\n"


def test_given_a_vessel_of_30_megabytes_when_a_program_imports_a_module_then_there_is_room(
    tmp_path: Path, repy: Callable[..., Finished]
) -> None:
    (tmp_path / "program.py").write_text("import session\nprint(session.MOST)\n")
    done = repy("--limit", "memory=30M", "program.py")  # as donors split theirs; all that a nursery holds counts
    assert (done.code, done.stdout) == (0, "16777216\n"), done.stderr
