"""Groups of vessels that have a name: they last, and every program that uses the same profile knows them.

They are kept in `groups.json` in the profile's folder: who changes it locks it, and replaces it as a whole. Vessels
that are gone stay in a group until it is changed, so that their going is seen.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from seattle.client.errors import NoSuchGroup, ProfileUnusable
from seattle.client.expected import expect
from seattle.client.files import replace_file
from seattle.client.places import Place
from seattle.client.vessel import Vessel

FILE: Final = "groups.json"
MOST: Final = 16 * 1024 * 1024  # bytes of the file: a hundred thousand vessels

_LOCK: Final = ".groups.lock"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")

Members: TypeAlias = Iterable[Vessel | Place]
_Stored: TypeAlias = dict[str, list[tuple[str, str]]]  # node and vessel of each, by group


class Groups(Mapping[str, tuple[Place, ...]]):
    """The groups of one profile, by name. Each access reads what is there now.

    ::

        testbed.groups["web"] = vessels
        testbed.vessels("web").logs()
        del testbed.groups["web"]

    Raises NoSuchGroup, and ProfileUnusable if the file can't be used. A group may be empty.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> tuple[Place, ...]:
        members = self._read().get(name)
        if members is None:
            raise NoSuchGroup(name)
        return tuple(Place(*one) for one in members)

    def __setitem__(self, name: str, vessels: Members) -> None:
        """Make a group of these, in place of one of the same name."""
        check_name(name)
        self._change(name, lambda _: places_of(vessels))

    def __delitem__(self, name: str) -> None:
        with self._locked():
            groups = self._read()
            if groups.pop(name, None) is None:
                raise NoSuchGroup(name)
            self._write(groups)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._read()))

    def __len__(self) -> int:
        return len(self._read())

    def __contains__(self, name: object) -> bool:
        return name in self._read()

    def add(self, name: str, vessels: Members) -> None:
        """Add vessels to a group, which is made if there is none."""
        check_name(name)
        added = places_of(vessels)
        self._change(name, lambda members: [*(members or ()), *added])

    def remove(self, name: str, vessels: Members) -> None:
        """Remove vessels from a group; those that are not in it are no matter. Raises NoSuchGroup."""
        removed = set(places_of(vessels))

        def without(members: list[Place] | None) -> list[Place]:
            if members is None:
                raise NoSuchGroup(name)
            return [one for one in members if one not in removed]

        self._change(name, without)

    def _change(self, name: str, change: Callable[[list[Place] | None], list[Place]]) -> None:
        """Have a group hold what `change` makes of its members, or of None if there is no such group."""
        with self._locked():
            groups = self._read()
            there = groups.get(name)
            members = change(None if there is None else [Place(*one) for one in there])
            self._write({**groups, name: [(one.node, one.vessel) for one in dict.fromkeys(members)]})

    def _read(self) -> _Stored:
        file = self._folder / FILE
        try:
            with file.open("rb") as opened:
                content = opened.read(MOST)
        except FileNotFoundError:
            return {}
        except OSError as why:
            raise ProfileUnusable(f"{file}: can't be read ({why.strerror})") from why
        try:
            return msgspec.json.decode(content, type=_Stored)
        except (msgspec.DecodeError, UnicodeDecodeError) as why:
            raise ProfileUnusable(
                f"{file}: this is no list of groups ({why})", hint="move it away; groups are made again with `groups`"
            ) from why

    def _write(self, groups: _Stored) -> None:
        file = self._folder / FILE
        try:
            replace_file(file, msgspec.json.format(msgspec.json.encode(groups)))
        except OSError as why:
            raise ProfileUnusable(f"{file}: can't be written ({why.strerror})") from why

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else changes groups meanwhile."""
        try:
            lock = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as why:
            raise ProfileUnusable(f"{self._folder}: groups can't be kept there ({why.strerror})") from why
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def check_name(name: str) -> None:
    """Raises NoSuchGroup for a name that no group can have."""
    expect(name, str, "the name of a group is a text")
    if not _NAME.match(name):
        raise NoSuchGroup(
            name,
            what="no group can have the name",
            hint="a name begins with a letter or digit, and goes on with those and with . _ -",
        )


def places_of(vessels: Members) -> list[Place]:
    """Where these vessels are. Raises TypeError for what is no vessel."""
    if isinstance(vessels, Vessel | Place) or not isinstance(vessels, Iterable):
        raise TypeError(f"vessels are given as a list of them, or of their Places, not {type(vessels).__name__}")
    places = [one.place if isinstance(one, Vessel) else one for one in vessels]
    for one in places:
        if not isinstance(one, Place):
            raise TypeError(f"a vessel, or its Place(node, name), is expected, not {type(one).__name__}")
    return places
