"""The reference page of the command says what the command can do."""

import re
from pathlib import Path

import pytest

from seattle.repy.cli import check, limits, log, run, version, walls
from seattle.repy.cli.options import Command

PAGE = Path(__file__).parents[2] / "docs" / "repy-command.md"
COMMANDS = {
    "run": run.COMMAND,
    "check": check.COMMAND,
    "log": log.COMMAND,
    "limits": limits.COMMAND,
    "walls": walls.COMMAND,
    "version": version.COMMAND,
}


def options_of(command: Command) -> set[str]:
    return set(re.findall(r"^  (--[a-z-]+)", command.option_lines(), re.MULTILINE))


@pytest.mark.parametrize("name", COMMANDS)
def test_given_the_reference_page_when_compared_then_it_names_every_option_of_every_command(name: str) -> None:
    page = PAGE.read_text()
    if name == "run":
        section = page.partition("## Options of `run`")[2].partition("\n## ")[0]
        rows = "".join(line.split("|")[1] for line in section.splitlines() if line.startswith("| `"))
        assert set(re.findall(r"--[a-z-]+", rows)) == options_of(COMMANDS[name])
    else:
        rows = "".join(line.split("|")[1] for line in page.splitlines() if line.startswith(f"| `repy {name}"))
        assert set(re.findall(r"--[a-z-]+", rows)) == options_of(COMMANDS[name])


def test_given_the_reference_page_when_read_then_its_links_lead_somewhere() -> None:
    for target, anchor in re.findall(r"\]\(([a-z-]+\.md)(?:#([a-z-]+))?\)", PAGE.read_text()):
        headings = re.findall(r"^#+ (.*)$", (PAGE.parent / target).read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert not anchor or anchor in anchors, (target, anchor)
