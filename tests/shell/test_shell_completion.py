"""What Tab offers, at each place of a line."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from tests.shell.offline import OfflineShell

from seattle.shell.completion import candidates
from seattle.shell.extensions import Extension
from seattle.shell.session import Session


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OfflineShell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "keys").mkdir(parents=True)
    (tmp_path / "home" / "joe").touch()
    for name in ("hello.py", "my data.txt", ".hidden"):
        (tmp_path / name).touch()
    shell = OfflineShell()
    shell.knows("joe", "ann")
    shell.finds(2)
    shell.do("add %1 to LAN")
    return shell


def offered(shell: OfflineShell, line: str) -> set[str]:
    """What the line would be, for each candidate."""
    found = candidates(shell.session, line)
    return {line[: len(line) - one.replaces] + one.text for one in found}


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("brow", {"browse "}),
        ("set ti", {"set timeout "}),
        ("as ", {"as joe ", "as ann "}),
        ("as j", {"as joe "}),
        ("as joe brow", {"as joe browse "}),
        ("on L", {"on LAN "}),
        ("on %", {"on %all ", "on %1 ", "on %2 "}),
        ("on %1 as a", {"on %1 as ann "}),
        ("on LAN as joe brow", {"on LAN as joe browse "}),
        ("add %1 to ", {"add %1 to LAN "}),
        ("set autosave o", {"set autosave on ", "set autosave off "}),
        ("help set time", {"help set timeout "}),
        ("help ext", {"help extended "}),
        ("upload h", {"upload hello.py ", "upload home/"}),
        ("upload my", {"upload 'my data.txt' "}),
        ("upload 'my", {"upload 'my data.txt' "}),
        ("upload .h", {"upload .hidden "}),
        ("loadkeys ~/k", {"loadkeys ~/keys/"}),
        ("loadkeys ~/j", {"loadkeys ~/joe "}),
        ("loadkeys ~/joe as", {"loadkeys ~/joe as "}),
        ("upload nosuch/", set()),
        ("brow # a", set()),
        ("run '", {"run hello.py ", "run 'my data.txt' ", "run home/"}),
        ("xyzzy ", set()),
        ("on %9", set()),
    ],
)
def test_given_a_half_typed_line_then_what_fits_at_its_place_is_offered(
    shell: OfflineShell, line: str, lines: set[str]
) -> None:
    assert offered(shell, line) == lines


def test_given_an_empty_line_then_all_first_words_are_offered_once(shell: OfflineShell) -> None:
    labels = [one.label for one in candidates(shell.session, "")]
    assert len(labels) == len(set(labels))
    assert {"as", "on", "browse", "show", "help", "exit"} <= set(labels)


class Variables(Extension):
    def complete(self, session: Session, words: Sequence[str], begun: str) -> Iterable[str]:
        return ["$port"] if begun.startswith("$") else []


def test_given_a_module_that_completes_words_then_what_it_offers_is_there(shell: OfflineShell) -> None:
    shell.session.extensions["variables"] = Variables()
    assert offered(shell, "run hello.py $p") == {"run hello.py $port "}
