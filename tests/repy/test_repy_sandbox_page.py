"""What the page about the sandbox shows a reader is what happens."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"

Repy = Callable[..., Any]  # see conftest.py, as for the next
Program = Callable[..., Path]
Popen = Callable[..., Any]


def block_that_begins(start: str) -> str:
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGE.read_text(), re.MULTILINE)
    blocks = [re.sub(r"^    ", "", block.strip("\n"), flags=re.MULTILINE) + "\n" for block in found]
    (block,) = [block for block in blocks if block.startswith(start)]
    return block


def test_given_the_program_in_the_page_when_run_behind_the_kernel_wall_then_it_prints_what_the_page_says(
    repy: Repy, program: Program
) -> None:
    result = repy("--walls", "kernel", program(block_that_begins("import os, socket"), name="try.py"))
    assert result == (0, block_that_begins("[Errno 1]"), "")


def test_given_a_run_when_the_kernel_is_asked_of_its_guest_then_it_says_what_the_page_says(
    popen: Popen, program: Program
) -> None:
    one = popen("--json", program("print('up')\nsleep(1000)\n"))
    status = Path(f"/proc/{json.loads(one.stdout.readline())['guest_pid']}/status").read_text()
    told = block_that_begins("CapEff")
    if os.geteuid() != 0:
        told = told.replace("CapBnd:\t0000000000000000\n", "")  # nobody else may empty it
    assert told.splitlines() == [line for line in status.splitlines() if f"{line}\n" in told]
