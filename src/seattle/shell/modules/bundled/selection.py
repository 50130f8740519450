"""Choosing vessels by rules, among those that the shell knows."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from seattle.client import Place, Vessel
from seattle.fabric.advert import NatKind
from seattle.fabric.node_api import VesselState
from seattle.resources.errors import ResourceMathError
from seattle.resources.overrides import read_amounts
from seattle.shell.asking import ask_vessels, go_on
from seattle.shell.call import Call
from seattle.shell.command_table import Command
from seattle.shell.errors import Unfit
from seattle.shell.extensions import Extension
from seattle.shell.modules.bundled.geoip import locations_of
from seattle.shell.modules.bundled.rules import AMOUNTS, Relation, Rule, read_rule, starting, words_behind
from seattle.shell.modules.module import Module
from seattle.shell.numbers import whole_number
from seattle.shell.report import make_groups, tell_failures
from seattle.shell.session import Session
from seattle.shell.targets import ALL, Known, check_group_name

if TYPE_CHECKING:  # it takes long to import, and is only needed where places are
    from seattle.geography.locations import Location

Limits = Mapping[str, float | list[int]]  # of a vessel, by resource


@dataclass(frozen=True)
class Candidate:
    """A vessel, with what rules ask of it; what none asks is not there."""

    known: Known
    names: Mapping[str, str]  # of keys, by their ids
    location: "Location | None" = None
    limits: Limits | None = None

    @property
    def vessel(self) -> Vessel:
        """What its node told last."""
        return self.known.vessel

    def called(self, key_ids: Iterable[str]) -> list[str]:
        """Keys by their ids, and by their names here."""
        return [name for key_id in key_ids for name in (key_id, self.names.get(key_id)) if name is not None]


def _places(candidate: Candidate) -> Sequence[str]:
    location = candidate.location
    return () if location is None else (location.country, location.country_name)


# What a rule's values, of which one has to fit, are held against; `*` and `?` stand for anything.
_TEXTS: Final[Mapping[str, Callable[[Candidate], Sequence[str]]]] = {
    "address": lambda one: (*one.vessel.addresses, one.vessel.public_address),
    "as-name": lambda one: () if one.location is None else (one.location.as_name,),
    "country": _places,
    "identity": lambda one: (one.known.identity,),
    "name": lambda one: (one.vessel.name,),
    "nat": lambda one: (one.vessel.nat,),
    "node": lambda one: (one.vessel.node,),
    "owner": lambda one: one.called([one.vessel.owner]),
    "port": lambda one: [str(port) for port in {*one.vessel.tcp_ports, *one.vessel.udp_ports}],
    "ready": lambda one: ("no" if one.vessel.holding_back else "yes",),
    "state": lambda one: (one.vessel.state.value,),
    "user": lambda one: one.called(one.vessel.users),
}
# Of these all values are known: a rule that none of them fits is a mistyped one.
_CLOSED: Final[Mapping[str, Sequence[str]]] = {
    "nat": tuple(NatKind),
    "ready": ("yes", "no"),
    "state": tuple(VesselState),
}
# So many of what fits may have the same; the first of them are taken.
_APART: Final[Mapping[str, Callable[[Candidate], str]]] = {
    "per-country": lambda one: "" if one.location is None else one.location.country,
    "per-node": lambda one: one.vessel.node,
}
_CUTS: Final = ("limit", *_APART)
_LOCATED: Final = frozenset({"as-name", "country", "per-country"})
NAMES: Final = (*sorted({*_TEXTS, *AMOUNTS}), *_CUTS)

_COMPARED: Final[Mapping[Relation, Callable[[float, float], bool]]] = {
    Relation.IS: lambda has, wanted: has >= wanted,
    Relation.AT_LEAST: lambda has, wanted: has >= wanted,
    Relation.AT_MOST: lambda has, wanted: has <= wanted,
    Relation.MORE: lambda has, wanted: has > wanted,
    Relation.LESS: lambda has, wanted: has < wanted,
}


async def select(call: Call) -> None:
    """Make a group of the vessels that fit all rules."""
    group = call.text("GROUP")
    check_group_name(group)
    rules = [checked(read_rule(word)) for word in call.many("RULE")]
    fitting = await _fitting(replace(call, target_name=call.target_name or ALL), rules)
    go_on()  # interrupted, others might fit as well
    make_groups(call.session, {group: cut(fitting, rules)})


def checked(rule: Rule) -> Rule:
    """The rule, if it makes sense. Raises Unfit."""
    if rule.name not in NAMES:
        raise Unfit(f"vessels have no {rule.name!r}", hint=f"they have {', '.join(NAMES)}")
    if rule.name in AMOUNTS:
        if rule.relation not in _COMPARED:
            raise Unfit(f"{rule.name} is an amount, and `{rule}` asks for another one", hint="write >=, <=, > or <")
        amount(rule)
    elif rule.name in _CUTS:
        if rule.relation is not Relation.IS or whole_number(rule.text) is None:
            raise Unfit(f"`{rule}` says not how many", hint=f"as in {rule.name}=5")
    elif rule.relation not in (Relation.IS, Relation.IS_NOT):
        raise Unfit(f"{rule.name} is no amount", hint=f"write {rule.name}={rule.text} or {rule.name}!={rule.text}")
    elif rule.name in _CLOSED:
        for wanted in rule.values:
            if not any(_is(one, wanted, rule.name) for one in _CLOSED[rule.name]):
                raise Unfit(f"{rule.name} is never {wanted!r}", hint=f"it is {', '.join(_CLOSED[rule.name])}")
    return rule


def amount(rule: Rule) -> float:
    """What the rule asks for, in the resource's unit. Raises Unfit."""
    try:
        value = read_amounts([f"{rule.name}={rule.text}"])[rule.name]
    except ResourceMathError as why:
        raise Unfit(str(why)) from why
    assert not isinstance(value, list), "ports are no amounts"
    return value


def fits(candidate: Candidate, rule: Rule) -> bool:
    """Whether a vessel is as a rule says. Of an amount that is not known, none is."""
    if rule.name in AMOUNTS:
        has = (candidate.limits or {}).get(rule.name)
        return isinstance(has, int | float) and _COMPARED[rule.relation](has, amount(rule))
    has_one = any(_is(has, wanted, rule.name) for has in _TEXTS[rule.name](candidate) for wanted in rule.values)
    return has_one == (rule.relation is Relation.IS)


def cut(candidates: Sequence[Candidate], rules: Sequence[Rule]) -> list[Place]:
    """As many as the rules say at most, the first of them."""
    wanted = {rule.name: int(rule.text) for rule in rules if rule.name in _CUTS}
    most = {name: wanted[name] for name in _APART if name in wanted}
    taken: Counter[tuple[str, str]] = Counter()
    chosen: list[Place] = []
    for one in candidates:
        alike = {name: (name, _APART[name](one)) for name in most}
        if all(taken[alike[name]] < most[name] for name in most):
            taken.update(alike.values())
            chosen.append(one.vessel.place)
    return chosen[: wanted.get("limit", len(chosen))]


async def _fitting(call: Call, rules: Sequence[Rule]) -> list[Candidate]:
    """Those of the target that fit; where they are, and what they may use, is only found out if a rule asks for it."""
    names = {key.public.id: key.name for key in call.session.identities}
    candidates = [Candidate(one, names) for one in call.target]
    if any(rule.name in _LOCATED for rule in rules):
        where = await locations_of(one.vessel for one in candidates)
        candidates = [replace(one, location=where[one.vessel.node]) for one in candidates]
    texts = [rule for rule in rules if rule.name in _TEXTS]
    candidates = [one for one in candidates if all(fits(one, rule) for rule in texts)]
    amounts = [rule for rule in rules if rule.name in AMOUNTS]
    if amounts:
        limits = await _limits(call.session, [one.known for one in candidates])
        candidates = [replace(one, limits=limits.get(one.vessel.place)) for one in candidates]
    return [one for one in candidates if all(fits(one, rule) for rule in amounts)]


async def _limits(session: Session, vessels: Sequence[Known]) -> dict[Place, Limits]:
    results = await ask_vessels(session, vessels, lambda group: group.resources(), doing="asking what vessels have")
    session.tally(worked=len(results.ok), failed=len(results.failed))
    tell_failures(session, results.failed)
    return {one.vessel: one.value.limits for one in results.ok}


def _is(has: str, wanted: str, name: str) -> bool:
    pattern = f"{wanted}*" if name == "node" else wanted  # a node may be cut short
    return fnmatchcase(has.casefold(), pattern.casefold())


class Rules(Extension):
    """Completes the names of rules."""

    def complete(self, session: Session, words: Sequence[str], begun: str) -> Iterable[str]:  # noqa: ARG002
        """Behind `select GROUP where`."""
        return starting(begun, [f"{name}=" for name in NAMES]) if "where" in words_behind("select", words) else ()


MODULE: Final = Module(
    summary="Chooses vessels by rules.",
    details="It looks at vessels that are known already; `get N where RULE...` lets the site choose by such rules.",
    commands=(
        Command(
            "select GROUP where RULE...",
            select,
            "Make a group of the vessels that fit all rules.",
            details="Of the target, or of all that are known. Rules are NAME=VALUE or NAME!=VALUE, where * stands for "
            "anything, and values between commas mean one of them. Names are address, as-name, country (DE or "
            "Germany), identity, name, nat (nat, public, unknown), node (its beginning), owner, port, ready (no: its "
            "donor holds back), state and user.\n\n"
            "Amounts are compared: memory>=20M, cpu<0.5; = means at least. limit=N takes N of what fits, per-node=N "
            "so many of each node, and per-country=N of each country.\n\n"
            "States are those that were heard last: `update` asks anew. For amounts vessels are asked now.",
            examples=(
                ("select germans where country=DE", "all that are known to be there"),
                ("on browsegood select idle where state!=started memory>=20M", "among the newest"),
                ("select spread where per-node=1 limit=10", "ten computers"),
            ),
        ),
    ),
    extension=Rules(),
)
