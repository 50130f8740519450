"""A newcomer who follows a page of the documentation to the letter.

A fenced block is something to do. `console` is typed into a terminal: lines that begin with `$ ` are commands, and
what stands below one is what it has to print, where `...` is anything; so it is in the shell, whose prompts end in
`!> `. Any other is a file, to be saved under the name that the paragraph before it ends with.
"""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.shell.terminal import open_terminal

from seattle.testbed.visitor import Visitor

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 90.0  # seconds for a command
LONG: Final = 900.0  # seconds for one that makes everything
UP: Final = "Ctrl-C ends it."

_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMPT: Final = re.compile(r"^(\S* !>) ", re.MULTILINE)
_NAME: Final = re.compile(r"`([\w.-]+)`[^`]*:\Z")


@dataclass(frozen=True)
class SaveFile:
    """A file to be saved."""

    name: str
    text: str


@dataclass(frozen=True)
class Command:
    """A line to be typed, and what it prints; None where the page does not tell."""

    line: str
    prints: str | None


@dataclass(frozen=True)
class Talk:
    """What is typed into the shell: prompts, lines and what comes of them."""

    line: str  # that starts it
    welcome: str  # before the first prompt
    lines: tuple[tuple[str, Command], ...]


Step = SaveFile | Command | Talk


def steps(page: Path) -> list[Step]:
    """What a page says to do, in its order."""
    text = page.read_text(encoding="utf-8")
    found: list[Step] = []
    for block in _FENCE.finditer(text):
        kind, content = block.groups()
        if kind == "console":
            found += _commands(content)
            continue
        name = _NAME.search(text[: block.start()].rstrip())
        assert name is not None, f"{page.name}: nothing says what file this is:\n{content}"
        found.append(SaveFile(name[1], content))
    return found


def _commands(content: str) -> Iterator[Command | Talk]:
    for part in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
        line, _, prints = part.partition("\n")
        talk = _PROMPT.split(prints)
        if len(talk) > 1:
            yield Talk(
                line,
                talk[0],
                tuple((prompt, _command(said)) for prompt, said in zip(talk[1::2], talk[2::2], strict=True)),
            )
        else:
            yield Command(line, prints or None)


def _command(said: str) -> Command:
    line, _, prints = said.partition("\n")
    return Command(line, prints)


def fits(printed: str, pattern: str) -> bool:
    """Whether it is what the page shows. White space counts as little as it does to the eye."""
    words = [re.escape(" ".join(part.split())) for part in pattern.split("...")]
    return re.fullmatch(r"\s*" + r".*".join(words) + r"\s*", " ".join(printed.split()), re.DOTALL) is not None


class Newcomer:
    """Somebody with a clone of the repository, and a home in which there is nothing yet.

    Whoever calls closes it, which ends all testbeds.

    Args:
        home: an empty folder.
        fresh: whether the clone is a real one, in which everything has yet to be made; that takes minutes.
    """

    def __init__(self, home: Path, *, fresh: bool = False) -> None:
        self.home = home
        self.clone = home / "seattle"
        self._fresh = fresh
        if fresh:
            subprocess.run(["git", "clone", "--quiet", ROOT, self.clone], check=True)
        else:
            self.clone.mkdir()
            for name in ("examples", "Makefile", "requirements", "pyproject.toml"):
                (self.clone / name).symlink_to(ROOT / name)
            (self.clone / ".venv").symlink_to(sys.prefix)
        commands = self.clone / ".venv" / "bin" if fresh else Path(sys.executable).parent
        self._environment = {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "COLUMNS": "120",
            "PATH": f"{commands}:{os.environ['PATH']}",  # as `source .venv/bin/activate` does
        }
        self._testbeds: list[subprocess.Popen[str]] = []

    def follow(self, page: Path) -> None:
        """Do all that a page says, and see that it comes as it says."""
        for step in steps(page):
            self.do(step)

    def do(self, step: Step) -> None:
        """Do one thing."""
        match step:
            case SaveFile(name, text):
                (self.clone / name).write_text(text, encoding="utf-8")
            case Command(line, prints):
                _compare(line, self.type(line), prints)
            case Talk(line, welcome, lines):
                with open_terminal(line.split(), environ=self._environment, folder=self.clone) as terminal:
                    for told in welcome.replace("...", "\n").split("\n"):
                        terminal.wait_for(re.escape(told.strip()))
                    for prompt, command in lines:
                        assert terminal.wait_for_prompt() == prompt
                        if command.line == "exit":
                            terminal.enter(command.line)
                        else:
                            _compare(command.line, terminal.do(command.line), command.prints)
                    assert terminal.wait_for_end() == 0

    def type(self, line: str) -> str:
        """What a command prints; it has to end well, but for `seattle up`, which goes on."""
        if re.match(r"(\.venv/bin/)?seattle up", line):
            return self._start_testbed(line)
        if line.startswith("make ") and not self._fresh:  # what it makes is there already
            line += " --dry-run"
        if line.startswith("source "):
            return ""
        if line.startswith("seattle login "):
            return self._log_in(line)
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.clone,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONG if self._fresh else PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"$ {line}\nends with {done.returncode}:\n{done.stdout}"
        return "" if line.startswith("make ") else done.stdout

    def _start_testbed(self, line: str) -> str:
        testbed = subprocess.Popen(
            line.split(),
            cwd=self.clone,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._testbeds.append(testbed)
        assert testbed.stdout is not None
        printed, deadline = "", time.monotonic() + PATIENCE
        while UP not in printed:
            left = deadline - time.monotonic()
            assert select.select([testbed.stdout], [], [], max(left, 0))[0], printed
            piece = os.read(testbed.stdout.fileno(), 4096).decode()
            assert piece, printed
            printed += piece
        if site := re.search(r"The site is at (\S+)", printed):
            self._environment["SITE"] = site[1]  # as the guide says
        return printed

    def _log_in(self, line: str) -> str:
        """Register on the site as who the profile is of, and approve in the browser what the command shows."""
        visitor = Visitor.register(self._environment["SITE"], line.rpartition(" ")[2])
        with (
            closing(visitor),
            subprocess.Popen(
                ["bash", "-c", line],
                cwd=self.clone,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as command,
        ):
            assert command.stderr is not None
            assert command.stdout is not None
            said = []
            for told in command.stderr:
                said.append(told)
                if code := re.search(r"\?code=([\w-]+)", told):
                    visitor.approve(code[1])
            printed = command.stdout.read()
        assert command.returncode == 0, "".join(said)
        return printed

    def close(self) -> None:
        """Press Ctrl-C where testbeds run, and leave nothing behind."""
        for one in self._testbeds:
            with one as testbed:
                testbed.send_signal(signal.SIGINT)
        shutil.rmtree(self.home)


def _compare(line: str, printed: str, prints: str | None) -> None:
    assert prints is None or fits(printed, prints), f"{line}\nprints\n{printed}\nand not\n{prints}"
