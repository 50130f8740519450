"""The donor's guide, followed to the letter in a folder of its own."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.ports import free_ports

GUIDE = Path(__file__).parents[3] / "docs" / "donors-guide.md"
INSTALL = "make .venv/package"  # has been done where tests run
IN_A_TERMINAL_OF_ITS_OWN = ("seattle fabric serve", "seattle node run")
PATIENCE = 60  # seconds


def blocks() -> list[str]:
    """The indented commands of the page, in order."""
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", GUIDE.read_text(), re.MULTILINE)
    return [re.sub(r"^    ", "", block.strip("\n"), flags=re.MULTILINE) for block in found]


class Shell:
    """One shell, as a reader has it open."""

    def __init__(self, folder: Path) -> None:
        self.terminals: list[subprocess.Popen[bytes]] = []
        self._folder = folder
        self._process = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def do(self, commands: str) -> tuple[int, str]:
        """The exit code of the last of these commands, and all that they wrote."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{{ {commands}\n}} </dev/null\necho; echo done: $?\n")
        self._process.stdin.flush()
        said = ""
        for line in self._process.stdout:
            if line.startswith("done: "):
                return int(line.split()[1]), said
            said += line
        raise AssertionError(f"the shell is gone: {said}")

    def open_terminal(self, command: str) -> "subprocess.Popen[bytes]":
        """Run one command in another terminal, until the end."""
        _, settings = self.do('echo "$SEATTLE_NODE_SETTINGS"')
        with (self._folder / f"terminal{len(self.terminals)}").open("wb") as log:
            process = subprocess.Popen(
                shlex.split(command),
                cwd=self._folder,
                env={**os.environ, "HOME": str(self._folder), "SEATTLE_NODE_SETTINGS": settings.strip()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.terminals.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self.terminals):
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def test_given_a_new_donor_when_they_follow_the_guide_then_every_command_works(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    (port,) = free_ports(1)  # for the one in the guide, which another test may use at the moment
    outputs = {}
    for block in blocks():
        text = block.replace("4222", str(port))
        if block.startswith(INSTALL):
            text = "repy walls"
        elif block.startswith(IN_A_TERMINAL_OF_ITS_OWN):
            serving = block.startswith("seattle fabric serve")
            shell.open_terminal(f"{block} --port {port}" if serving else block)
            waiting = f"socket.create_connection(('127.0.0.1', {port}))" if serving else ""
            ready = waiting or "socket.socket(socket.AF_UNIX).connect('my-node/control')"
            text = (
                f'for n in $(seq 200); do "{sys.executable}" -c "import socket; {ready}" 2>/dev/null && break;'
                " sleep 0.1; done"
            )
        code, outputs[block] = shell.do(text)
        assert code == 0, f"{block}\n{outputs[block]}"
    told = "\n".join(outputs.values())
    assert "error: " not in told
    assert "paused by the donor (backup)" in told
    assert not (tmp_path / "my-node").exists()
    assert shell.terminals.pop().wait(PATIENCE) == 0  # the node has ended, as it was told to
