"""What a half-typed line could go on with: decided by the table of commands, with what the session knows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seattle.shell import help_pages
from seattle.shell.session import Session
from seattle.shell.syntax import Element, Kind, Literal, Slot
from seattle.shell.words import quoted, scan

MOST_FILES: Final = 500  # of a folder
_PREFIXES: Final = ("as", "on")


@dataclass(frozen=True)
class Candidate:
    """What a word could become.

    Attributes:
        text: what is to be typed for it, quoted.
        replaces: how many letters before the cursor it replaces.
        label: what is shown of it.
        kind: what it is, for those who choose.
    """

    text: str
    replaces: int
    label: str
    kind: str


def candidates(session: Session, line: str) -> list[Candidate]:
    """What the line up to the cursor could go on with."""
    found = scan(line)
    if found.comment or found.open == "\\":
        return []
    words, begun, replaces = list(found.words), "", 0
    if words and not found.ended:
        begun = words.pop()
        replaces = len(line) - found.begins[-1]
    given = dict.fromkeys(_all(session, words, begun))
    return [
        Candidate(text, replaces, label, kind)
        for word, label, kind, whole in given
        if word.startswith(begun) and (text := f"{quoted(word)} " if whole else quoted(word))
    ]


_Offer = tuple[str, str, str, bool]  # a word, what is shown of it, what it is, whether it is whole


def _all(session: Session, words: Sequence[str], begun: str) -> Iterator[_Offer]:
    rest = _behind_prefixes(words)
    for element in session.commands.next_elements(rest):
        yield from _of_element(session, element, rest, begun)
    for extension in session.extensions.values():
        for word in extension.complete(session, words, begun):
            yield word, word, "", True


def _behind_prefixes(words: Sequence[str]) -> Sequence[str]:
    """The words of the command itself."""
    while len(words) > 2 and words[0] in _PREFIXES:
        words = words[2:]
    return words if len(words) != 2 or words[0] not in _PREFIXES else ()


def _of_element(session: Session, element: Element, words: Sequence[str], begun: str) -> Iterable[_Offer]:
    if isinstance(element, Literal):
        return [(element.spellings[0], element.spellings[0], "", True)]
    return _of_slot(session, element, words, begun)


def _of_slot(session: Session, slot: Slot, words: Sequence[str], begun: str) -> Iterable[_Offer]:
    match slot.kind:
        case Kind.TARGET:
            return _named(session.targets.names(), "target")
        case Kind.GROUP:
            return _named(session.targets.groups, "group")
        case Kind.IDENTITY:
            return _named((one.name for one in session.identities), "identity")
        case Kind.SWITCH:
            return _named(("on", "off"), "")
        case Kind.TOPIC:
            return _named(help_pages.topics(session.commands, words[1:]), "topic")
        case Kind.FILE:
            return _paths(begun, folders_only=False)
        case Kind.FOLDER:
            return _paths(begun, folders_only=True)
        case Kind.MODULE:
            return _named(session.modules.installed, "module")
        case Kind.COMMAND | Kind.REMOTE | Kind.WORD:
            return ()


def _named(names: Iterable[str], kind: str) -> list[_Offer]:
    return [(name, name, kind, True) for name in names]


def _paths(begun: str, *, folders_only: bool) -> list[_Offer]:
    """Files whose names begin like this; of a folder, more may follow."""
    folder, slash, name = begun.rpartition("/")
    written = f"{folder}{slash}"
    try:
        entries = sorted(Path(written or ".").expanduser().iterdir())
    except (OSError, RuntimeError):  # no such folder, or nobody has this home
        return []
    found: list[_Offer] = []
    for entry in entries:
        if not entry.name.startswith(name) or (entry.name.startswith(".") and not name.startswith(".")):
            continue
        is_folder = entry.is_dir()
        if is_folder or not folders_only:
            end = "/" if is_folder else ""
            found.append((f"{written}{entry.name}{end}", f"{entry.name}{end}", "", not is_folder))
        if len(found) == MOST_FILES:
            break
    return found
