"""What layers before files are made of, in the sandbox."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lib.conftest import Run

LAYER = """
import filelayer

class Loud:
    def __init__(self, file):
        self.file = file
    def readat(self, sizelimit, offset):
        return self.file.readat(sizelimit, offset).upper()
    def writeat(self, data, offset):
        self.file.writeat(filelayer.octets(data), offset)
    def close(self):
        self.file.close()
    def shout(self, data):
        self.file.writeat(data + b"!", 0)

CHILD_CONTEXT_DEF["openfile"] = filelayer.define(
    lambda name, create: Loud(openfile(name, create)), Loud, {"shout": (bytes,)}
)
secure_dispatch_module()
"""


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000, 4097])
def test_given_a_file_when_measured_then_its_size_is_right(run: Run, size: int) -> None:
    program = f"import filelayer\nfile = openfile('x', True)\nfile.writeat(bytes({size}), 0)\n"
    assert run(program + "print(filelayer.size_of(file))") == f"{size}\n"


def test_given_a_long_file_when_copied_then_all_of_it_is_there(run: Run) -> None:
    program = """
import filelayer
one, other = openfile("one", True), openfile("other", True)
one.writeat(bytes(range(256)) * 10, 0)
filelayer.copy(one, other, 1000)
print(one.readat(None, 0) == other.readat(None, 0))
"""
    assert run(program) == "True\n"


def test_given_text_without_utf_8_when_made_octets_then_it_is_an_argument_error(run: Run) -> None:
    assert "RepyArgumentError" in run("import filelayer\nfilelayer.octets(chr(0xD800))", outcome=1)


def test_given_a_layer_of_a_class_when_a_program_runs_beneath_then_it_has_its_methods_and_no_other(
    repy: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "layer.py").write_text(LAYER)
    (tmp_path / "program.py").write_text(
        "file = openfile('x', True)\nfile.writeat('abc', 0)\nprint(file.readat(None, 0))\nfile.shout(b'de')\n"
        "print(file.readat(None, 0), hasattr(file, 'file'))\ntry:\n    file.readat(1, 9)\n"
        "except SeekPastEndOfFileError:\n    print('past the end')\n"
    )
    done = repy("--layer", "layer.py", "program.py")
    assert done.stdout == "b'ABC'\nb'DE!' False\npast the end\n", done.stderr
