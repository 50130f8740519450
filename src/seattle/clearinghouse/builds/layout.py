"""Which layouts can be built: 80 % in vessels of tens, each with an owner and users; the reserved 20 % is the site's.

What is refused here is all that a node would refuse when it is set up: a build that is made can be installed.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from seattle.clearinghouse.accounts.public_keys import read_key
from seattle.clearinghouse.errors import BadKey, BadRequest
from seattle.identity.keys import PublicKey
from seattle.identity.openssh import format_public_line

STEP: Final = 10  # percent
RESERVED: Final = 20  # percent, for the key of the site
TO_GIVE: Final = 100 - RESERVED  # percent, for the planner's vessels
MOST_VESSELS: Final = TO_GIVE // STEP
MOST_USERS: Final = 64  # of one vessel, as nodes have it
MOST_PEOPLE: Final = 64
MOST_USERS_IN_ALL: Final = 200  # counted vessel by vessel: a statement is bounded
MAX_BUILD_NAME: Final = 40  # characters

_PERSON: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_]{2,39}", re.ASCII)
_BUILD_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z _.-]{0,39}", re.ASCII)


@dataclass(frozen=True)
class Person:
    """Somebody who owns or uses vessels. `key`: an OpenSSH public line, or an id; empty: a pair is to be made."""

    name: str
    key: str = ""


@dataclass(frozen=True)
class Part:
    """One vessel of each computer. `owner` and `users` are names of people."""

    percent: int
    owner: str
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """What a planner asks for; nothing of it was checked."""

    people: tuple[Person, ...]
    vessels: tuple[Part, ...]
    name: str = ""

    @property
    def total(self) -> int:
        """Percent of the planner's vessels together."""
        return sum(part.percent for part in self.vessels)


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and where: `person` and `vessel` are places in the layout, counted from 0."""

    text: str
    person: int | None = None
    vessel: int | None = None
    in_key: bool = False  # of the person


class BadLayout(BadRequest):
    """A layout that can't be built; all that is wrong with it is in `mistakes`."""

    code = "bad-layout"

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("; ".join(mistake.text for mistake in mistakes[:5]))
        self.mistakes = tuple(mistakes)


def check(layout: Layout, *, site_key: str) -> dict[str, PublicKey | None]:
    """The key of each person by name, None where a pair is to be made.

    `site_key`: the id of the key that owns the reserved part. Raises BadLayout.
    """
    mistakes = [*_of_all(layout), *_of_people(layout.people, site_key), *_of_vessels(layout)]
    if mistakes:
        raise BadLayout(mistakes)
    return {person.name: read_key(person.key) if person.key.strip() else None for person in layout.people}


def told(name: str) -> str:
    """A name in quotation marks, as far as anybody wants to read it."""
    return repr(name[:60])


def _of_all(layout: Layout) -> Iterator[Mistake]:
    if layout.name and not _BUILD_NAME.fullmatch(layout.name):
        yield Mistake(
            f"the name of a build has 1 to {MAX_BUILD_NAME} letters, digits, blanks and _.- and begins with one of the"
            f" first two, which {told(layout.name)} does not"
        )
    if not layout.vessels:
        yield Mistake("there is no vessel: lay out at least one")
    if len(layout.vessels) > MOST_VESSELS:
        yield Mistake(f"there are {len(layout.vessels)} vessels: {MOST_VESSELS} at most can be")
    if len(layout.people) > MOST_PEOPLE:
        yield Mistake(f"there are {len(layout.people)} people: {MOST_PEOPLE} at most can be")
    if (count := sum(len(part.users) for part in layout.vessels)) > MOST_USERS_IN_ALL:
        yield Mistake(f"the vessels have {count} users together: {MOST_USERS_IN_ALL} at most can be")
    if layout.vessels and layout.total != TO_GIVE:
        yield Mistake(f"the vessels have {layout.total} % together: they have to have {TO_GIVE} %")


def _of_people(people: Sequence[Person], site_key: str) -> Iterator[Mistake]:
    count = Counter(person.name for person in people)
    whose: dict[str, str] = {site_key: "the testbed itself"}
    for place, person in enumerate(people[:MOST_PEOPLE]):
        if not _PERSON.fullmatch(person.name):
            yield Mistake(
                f"{told(person.name)} is no name of a user: 3 to 40 letters, digits or _, the first no _", person=place
            )
        elif count[person.name] > 1:
            yield Mistake(f"there are {count[person.name]} users called {person.name}", person=place)
        if not person.key.strip():
            continue
        try:
            key = read_key(person.key)
        except BadKey as why:
            yield Mistake(f"the key of {told(person.name)} can't be used: {why.message}", place, in_key=True)
            continue
        if key.id in whose:
            yield Mistake(f"the key of {told(person.name)} is that of {whose[key.id]}, too", place, in_key=True)
        whose.setdefault(key.id, person.name)


def _of_vessels(layout: Layout) -> Iterator[Mistake]:
    names = {person.name for person in layout.people}
    for place, part in enumerate(layout.vessels[:MOST_VESSELS]):
        if part.percent not in range(STEP, TO_GIVE + 1, STEP):
            yield Mistake(
                f"a vessel can't have {part.percent} %: it has a multiple of {STEP} from {STEP} to {TO_GIVE}",
                vessel=place,
            )
        if not part.owner:
            yield Mistake(f"vessel {place + 1} has no owner: choose one", vessel=place)
        elif part.owner not in names:
            yield Mistake(f"the owner {told(part.owner)} of vessel {place + 1} is none of the users", vessel=place)
        if unknown := [user for user in part.users if user not in names]:
            yield Mistake(f"{told(unknown[0])}, who is to use vessel {place + 1}, is none of the users", vessel=place)
        if len(set(part.users)) < len(part.users):
            yield Mistake(f"somebody is to use vessel {place + 1} twice", vessel=place)
        if part.owner and part.owner in part.users:
            yield Mistake(f"{told(part.owner)} owns vessel {place + 1}, and need not be its user, too", vessel=place)
        if len(part.users) > MOST_USERS:
            yield Mistake(f"vessel {place + 1} has {len(part.users)} users: {MOST_USERS} at most can be", vessel=place)


def vesselinfo(vessels: Sequence[Part], keys: Mapping[str, PublicKey], *, site_key: PublicKey, token: str) -> str:
    """The file that says so to a node (`seattle.node.vesselinfo`); the site knows what is its by the token."""
    lines: list[str] = []
    for part in vessels:
        lines += [f"Percent {part.percent}", f"Owner {format_public_line(keys[part.owner])}"]
        lines += [f"User {format_public_line(keys[user])}" for user in part.users]
    rest = 100 - sum(part.percent for part in vessels)
    lines += [f"Percent {rest}", f"Owner {format_public_line(site_key)}", f"Information {token}"]
    return "\n".join(lines) + "\n"
