"""Factoids: something about Seattle at each start."""

import random
from collections.abc import Sequence
from typing import Final

from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.errors import Unfit
from seattle.shell.modules.module import Module
from seattle.shell.numbers import whole_number
from seattle.shell.session import Session

FACTOIDS: Final[Sequence[str]] = (
    "A program has one way out of its process: a socket to its monitor. The kernel has closed all else before.",
    "Two walls stand around each program, one of language and one of kernel. Whoever wants out has to break both.",
    "`as NAME` and `on TARGET` may stand before any command, in any order, and are then for that command only.",
    "`%all` is every vessel that this shell knows; numbers such as %3 are never given to another vessel.",
    "When an upload fails on some vessels only, the group `uploadfail` remembers which; so do other commands.",
    "Your key is your name. A node obeys whoever signed, never whoever connected, and brokers can read nothing.",
    "A key's id begins with U. `ssh-keygen` reads the files of keys that `genkeys` writes, and makes them, too.",
    "Splitting and joining vessels creates no resources: what comes out is what went in, but for the offcut.",
    "A log is kept over restarts of a program, up to its limit; `reset` clears it together with the files.",
    "Vessels from a clearinghouse end some day. `show leases` tells when, and `renew` begins the time anew.",
    "A vessel that is given back is clean before anybody else gets it: no file, no log, no program, no user of yours.",
    "`get 5 wan` gets vessels each in another network, `get 5 lan` all in one, `get 5 nat` behind NATs.",
    "A donor's word comes first: a node may hold back at any time, and says why.",
    "A program that uses more of the CPU than its vessel has is not killed: it is held until it is within its share.",
    "Programs are Python without what could reach around the walls; `repy check FILE` says what to write instead.",
    "`repy PROGRAM` runs a program on this computer, behind the same walls as on the others.",
    "Vessels outlive the program that manages them: when a node's daemon is restarted, what runs there runs on.",
    "A request to a node is good for 30 seconds, and once. Nobody who recorded yours can play it again.",
)
_ALL: Final = "all"


def pick(rng: random.Random) -> str:
    """One of them."""
    return rng.choice(FACTOIDS)


async def greet(session: Session) -> None:
    """Tell one at the start, to people."""
    if session.notes.is_terminal:
        session.note(pick(random.Random()), style="dim")  # noqa: S311 - nothing secret


async def show_factoids(call: Call) -> None:
    """Tell some of them, or all."""
    count = _count(call.text("N"))
    if count > len(FACTOIDS):
        call.session.note(f"note: there are {len(FACTOIDS)}; these are all")
    for factoid in random.Random().sample(FACTOIDS, min(count, len(FACTOIDS))):  # noqa: S311 - as above
        call.session.show(factoid)


def _count(text: str) -> int:
    if text == _ALL:
        return len(FACTOIDS)
    count = whole_number(text, least=1)
    if count is None:
        raise Unfit(f"{text!r} is no number of factoids", hint="write a number from 1 on, or `all`")
    return count


MODULE: Final = Module(
    summary="Something about Seattle at each start.",
    details="Whoever has read them all may say `disable factoids`.",
    commands=(
        Command(
            "show factoids N",
            show_factoids,
            "Tell N things about Seattle, or `all`.",
            examples=(("show factoids all", "in one go"),),
        ),
    ),
    start=greet,
)
