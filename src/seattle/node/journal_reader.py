"""The journal as its donor asks for it over the control socket."""

from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.node.errors import NodeError
from seattle.node.journal import MOST, Entry, Journal
from seattle.node.verbs import Order, Verb

SHORTEST_DIGEST: Final = 6  # characters of a digest that name a program


class NoSuchProgram(NodeError):  # noqa: N818 - named for what went wrong, as its family is
    """The journal has no text of this digest."""

    code = "no-such-program"


class GetJournal(Order, frozen=True, tag="journal"):
    """Which runs were there?"""

    match: Annotated[str, Meta(max_length=200)] = ""  # as in Journal.entries
    before: Annotated[int, Meta(ge=0)] | None = None  # only those with a lower id
    count: Annotated[int, Meta(ge=1, le=MOST)] = MOST


class JournalPage(msgspec.Struct, frozen=True):
    """Some runs, the latest first."""

    entries: list[Entry]
    more: bool  # whether there are older ones


class GetProgram(Order, frozen=True, tag="program"):
    """What was it that ran?"""

    digest: Annotated[str, Meta(min_length=SHORTEST_DIGEST, max_length=64, pattern=r"^[0-9a-f]+\Z")]  # its beginning


class ProgramText(msgspec.Struct, frozen=True):
    """A program as it ran."""

    digest: str  # SHA-256, hexadecimal
    text: bytes


JOURNAL: Final = Verb(GetJournal, JournalPage)
PROGRAM: Final = Verb(GetProgram, ProgramText)


@dataclass(frozen=True)
class JournalReader:
    """Answers `journal` and `program`."""

    journal: Journal

    async def page(self, wanted: GetJournal) -> JournalPage:
        """The latest of those that are asked for."""
        found = self.journal.entries(wanted.match, before=wanted.before, count=wanted.count)
        more = len(found) == wanted.count and bool(
            self.journal.entries(wanted.match, before=found[-1].id, count=1)  # the next page would not be empty
        )
        return JournalPage(found, more)

    async def program(self, wanted: GetProgram) -> ProgramText:
        """A program's text. Raises NoSuchProgram if there is none, or more than one."""
        match self.journal.programs(wanted.digest):
            case [(digest, text)]:
                return ProgramText(digest, text)
            case []:
                raise NoSuchProgram(f"the journal has no program whose digest begins with {wanted.digest}")
            case _:
                raise NoSuchProgram(f"several programs' digests begin with {wanted.digest}: give more of it")
