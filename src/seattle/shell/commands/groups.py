"""Targets and groups: what there is, and what is in which group."""

from collections.abc import Sequence
from typing import Final

from seattle.client import Place
from seattle.shell.call import Call
from seattle.shell.command_table import Command, Shelf
from seattle.shell.errors import Incomplete, NoSuchTarget, TargetNeeded, Unfit
from seattle.shell.targets import ALL, Known, Targets, check_group_name


async def add(call: Call) -> None:
    """Put vessels into a group, which is made if it is new."""
    targets = call.session.targets
    group = _group(call, "add")
    new = _missing(_vessels(call), _members(targets, group))
    if not new:
        raise Unfit(f"nothing to add: all of these are in {group!r} already")
    targets.set_group(group, [*_members(targets, group), *new])


async def remove(call: Call) -> None:
    """Take vessels out of a group, which stays when it is empty."""
    targets = call.session.targets
    group = _existing(targets, _group(call, "remove"))
    gone = set(_places(_vessels(call)))
    left = [place for place in _members(targets, group) if place not in gone]
    if len(left) == len(_members(targets, group)):
        raise Unfit(f"nothing to remove: none of these is in {group!r}")
    targets.set_group(group, left)


async def move(call: Call) -> None:
    """Move vessels from the default target, a group, to another."""
    targets = call.session.targets
    if call.target_name is None:
        raise TargetNeeded
    source = _existing(targets, call.target_name)
    group = _existing(targets, call.text("GROUP"))
    if source == group:
        raise Unfit(f"{group!r} is where they are to be moved from, too")
    moved = set(_places(targets.resolve(call.text("TARGET")))) & set(_members(targets, source))
    if not moved:
        raise Unfit(f"nothing to move: none of {call.text('TARGET')!r} is in {source!r}")
    new = [place for place in _members(targets, source) if place in moved and place not in _members(targets, group)]
    if not new:
        raise Unfit(f"nothing to move: all of these are in {group!r} already")
    targets.set_group(group, [*_members(targets, group), *new])
    targets.set_group(source, [place for place in _members(targets, source) if place not in moved])


async def show_groups(call: Call) -> None:
    """The groups, and what is in them."""
    _show(call, _groups(call.session.targets))


async def show_targets(call: Call) -> None:
    """All that commands can be aimed at."""
    numbers = [(f"%{one.number}", str(one.vessel)) for one in call.session.targets]
    _show(call, [*_groups(call.session.targets), *numbers])


def _show(call: Call, rows: Sequence[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in rows)
    for name, content in rows:
        call.session.show(f"{name:<{width}}  {content}")


def _groups(targets: Targets) -> list[tuple[str, str]]:
    groups = {ALL: list(targets), **targets.groups}
    return [(name, ", ".join(one.label for one in vessels) or "(empty)") for name, vessels in groups.items()]


def _vessels(call: Call) -> list[Known]:
    """What is added or removed: what is written, else the default target. Raises TargetNeeded, NoSuchTarget."""
    written = call.text("TARGET")
    return call.session.targets.resolve(written) if written else call.target


def _group(call: Call, verb: str) -> str:
    """The group that is changed: what is written, else the default target. Raises Incomplete, TargetNeeded, Unfit."""
    given, target = "GROUP" in call.values, call.text("TARGET")
    if not given and (not target or (target == "to" and not call.session.targets.has("to"))):
        preposition = "to" if verb == "add" else "from"
        raise Incomplete(f"`{verb}` goes on with TARGET or {preposition} GROUP", hint=f"`help {verb}` tells more")
    group = call.text("GROUP") if given else call.target_name
    if group is None:
        raise TargetNeeded
    check_group_name(group)
    return group


def _existing(targets: Targets, group: str) -> str:
    check_group_name(group)
    if group not in targets.groups:
        raise NoSuchTarget(group)
    return group


def _members(targets: Targets, group: str) -> list[Place]:
    return _places(targets.groups.get(group, []))


def _places(vessels: Sequence[Known]) -> list[Place]:
    return [one.vessel.place for one in vessels]


def _missing(vessels: Sequence[Known], there: Sequence[Place]) -> list[Place]:
    return [place for place in _places(vessels) if place not in there]


COMMANDS: Final = (
    Command(
        "add [TARGET] [to GROUP]",
        add,
        "Put vessels into a group, which is made if it is new.",
        details="Without TARGET, the default target is put there; without GROUP, TARGET is put into the default "
        "target, which is a group then.",
        examples=(
            ("add browsegood to LAN", "a group LAN, of what `browse` found"),
            ("on LAN add %7", "one more"),
        ),
    ),
    Command(
        "remove [TARGET] [from GROUP]",
        remove,
        "Take vessels out of a group.",
        details="As `add`. A group stays when it is empty.",
        examples=(("remove %7 from LAN", ""), ("remove runfail from LAN", "all that the last `run` failed on")),
    ),
    Command(
        "move TARGET to GROUP",
        move,
        "Move vessels from the default target, a group, to another group.",
        details="Moves those vessels of TARGET that are in the default target.",
        examples=(("on LAN move %3 to spare", "from LAN to spare"),),
        shelf=Shelf.EXTENDED,
    ),
    Command("show groups|group", show_groups, "List the groups, and what is in them."),
    Command("show targets|target", show_targets, "List all that commands can be aimed at."),
)
