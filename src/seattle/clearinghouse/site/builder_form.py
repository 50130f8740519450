"""What is in the builder's form: as it came, so that nothing that was typed is lost, and changed by its buttons.

All of its state is in the form itself: it works without a session, in any number of tabs, and without JavaScript.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from seattle.clearinghouse.builds.layout import (
    MAX_BUILD_NAME,
    MOST_PEOPLE,
    MOST_USERS,
    MOST_VESSELS,
    RESERVED,
    STEP,
    TO_GIVE,
    Layout,
    Mistake,
    Part,
    Person,
)

MAX_KEY: Final = 2000  # characters of a field; real ones have a tenth of it
FIRST_NAME: Final = "user"

_BUTTON: Final = re.compile(r"(add-person|add-vessel|remove-person-(\d{1,2})|remove-vessel-(\d{1,2}))\Z", re.ASCII)


class Posted(Protocol):
    """A form that was sent, as Django has it."""

    def get(self, name: str, default: str) -> str | None: ...  # noqa: D102 - as Django has it
    def getlist(self, name: str) -> Sequence[str]: ...  # noqa: D102 - as above


@dataclass(frozen=True)
class PersonRow:
    """A user, as typed."""

    name: str = ""
    key: str = ""


@dataclass(frozen=True)
class VesselRow:
    """A vessel. Its owner and users are places in the list of people."""

    percent: int
    owner: int | None = None
    users: tuple[int, ...] = ()


@dataclass(frozen=True)
class Draft:
    """The whole form."""

    people: tuple[PersonRow, ...]
    vessels: tuple[VesselRow, ...]
    name: str = ""

    @property
    def total(self) -> int:
        """Percent of all vessels together."""
        return sum(row.percent for row in self.vessels)

    def layout(self) -> Layout:
        """What is asked for."""
        names = [row.name for row in self.people]
        return Layout(
            people=tuple(Person(row.name, row.key) for row in self.people),
            vessels=tuple(
                Part(
                    row.percent,
                    "" if row.owner is None else names[row.owner],
                    tuple(names[user] for user in row.users),
                )
                for row in self.vessels
            ),
            name=self.name,
        )


def first_draft(name: str = FIRST_NAME, key: str = "") -> Draft:
    """What the page begins with, and what most want: one vessel, of one owner."""
    return Draft((PersonRow(name, key),), (VesselRow(TO_GIVE, owner=0),))


def draft_of(layout: Layout) -> Draft:
    """The form that asks for this."""
    place = {person.name: number for number, person in enumerate(layout.people)}
    vessels = tuple(
        VesselRow(part.percent, place[part.owner], tuple(place[user] for user in part.users)) for part in layout.vessels
    )
    return Draft(tuple(PersonRow(person.name, person.key) for person in layout.people), vessels, layout.name)


def read_draft(posted: Posted) -> Draft:
    """The form as it came, however strange: at most one more of anything than can be, which is then told."""
    people = []
    for number in range(MOST_PEOPLE + 1):
        if (name := posted.get(f"person-{number}-name", "\0")) == "\0":
            break
        people.append(PersonRow((name or "").strip()[:100], _text(posted, f"person-{number}-key")[:MAX_KEY].strip()))
    vessels = []
    for number in range(MOST_VESSELS + 1):
        if (percent := posted.get(f"vessel-{number}-percent", "\0")) == "\0":
            break
        owner = _place(_text(posted, f"vessel-{number}-owner"), len(people))
        users = [_place(user, len(people)) for user in posted.getlist(f"vessel-{number}-user")[: MOST_USERS + 1]]
        chosen = tuple(dict.fromkeys(user for user in users if user is not None and user != owner))
        vessels.append(VesselRow(_percent(percent or ""), owner, chosen))
    return Draft(tuple(people), tuple(vessels), _text(posted, "name")[: MAX_BUILD_NAME + 20].strip())


def press(draft: Draft, button: str) -> Draft:
    """The form after one of its buttons was pressed."""
    pressed = _BUTTON.match(button)
    if pressed is None:
        return draft
    if pressed[2] is not None:
        return _without_person(draft, int(pressed[2]))
    if pressed[3] is not None:
        return _without_vessel(draft, int(pressed[3]))
    if button == "add-person" and len(draft.people) < MOST_PEOPLE:
        return replace(draft, people=(*draft.people, PersonRow()))
    if button == "add-vessel" and len(draft.vessels) < MOST_VESSELS:
        return _with_vessel(draft)
    return draft


def _with_vessel(draft: Draft) -> Draft:
    """One more: of what is left, or else of the largest, of which it takes half."""
    vessels = list(draft.vessels)
    percent = TO_GIVE - draft.total
    if percent < STEP:
        largest = max(range(len(vessels)), key=lambda place: vessels[place].percent)
        percent = max(STEP, vessels[largest].percent // (2 * STEP) * STEP)
        vessels[largest] = replace(vessels[largest], percent=max(STEP, vessels[largest].percent - percent))
    owner = 0 if len(draft.people) == 1 else None
    return replace(draft, vessels=(*vessels, VesselRow(percent, owner)))


def _without_vessel(draft: Draft, place: int) -> Draft:
    """Its neighbour gets what it had."""
    if place >= len(draft.vessels) or len(draft.vessels) == 1:
        return draft
    vessels = list(draft.vessels)
    gone = vessels.pop(place)
    heir = max(0, place - 1)
    if draft.total <= TO_GIVE:
        vessels[heir] = replace(vessels[heir], percent=vessels[heir].percent + gone.percent)
    return replace(draft, vessels=tuple(vessels))


def _without_person(draft: Draft, place: int) -> Draft:
    if place >= len(draft.people):
        return draft

    def moved(one: int) -> int:
        return one - (one > place)

    vessels = tuple(
        replace(
            row,
            owner=None if row.owner in (None, place) else moved(row.owner),
            users=tuple(moved(user) for user in row.users if user != place),
        )
        for row in draft.vessels
    )
    return replace(draft, people=draft.people[:place] + draft.people[place + 1 :], vessels=vessels)


def _text(posted: Posted, name: str) -> str:
    return posted.get(name, "") or ""


def _percent(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else 0


def _place(text: str, people: int) -> int | None:
    place = int(text) if re.fullmatch(r"\d{1,2}", text, re.ASCII) else people
    return place if place < people else None


# What the page shows of it.


@dataclass(frozen=True)
class PersonShown:
    """A row of the form."""

    place: int
    row: PersonRow
    mistakes: tuple[Mistake, ...]

    @property
    def wrong_name(self) -> bool:
        """Whether it is to be typed anew."""
        return any(not one.in_key for one in self.mistakes)

    @property
    def wrong_key(self) -> bool:
        """The same of the key."""
        return any(one.in_key for one in self.mistakes)


@dataclass(frozen=True)
class VesselShown:
    """A row of the form. `shown`: how many tens the bar has for it."""

    place: int
    row: VesselRow
    mistakes: tuple[str, ...]

    @property
    def number(self) -> int:
        """As people count."""
        return self.place + 1

    @property
    def colour(self) -> int:
        """Which of the bar's colours it has."""
        return self.place % MOST_VESSELS + 1


def shown(draft: Draft, mistakes: Sequence[Mistake] = ()) -> Mapping[str, object]:
    """What the template needs."""
    return {
        "draft": draft,
        "people": [
            PersonShown(place, row, tuple(one for one in mistakes if one.person == place))
            for place, row in enumerate(draft.people)
        ],
        "vessels": [
            VesselShown(place, row, tuple(one.text for one in mistakes if one.vessel == place))
            for place, row in enumerate(draft.vessels)
        ],
        "mistakes": [one.text for one in mistakes if one.person is None and one.vessel is None],
        "wrong": len(mistakes),
        "percents": range(STEP, TO_GIVE + 1, STEP),
        "reserved": RESERVED,
        "to_give": TO_GIVE,
        "left": TO_GIVE - draft.total,
        "most_vessels": MOST_VESSELS,
        "can_add_vessel": len(draft.vessels) < MOST_VESSELS,
        "can_add_person": len(draft.people) < MOST_PEOPLE,
    }
