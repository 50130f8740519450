"""The texts that a program is made of, and how their frames are told from ours: for tracebacks."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType, MappingProxyType

OWN = "__repy_own__"
"""In every builtins mapping on which code of the program or a layer runs, and in no other: the number of its stage, the
outermost layer's first. No program can name it."""

PROGRAM = 1_000_000
"""The stage of the program itself, and of what is beneath it: more layers there are never."""

_MOST = 1000  # texts that are kept; a program may make namespaces for ever


class Sources(Mapping[str, Sequence[str]]):
    """For each name that a frame may show, the lines of its text. `library`: texts that are there for all programs."""

    def __init__(self, library: Mapping[str, str] = MappingProxyType({})) -> None:
        self._texts: dict[str, str] = {}
        self._library = library

    def add(self, name: str, text: str) -> None:
        """Remember a text. Of two texts with the same name none is shown: nobody could tell whose line it was."""
        known = self._texts.pop(name, text)
        self._texts[name] = text if known == text else ""
        if len(self._texts) > _MOST:
            second = next(name for number, name in enumerate(self._texts) if number)  # the first is the program itself
            self._texts.pop(second, None)

    def __getitem__(self, name: str) -> list[str]:
        return (self._texts[name] if name in self._texts else self._library[name]).splitlines()

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def stage_of(frame: FrameType) -> int | None:
    """Whose code a frame runs, its main part, a module of its own or a namespace: a layer's, the program's, or ours."""
    stage: int | None = frame.f_builtins.get(OWN)
    return stage


def stage_that_asks() -> int | None:
    """Whose code has called what is being done now; None if that has come to its end already."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and stage_of(frame) is None:
        frame = frame.f_back
    return None if frame is None else stage_of(frame)
