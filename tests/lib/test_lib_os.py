"""`os` has the vessel's files, and nothing of the computer."""

import pytest
from tests.lib.conftest import Run


@pytest.mark.parametrize(
    "name", ["system", "popen", "fork", "execv", "open", "read", "kill", "symlink", "chmod", "sys"]
)
def test_given_what_reaches_the_computer_when_a_program_wants_it_then_it_is_not_there(run: Run, name: str) -> None:
    assert run(f"import os\nprint(hasattr(os, {name!r}), hasattr(os.path, {name!r}))") == "False False\n"


@pytest.mark.parametrize("path", ["/etc/passwd", "../program.py", "/proc/self/environ"])
def test_given_a_path_outside_when_it_is_asked_for_then_it_is_none_of_the_vessel_s(run: Run, path: str) -> None:
    program = (
        "import os\n"
        f"print(os.path.isfile({path!r}))\n"
        f"for call in (os.listdir, os.remove, os.path.getsize):\n"
        f"    try:\n        call({path!r})\n"
        "    except (FileNotFoundError, RepyArgumentError, FileInUseError):\n        print('refused')\n"
    )
    if path == "../program.py":  # above the only folder is that folder, as above / is /
        assert run(program).splitlines()[:2] == ["True", "refused"]
    else:
        assert run(program) == "False\nrefused\nrefused\nrefused\n"


def test_given_the_environment_when_it_is_looked_at_then_nothing_of_the_donor_s_is_in_it(run: Run) -> None:
    assert run("import os\nprint(os.environ, os.getenv('PATH'), os.getcwd())") == "{} None /\n"
