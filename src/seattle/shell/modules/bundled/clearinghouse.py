"""The testbed's site: getting vessels, keeping them for longer, and giving them back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from seattle.client import Order, OrderState, Place
from seattle.client.aio.vessels import AsyncVesselGroup
from seattle.client.durations import time_left
from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.commands.discovery import meet
from seattle.shell.errors import Incomplete, Unfit
from seattle.shell.extensions import Extension
from seattle.shell.modules.bundled.rules import SITE_NAMES, read_rule, site_filters, starting, words_behind
from seattle.shell.modules.module import Module
from seattle.shell.numbers import whole_number
from seattle.shell.report import make_groups, tell, tell_failures, tell_if_empty
from seattle.shell.session import Session
from seattle.shell.tables import show_table

ACQUIRED: Final = "acquired"  # the group of what was gotten last
KINDS: Final = ("wan", "lan", "nat", "random")
MOST: Final = 1000  # vessels in one order


async def get(call: Call) -> None:
    """Get vessels, and make the group `acquired` of them: all that were asked for, or none."""
    count, kind = _count(call.text("N")), _kind(call.text("KIND", "random"))
    where = site_filters([read_rule(word) for word in call.many("RULE")])
    session = call.session
    session.targets.set_group(ACQUIRED, [])
    testbed = await session.connections.testbed(call.identity)
    found = await testbed.acquire(count, kind=kind, where=where, progress=_Progress(session).tell)
    session.tally(worked=len(found), failed=len(found.unreachable))
    _forget_others(call, [vessel.place for vessel in found])
    if found:
        meet(call, found)
        make_groups(session, {ACQUIRED: [vessel.place for vessel in found]})
    if found.unreachable:
        tell_failures(session, found.unreachable)
        session.note("hint: they are yours all the same: `show leases` lists them, and `browse` finds them later")


def _forget_others(call: Call, gotten: Sequence[Place]) -> None:
    """Forget those that another identity had found, when it had them: they would be asked in its name."""
    for one in list(call.session.targets):
        if one.vessel.place in gotten and one.identity != call.identity.name:
            call.session.targets.gone(one.vessel.place)


async def release(call: Call) -> None:
    """Give vessels back, and forget those that were given back."""
    session = call.session
    for group in await _groups(call):
        results = await group.release()
        session.tally(worked=len(results.ok), failed=len(results.failed))
        if results.ok:
            session.show(f"Released: {', '.join(session.targets.label(one.vessel) for one in results.ok)}")
        for one in results.ok:
            session.targets.gone(one.vessel)
        tell_failures(session, results.failed)
        if results.ok and results.failed:
            make_groups(session, {"releasefail": [one.vessel for one in results.failed]})


async def renew(call: Call) -> None:
    """Keep vessels for the longest time that the site allows, counted from now."""
    session = call.session
    for group in await _groups(call):
        results = await group.renew()
        until: dict[datetime, list[str]] = {}
        for one in results.ok:
            until.setdefault(one.value, []).append(session.targets.label(one.vessel))
        for end, labels in sorted(until.items()):
            session.show(f"Yours until {_in_words(end)}: {', '.join(labels)}")
        tell(session, "renew", results)


async def show_credits(call: Call) -> None:
    """Tell how many vessels the identity's account may hold, and which port is its own."""
    testbed = await call.session.connections.testbed(call.identity)
    account = await testbed.account()
    call.session.show(f"account: {account.username}")
    held, most, left = account.credits_held, account.credits_total, account.credits_available
    call.session.show(f"vessels: {held} held of {most}, {left} to be had")
    if account.port:
        call.session.show(f"port: {account.port}")


async def show_leases(call: Call) -> None:
    """List all vessels that the site has given to the identity's account, also those that are not known here."""
    testbed = await call.session.connections.testbed(call.identity)
    leases = sorted(await testbed.leases(), key=lambda lease: lease.expires_at)
    if not leases:
        call.session.note("note: you hold no vessel; `get N` gets some")
        return
    rows = [
        (
            call.session.targets.label(lease.place),
            time_left(lease.expires_in),
            "online" if lease.online else "offline",
            lease.country,
            lease.address,
            " ".join(map(str, lease.ports)),
        )
        for lease in leases
    ]
    show_table(call.session, ("Vessel", "Ends in", "Node", "Country", "Address", "Ports"), rows)


class _Progress:
    """Says how far an order is, when that has changed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said = -1

    def tell(self, order: Order) -> None:
        if order.state is OrderState.WORKING and order.active != self._said:
            self._said = order.active
            self._session.note(f"{order.active} of {order.wanted} vessels are there; waiting for {order.assigning}")


class Wishes(Extension):
    """Completes what stands behind `get N`."""

    def complete(self, session: Session, words: Sequence[str], begun: str) -> Iterable[str]:  # noqa: ARG002
        """Kinds, and the names of rules."""
        behind = words_behind("get", words)
        if len(behind) == 1:
            return starting(begun, KINDS)
        return starting(begun, [f"{name}=" for name in SITE_NAMES]) if "where" in behind else ()


async def _groups(call: Call) -> list[AsyncVesselGroup]:
    """The vessels that are meant, to be asked for at once: a group for each identity that found some of them."""
    name = call.text("GROUP")
    target = call.session.targets.resolve(name) if name else call.target
    tell_if_empty(call.session, target)
    return await call.session.groups_of(target)


def _count(text: str) -> int:
    count = whole_number(text, least=1, most=MOST)
    if count is None:
        raise Unfit(f"{text!r} is no number of vessels", hint=f"write one from 1 to {MOST}, as in `get 5 wan`")
    return count


def _kind(text: str) -> str:
    if text == "where":
        raise Incomplete("`where` goes on with RULE...", hint=f"such as country=DE; there are {', '.join(SITE_NAMES)}")
    if text not in KINDS:
        raise Unfit(f"there is no kind {text!r} of vessels", hint=f"there are {', '.join(KINDS)}")
    return text


def _in_words(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"


MODULE: Final = Module(
    summary="Gets vessels from the testbed's site, renews them and gives them back.",
    details="All of it is done in the name of the current identity, whose key an account of the site must have: "
    "`seattle login URL` brings it there.",
    commands=(
        Command(
            "get N [KIND] [where RULE...]",
            get,
            "Get N vessels: wan, lan, nat or random ones.",
            details="wan: each in another network; lan: all in one; nat: behind translators of addresses; random, as "
            "without a word: any. It is all or nothing. What was gotten is the group 'acquired'.\n\n"
            "Rules choose nodes: country=DE,FR or country!=US; asn=680; as-name=NAME; network=192.0.2.0/24; "
            "uptime>=24 (hours); memory>=500M, cpu>=0.5 and so on, of the whole node; own-port=yes; near=ADDRESS "
            "with within-ms=50 (an estimate).",
            examples=(
                ("get 5 wan", "each in another network"),
                ("get 3 where country=DE,FR memory>=500M", "on such nodes only"),
            ),
        ),
        Command(
            "release [GROUP:TARGET]",
            release,
            "Give vessels back, those of the target or of GROUP.",
            details="What runs there is stopped, and files and logs are deleted. Vessels that could not be given back "
            "stay known, in the group 'releasefail'.",
            examples=(("release acquired", "those that were gotten last"), ("on %2 release", "one of them")),
        ),
        Command(
            "renew [GROUP:TARGET]",
            renew,
            "Keep vessels for the longest time from now.",
            details="`show leases` tells how long vessels are yours.",
            examples=(("renew %all", "all that are known"),),
        ),
        Command("show credits", show_credits, "Tell how many vessels the identity may hold, and its port."),
        Command("show leases", show_leases, "List the vessels that the site lends to the identity, and until when."),
    ),
    extension=Wishes(),
)
