"""What runs strangers' programs looks for modules where Python itself is, and nowhere else."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Program = Callable[..., Path]  # see conftest.py, as for the next
Popen = Callable[..., Any]

LOOKS = "import os, sys\nprint(sys.flags.isolated, os.environ.get('TAKEN'), os.environ.get('PYTHONPATH'))\n"


@pytest.mark.parametrize("name", ["msgspec", "sitecustomize", "usercustomize"])
def test_given_modules_in_the_way_when_a_nursery_starts_then_it_takes_none(
    popen: Popen,
    program: Program,
    environment: dict[str, str],
    end_nurseries: Callable[[Path], None],
    tmp_path: Path,
    name: str,
) -> None:
    """They lie in the folder and on the path of whoever starts `repy`."""
    (tmp_path / f"{name}.py").write_text(f"import os\nos.environ['TAKEN'] = {name!r}\n")
    with tempfile.TemporaryDirectory() as fresh:  # the name of a socket has to be short
        more = {"PYTHONPATH": str(tmp_path), "XDG_RUNTIME_DIR": fresh}
        one = popen("--walls", "kernel", program(LOOKS), env={**environment, **more})
        output, errors = one.communicate(timeout=60)
        end_nurseries(Path(fresh))
    assert (one.returncode, output, errors) == (0, b"1 None None\n", b"")
