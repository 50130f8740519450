"""A terminal into which tests type as a person does: a window of tmux, with a server of its own.

::

    with open_terminal([sys.executable, "-m", "seattle.shell"], environ={"HOME": str(home)}) as terminal:
        terminal.wait_for("^Enabled modules: ")  # which is said above the first prompt
        told = terminal.do("show identities")  # what appeared between this line and the next prompt
        terminal.type("sh")
        terminal.press("Tab")
"""

import os
import re
import select
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import pytest

BOUND: Final = 60.0  # seconds; far more than anything takes
PROMPT: Final = re.compile(r"(?:\S*@)?\S* !>")

_SETTINGS: Final = """\
set -g default-terminal screen-256color
set -g history-limit 20000
set -g remain-on-exit on
set -g status off
"""
_LOOK_ANYWAY: Final = 0.2  # seconds: that a program has ended is no output
_TMUX: Final = shutil.which("tmux")

T = TypeVar("T")

needs_tmux: Final = pytest.mark.skipif(_TMUX is None, reason="tmux is not installed")


class Terminal:
    """What runs in the window, its screen and its keyboard."""

    def __init__(self, socket: Path, output: int, code: Path) -> None:
        self._socket = socket
        self._output = output  # readable when the program has written something
        self._code = code  # the file with its exit code, once it has ended

    def type(self, text: str) -> None:
        """Type letters."""
        self._tmux("send-keys", "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Press keys, as tmux names them: `Enter`, `Tab`, `Up`, `C-c`."""
        self._tmux("send-keys", *keys)

    def enter(self, line: str) -> None:
        """Type a line."""
        self.type(line)
        self.press("Enter")

    @property
    def lines(self) -> list[str]:
        """All that was printed and is not cleared, without blank lines at the end. A long line is one."""
        return [line.rstrip() for line in self._tmux("capture-pane", "-p", "-J", "-S", "-").rstrip().split("\n")]

    @property
    def screen(self) -> str:
        """The same as a text."""
        return "\n".join(self.lines)

    def wait_for(self, pattern: str, *, within: float = BOUND) -> re.Match[str]:
        """Return once the screen shows this regular expression, `^` and `$` of which are of lines."""
        wanted = re.compile(pattern, re.MULTILINE)
        return self._wait(lambda: wanted.search(self.screen), f"{pattern!r}", within)

    def wait_for_prompt(self, *, within: float = BOUND) -> str:
        """Return once the shell waits for a line, with nothing typed; the prompt."""

        def prompt() -> str | None:
            last = self.lines[-1]
            return last if PROMPT.fullmatch(last) else None

        return self._wait(prompt, "a prompt", within)

    def do(self, line: str, *, within: float = BOUND) -> str:
        """Type a line at the prompt; what was printed until the next one."""
        self.wait_for_prompt(within=within)
        before = self._prompts()
        self.enter(line)
        self._wait(lambda: self._prompts() > before and PROMPT.fullmatch(self.lines[-1]), "the next prompt", within)
        lines = self.lines
        typed = max(place for place, text in enumerate(lines[:-1]) if PROMPT.match(text))
        return "\n".join(lines[typed + 1 : -1])

    def wait_for_end(self, *, within: float = BOUND) -> int:
        """Return once the program has ended; its exit code."""

        self._wait(self._code.exists, "the end", within)
        return int(self._code.read_text())

    def _prompts(self) -> int:
        return sum(PROMPT.match(line) is not None for line in self.lines)

    def _wait(self, look: Callable[[], T | None], what: str, within: float) -> T:
        deadline = time.monotonic() + within
        while not (found := look()):
            assert time.monotonic() < deadline, f"waited {within:g} s for {what}; the screen:\n{self.screen}"
            if select.select([self._output], [], [], _LOOK_ANYWAY)[0]:
                os.read(self._output, 1 << 16)
        return found

    def _tmux(self, *arguments: str) -> str:
        return _run(self._socket, *arguments)


@contextmanager
def open_terminal(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    folder: Path | None = None,
    columns: int = 160,
    rows: int = 50,
) -> Iterator[Terminal]:
    """A terminal in which this command runs in `folder`, with this environment beside PATH and the like."""
    with tempfile.TemporaryDirectory(prefix="tmux-") as own:  # a socket's path has to be short
        socket, settings, output = (Path(own) / name for name in ("socket", "settings", "output"))
        settings.write_text(_SETTINGS)
        os.mkfifo(output)
        reader = os.open(output, os.O_RDWR)  # also writing: there is a reader before the writer, and no end
        ready = Path(own) / "ready"
        os.mkfifo(ready)
        code = Path(own) / "code"
        # The code in a file of ours: tmux does not always notice that a program has ended.
        wrapped = (
            f"trap : INT QUIT; read -r _ <{ready}; {shlex.join(command)}; echo $? >{code}.new; mv {code}.new {code}"
        )
        try:
            _run(
                socket, "-u", "-f", str(settings), "new-session", "-d", "-x", str(columns), "-y", str(rows),
                "-c", str(folder or own), "env", "-i", *_variables(environ), "sh", "-c", wrapped,
            )  # fmt: skip
            _run(socket, "pipe-pane", f"exec cat >{shlex.quote(str(output))}")
            ready.write_text("\n")
            yield Terminal(socket, reader, code)
        finally:
            subprocess.run([_TMUX or "tmux", "-S", str(socket), "kill-server"], check=False, capture_output=True)
            os.close(reader)


def _variables(environ: Mapping[str, str]) -> list[str]:
    given = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "screen-256color", **environ}
    return [f"{name}={value}" for name, value in given.items()]


def _run(socket: Path, *arguments: str) -> str:
    done = subprocess.run(
        [_TMUX or "tmux", "-S", str(socket), *arguments], check=False, capture_output=True, text=True, timeout=BOUND
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
