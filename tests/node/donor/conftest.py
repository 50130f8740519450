"""A node whose computer is a folder of real files, looked at ten times a second."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seattle.fabric.server import EmbeddedServer

LOOK_EVERY = 0.1  # seconds


@dataclass
class Computer:
    """A computer that says what a test wants it to say."""

    root: Path

    def write(self, name: str, text: str) -> None:
        """A file beneath the root, there at once and as a whole."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(text + "\n")
        new.rename(path)

    def is_hot(self, degrees: int) -> None:
        self.write("sys/class/thermal/thermal_zone0/temp", f"{degrees}000")


@dataclass
class Donated:
    """A node, its computer and its policy."""

    node: Any
    computer: Computer
    prepared: Any

    def policy(self, text: str) -> None:
        """Replace the policy, as an editor would."""
        new = self.prepared.folder / "policy.new"
        new.write_text(text)
        new.rename(self.prepared.settings.policy_file)


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    computer = Computer(tmp_path / "pc")  # short, since the path of a socket in it may have 107 bytes
    computer.is_hot(40)
    return computer


Donate = Callable[[str], Awaitable[Donated]]


@pytest.fixture
async def donate(prepare: Any, server: EmbeddedServer, start_node: Any, computer: Computer) -> Donate:
    """Run a node with this policy: `await donate("[temperature]")`."""

    async def donated(policy: str) -> Donated:
        prepared = prepare(server.url, computer=computer.root, look_every=LOOK_EVERY)
        (prepared.folder / "policy.toml").write_text(policy)
        return Donated(await start_node(prepared), computer, prepared)

    return donated
