"""The builder's form: nothing that was typed is lost, and its buttons do what they say."""

from urllib.parse import urlencode

from django.http import QueryDict
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from seattle.clearinghouse.builds.layout import MOST_PEOPLE, MOST_VESSELS
from seattle.clearinghouse.site.builder_form import (
    Draft,
    PersonRow,
    VesselRow,
    draft_of,
    first_draft,
    press,
    read_draft,
)

THREE = Draft(
    (PersonRow("ann"), PersonRow("bob", "key"), PersonRow("cat")),
    (VesselRow(50, 0, (1, 2)), VesselRow(30, 2, (1,))),
)


def posted(draft: Draft) -> QueryDict:
    """The form, as a browser sends it."""
    fields: list[tuple[str, object]] = [("name", draft.name)]
    for number, person in enumerate(draft.people):
        fields += [(f"person-{number}-name", person.name), (f"person-{number}-key", person.key)]
    for number, vessel in enumerate(draft.vessels):
        fields += [(f"vessel-{number}-percent", vessel.percent)]
        fields += [(f"vessel-{number}-owner", "" if vessel.owner is None else vessel.owner)]
        fields += [(f"vessel-{number}-user", user) for user in vessel.users]
    return QueryDict(urlencode(fields))


def test_given_a_form_when_it_is_sent_then_it_is_read_as_it_was() -> None:
    assert read_draft(posted(THREE)) == THREE


def test_given_the_first_form_when_it_is_built_then_it_is_one_vessel_of_one_owner() -> None:
    (vessel,) = first_draft().layout().vessels
    assert (vessel.percent, vessel.owner, vessel.users) == (80, "user", ())


def test_given_a_layout_when_it_is_made_a_form_then_that_asks_for_the_same() -> None:
    assert draft_of(THREE.layout()) == THREE


def test_given_one_large_vessel_when_another_is_added_then_it_gets_half_of_it() -> None:
    draft = press(first_draft(), "add-vessel")
    assert [row.percent for row in draft.vessels] == [40, 40]
    assert draft.vessels[1].owner == 0


def test_given_something_left_when_a_vessel_is_added_then_it_gets_that() -> None:
    draft = press(Draft((PersonRow("ann"), PersonRow("bob")), (VesselRow(50, 0),)), "add-vessel")
    assert [row.percent for row in draft.vessels] == [50, 30]
    assert draft.vessels[1].owner is None


def test_given_eight_vessels_when_they_are_added_one_by_one_then_there_are_no_more() -> None:
    draft = first_draft()
    for _ in range(20):
        draft = press(draft, "add-vessel")
    assert len(draft.vessels) == MOST_VESSELS
    assert draft.total == 80


def test_given_vessels_when_one_is_removed_then_its_neighbour_gets_its_share() -> None:
    draft = press(THREE, "remove-vessel-0")
    assert draft.vessels == (VesselRow(80, 2, (1,)),)
    assert press(draft, "remove-vessel-0") == draft  # the last stays


def test_given_people_when_one_is_removed_then_the_vessels_keep_all_others() -> None:
    draft = press(THREE, "remove-person-1")
    assert [person.name for person in draft.people] == ["ann", "cat"]
    assert draft.vessels == (VesselRow(50, 0, (1,)), VesselRow(30, 1, ()))
    assert press(THREE, "remove-person-2").vessels[1].owner is None


def test_given_strange_buttons_when_they_are_pressed_then_nothing_changes() -> None:
    for button in ("", "remove-person-99", "remove-vessel-99", "remove-person-", "nothing", "remove-person-1\n", "٣"):
        assert press(THREE, button) == THREE


def test_given_far_too_many_rows_when_they_are_sent_then_one_too_many_is_read_and_told() -> None:
    draft = Draft(tuple(PersonRow(f"p{n}") for n in range(100)), (VesselRow(10, 0),) * 100)
    read = read_draft(posted(draft))
    assert (len(read.people), len(read.vessels)) == (MOST_PEOPLE + 1, MOST_VESSELS + 1)


WORDS = st.text(max_size=12)
FIELDS = st.sampled_from(
    ["name", *(f"{what}-{n}-{field}" for what, field in
       (("person", "name"), ("person", "key"), ("vessel", "percent"), ("vessel", "owner"), ("vessel", "user"))
       for n in range(3))]
)  # fmt: skip


@given(fields=st.lists(st.tuples(FIELDS, WORDS | st.integers(-5, 200).map(str)), max_size=20), button=WORDS)
@trying(max_examples=60, deadline=None)
def test_given_anything_at_all_when_it_is_sent_then_it_is_a_form(fields: list[tuple[str, str]], button: str) -> None:
    query = QueryDict(mutable=True)
    for name, value in fields:
        query.appendlist(name, value)
    press(read_draft(query), button).layout()
