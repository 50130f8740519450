import re
from collections.abc import Iterable

import pytest

from seattle.resources import errors
from seattle.resources.errors import ResourceError, port_list, shorten


def family(of: type[ResourceError]) -> list[type[ResourceError]]:
    return [of, *(each for child in of.__subclasses__() for each in family(child))]


def test_given_the_family_then_every_code_is_its_own_and_in_kebab_case() -> None:
    codes = [each.code for each in family(ResourceError)]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_given_the_family_then_the_docstring_draws_all_of_it() -> None:
    drawn = re.findall(r"\b(\w+Error)\b", errors.__doc__ or "")
    assert sorted(drawn) == sorted(each.__name__ for each in family(ResourceError))


@pytest.mark.parametrize(
    ("ports", "text"),
    [
        ([], ""),
        ([5], "5"),
        ([5, 6, 7, 9], "5-7, 9"),
        (range(2, 65536, 2), "2, 4, 6, 8, 10, ..."),
        (range(1, 65536), "1-65535"),
    ],
)
def test_given_ports_then_they_are_named_as_runs_and_never_at_length(ports: Iterable[int], text: str) -> None:
    assert port_list(frozenset(ports)) == text


@pytest.mark.parametrize("value", [pytest.param(10**5000, id="huge"), "x" * 10**6, [1] * 1000, -(10**100)])
def test_given_a_strangers_value_then_its_quotation_is_short(value: object) -> None:
    assert len(shorten(value)) <= 60
