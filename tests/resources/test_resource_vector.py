from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattle.resources.errors import (
    BadAmountError,
    NotAssignedError,
    OverlapError,
    UnderflowError,
    UnknownResourceError,
)
from seattle.resources.kinds import MOST_STEPS, NUMBERS, Kind, Resource
from seattle.resources.vector import ResourceVector

vectors = st.from_type(ResourceVector)


def make(**amounts: Any) -> ResourceVector:
    return ResourceVector.of(**{"cpu": 1, "memory": 1000, "diskused": 1000, **amounts})


def test_given_the_specified_table_then_every_resource_is_there_with_its_kind() -> None:
    kinds = {resource.value: resource.kind for resource in Resource}
    assert {name for name, kind in kinds.items() if kind is Kind.PORTS} == {"messport", "connport"}
    assert {name for name, kind in kinds.items() if kind is Kind.QUANTITY} == {"memory", "diskused"}
    assert {name for name, kind in kinds.items() if kind is Kind.ITEM} == {
        "events",
        "filesopened",
        "insockets",
        "outsockets",
    }
    assert {name for name, kind in kinds.items() if kind is Kind.RENEWABLE} == {
        "cpu",
        "fileread",
        "filewrite",
        "netsend",
        "netrecv",
        "loopsend",
        "looprecv",
        "lograte",
        "random",
    }
    assert [resource.index for resource in NUMBERS] == list(range(len(NUMBERS)))


def test_given_a_vector_then_rates_are_floats_and_all_else_are_ints() -> None:
    vector = make(cpu=0.1, random=10, events=5, messport=[63100], connport=[1, 65535])
    assert vector[Resource.CPU] == 0.1
    for resource in NUMBERS:
        assert type(vector[resource]) is (float if resource.kind is Kind.RENEWABLE else int)
    assert vector.messports == vector.ports(Resource.MESSPORT) == {63100}
    assert vector.connports == {1, 65535}


def test_given_equal_vectors_then_they_hash_alike_and_cannot_be_changed() -> None:
    assert hash(make(cpu=0.5)) == hash(make(cpu=0.50))
    with pytest.raises(AttributeError):
        make().steps = ()  # type: ignore[misc]  # that it can't be assigned is what is tested


@pytest.mark.parametrize("bad", [-1, -0.1, float("nan"), float("inf"), -float("inf"), True, "1", None, 10**400, 1e300])
def test_given_what_is_no_rate_when_a_vector_is_built_then_it_is_refused_by_name(bad: object) -> None:
    with pytest.raises(BadAmountError, match="netsend can't be") as caught:
        make(netsend=bad)
    assert caught.value.resource is Resource.NETSEND


@pytest.mark.parametrize(
    "bad", [-1, 5.0, 0.5, float("nan"), True, "5", None, MOST_STEPS + 1, pytest.param(10**5000, id="huge")]
)
def test_given_what_is_no_whole_number_when_a_vector_is_built_then_it_is_refused_by_name(bad: object) -> None:
    with pytest.raises(BadAmountError, match=r"events can't be .* expected a whole number"):
        make(events=bad)


@pytest.mark.parametrize("bad", [0, -1, 65536, 1.0, True, "80", None])
def test_given_what_is_no_port_when_a_vector_is_built_then_it_is_refused_by_name(bad: object) -> None:
    with pytest.raises(BadAmountError, match=r"connport can't be .* from 1 to 65535"):
        make(connport=[80, bad])


@pytest.mark.parametrize("bad", ["80", b"80", 80, None, {80: 1}, [[80]]])
def test_given_what_is_no_list_of_ports_when_a_vector_is_read_then_it_is_refused(bad: object) -> None:
    with pytest.raises(BadAmountError):
        ResourceVector.from_mapping({"cpu": 1, "memory": 1, "diskused": 1, "messport": bad})


def test_given_less_than_the_smallest_step_then_it_is_refused_and_not_taken_for_none() -> None:
    assert make(cpu=0.000001)[Resource.CPU] == 0.000001
    with pytest.raises(BadAmountError, match=r"not finer than 0\.000001"):
        make(cpu=0.0000001)


def test_given_float_noise_of_an_old_split_then_the_amount_is_what_was_meant() -> None:
    assert make(cpu=0.1 + 0.2) == make(cpu=0.3)


@given(vector=vectors)
def test_given_any_vector_when_it_goes_through_the_mapping_then_it_comes_back_exactly(vector: ResourceVector) -> None:
    mapping = vector.to_mapping()
    assert list(mapping) == [resource.value for resource in Resource]
    assert ResourceVector.from_mapping(mapping) == vector


@given(resource=st.sampled_from(NUMBERS), below=st.integers(0, 10**6))
def test_given_the_largest_amounts_when_they_go_through_a_float_then_no_step_is_lost(
    resource: Resource, below: int
) -> None:
    steps = [0] * len(NUMBERS)
    steps[resource.index] = MOST_STEPS - below
    vector = ResourceVector(tuple(steps))
    assert ResourceVector.from_mapping(vector.to_mapping()) == vector


def test_given_a_mapping_without_a_must_then_the_error_names_what_is_missing() -> None:
    with pytest.raises(NotAssignedError, match="must assign memory and diskused") as caught:
        ResourceVector.from_mapping({"cpu": 1.0})
    assert caught.value.missing == (Resource.MEMORY, Resource.DISKUSED)


@pytest.mark.parametrize("name", ["CPU", "cpus", "", 5, None, "x" * 1000])
def test_given_a_mapping_with_an_unknown_name_then_the_error_lists_the_known_ones(name: Any) -> None:
    with pytest.raises(UnknownResourceError, match="expected one of cpu, memory") as caught:
        ResourceVector.from_mapping({"cpu": 1, "memory": 1, "diskused": 1, name: 1})
    assert len(str(caught.value)) < 400


@given(a=vectors, b=vectors)
def test_given_two_vectors_when_one_is_added_and_taken_away_then_nothing_has_changed(
    a: ResourceVector, b: ResourceVector
) -> None:
    b = ResourceVector(b.steps, b.messports - a.messports, b.connports - a.connports)
    whole = a + b
    assert whole == b + a
    assert whole - b == a
    assert whole - a == b
    assert a <= whole
    assert b <= whole


@given(a=vectors, b=vectors)
def test_given_two_vectors_then_subtraction_works_exactly_when_one_fits_within_the_other(
    a: ResourceVector, b: ResourceVector
) -> None:
    if b <= a:
        assert (a - b) + b == a
        assert a >= b
        assert b.fits_within(a)
    else:
        with pytest.raises(UnderflowError) as caught:
            a - b
        short = caught.value.resource
        if short.kind is Kind.PORTS:
            assert not b.ports(short) <= a.ports(short)
        else:
            assert (caught.value.wanted, caught.value.available) == (b[short], a[short])
            assert b[short] > a[short]


def test_given_too_few_ports_when_they_are_subtracted_then_the_error_names_the_missing_ones() -> None:
    with pytest.raises(UnderflowError, match="cannot take messport 7-8, 10: not among the ports there are"):
        make(messport=[5, 6]) - make(messport=[5, 7, 8, 10])


def test_given_a_shared_port_when_vectors_are_added_then_the_error_names_it() -> None:
    with pytest.raises(OverlapError, match="connport 6") as caught:
        make(connport=[5, 6]) + make(connport=[6, 7])
    assert caught.value.ports == {6}


def test_given_sums_beyond_the_largest_amount_then_they_are_refused() -> None:
    half = make(memory=MOST_STEPS // 2 + 1)
    with pytest.raises(BadAmountError, match=f"memory can't be {MOST_STEPS + 2}:"):
        half + half


@given(vector=vectors, share=st.floats(0, 1))
def test_given_any_share_when_a_vector_is_scaled_then_the_part_fits_within_it(
    vector: ResourceVector, share: float
) -> None:
    part = vector.scale(share)
    assert part <= vector
    assert part.messports == part.connports == frozenset()


@given(vector=vectors, hundredths=st.integers(0, 10_000))
def test_given_hundredths_of_a_percent_when_a_vector_is_scaled_then_each_number_is_exact_but_for_its_last_step(
    vector: ResourceVector, hundredths: int
) -> None:
    part = vector.scale(hundredths / 10_000)
    assert part.steps == tuple(steps * hundredths // 10_000 for steps in vector.steps)


def test_given_a_float_share_then_it_counts_as_the_decimal_it_prints_as() -> None:
    assert make(memory=100).scale(0.29)[Resource.MEMORY] == 29
    assert make(cpu=2).scale(0.1)[Resource.CPU] == 0.2


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan"), float("inf"), 2])
def test_given_what_is_no_share_when_a_vector_is_scaled_then_it_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="expected 0 to 1"):
        make().scale(share)


@pytest.mark.parametrize("resource", [Resource.MESSPORT, Resource.CONNPORT])
def test_given_a_port_resource_when_it_is_asked_for_as_a_number_then_the_error_says_what_to_use(
    resource: Resource,
) -> None:
    with pytest.raises(KeyError, match="use ports"):
        make()[resource]
    with pytest.raises(KeyError, match="use ports"):
        make().text(resource)
    with pytest.raises(KeyError, match="cpu is not a set of ports"):
        make().ports(Resource.CPU)


def test_given_something_else_than_a_vector_then_arithmetic_is_a_type_error() -> None:
    for operation in ("__add__", "__sub__", "__le__"):
        assert getattr(make(), operation)(5) is NotImplemented


def test_given_a_vector_then_its_repr_shows_what_it_has_and_nothing_else() -> None:
    vector = make(cpu=0.002, netsend=0.001, connport=[2, 1])
    assert repr(vector) == "ResourceVector(cpu=0.002, memory=1000, diskused=1000, netsend=0.001, connport=[1, 2])"
