"""Which vessels a user means: by the name of a group, or by a pattern."""

from collections.abc import Mapping, Sequence

from seattle.client.errors import NoSuchVessel
from seattle.client.expected import expect_each
from seattle.client.group import Group
from seattle.client.places import Place, any_matches
from seattle.client.results import Failure
from seattle.client.vessel import Vessel


def chosen(
    found: Group, which: Sequence[str], groups: Mapping[str, tuple[Place, ...]]
) -> tuple[list[Vessel], list[Failure]]:
    """Those of the vessels found that are meant, in their order; and what is meant and can't be had.

    A word is the name of a group, or else a pattern; without a word all are meant. Raises NoSuchVessel if a pattern
    means none.
    """
    expect_each(which, str, "vessels are meant by texts, such as vessels('web', 'UCD/v1')")
    if not which:
        return list(found), list(found.unreachable)
    named = {word: groups[word] for word in which if word in groups}
    patterns = [word for word in which if word not in named]
    found.on(*patterns)  # each means something
    members = {place for places in named.values() for place in places}
    vessels = [vessel for vessel in found if vessel.place in members or any_matches(vessel.place, patterns)]
    silent = {failure.vessel.node: failure for failure in found.unreachable}
    gone = NoSuchVessel("it is no more, or no longer ours to use, or its node is not there")
    missing = sorted(members - {vessel.place for vessel in found})
    lost = [Failure.of(place, silent[place.node].error if place.node in silent else gone) for place in missing]
    return vessels, [*(found.unreachable if patterns else ()), *lost]
