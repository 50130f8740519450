"""Rules about vessels, as people write them: `country=DE,FR`, `country!=US`, `memory>=20M`, `state=fresh`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from seattle.client.site.where import read_where
from seattle.resources.kinds import NUMBERS
from seattle.shell.errors import Unfit


class Relation(Enum):
    """How a vessel's and the rule's values compare."""

    IS = "="  # one of those that are given; of amounts: at least
    IS_NOT = "!="
    AT_LEAST = ">="
    AT_MOST = "<="
    MORE = ">"
    LESS = "<"


AMOUNTS: Final = frozenset(resource.value for resource in NUMBERS)
SITE_NAMES: Final = (
    "country",
    "asn",
    "as-name",
    "network",
    "uptime",
    "own-port",
    "near",
    "within-ms",
    *sorted(AMOUNTS),
)

_RULE: Final = re.compile(r"([a-z][a-z-]*)(!=|>=|<=|=|>|<)(.+)\Z")
_LISTED: Final = frozenset({"country", "asn", "as-name", "network"})  # of the site: several mean one of them
_AT_LEAST: Final = frozenset({Relation.IS, Relation.AT_LEAST})
# What a site can choose by, in which relations.
_SITE: Final = {
    "country": frozenset({Relation.IS, Relation.IS_NOT}),
    **dict.fromkeys(("asn", "as-name", "network", "own-port", "near"), frozenset({Relation.IS})),
    "within-ms": frozenset({Relation.IS, Relation.AT_MOST}),
    **dict.fromkeys(("uptime", *AMOUNTS), _AT_LEAST),
}


@dataclass(frozen=True)
class Rule:
    """One rule. `values` are what stood between commas."""

    name: str
    relation: Relation
    text: str

    @property
    def values(self) -> Sequence[str]:
        """What stands between commas."""
        return self.text.split(",")

    def __str__(self) -> str:
        return f"{self.name}{self.relation.value}{self.text}"


def read_rule(word: str) -> Rule:
    """The rule that a word is. Raises Unfit."""
    found = _RULE.match(word)
    if found is None:
        raise Unfit(f"{word!r} is no rule", hint="rules look like country=DE, state!=started or memory>=20M, no blanks")
    name, relation, text = found.groups()
    return Rule(name, Relation(relation), text)


def site_filters(rules: Sequence[Rule]) -> dict[str, Any]:
    """These rules in the form in which a site is asked for vessels. Raises Unfit, UnusableFilter."""
    return read_where(word for rule in rules for word in _site_words(rule))


def words_behind(command: str, words: Sequence[str]) -> Sequence[str]:
    """Those behind a command's first word, whatever stands before it; none if it is not among them."""
    words = list(words)
    return words[words.index(command) + 1 :] if command in words else []


def starting(begun: str, words: Iterable[str]) -> Iterable[str]:
    """Those that begin so."""
    return (word for word in words if word.startswith(begun))


def _site_words(rule: Rule) -> list[str]:
    possible = _SITE.get(rule.name)
    if possible is None:
        raise Unfit(f"a site can't choose by {rule.name!r}", hint=f"it can by {', '.join(SITE_NAMES)}")
    if rule.relation not in possible:
        relations = " or ".join(sorted(one.value for one in possible))
        raise Unfit(f"a site can't choose by `{rule}`", hint=f"of {rule.name} it understands {relations}")
    name = "not-country" if rule.relation is Relation.IS_NOT else rule.name
    values = rule.values if rule.name in _LISTED else [rule.text]
    return [f"{name}={value}" for value in values]
