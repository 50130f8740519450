"""Several things asked of the same vessels, told as one."""

from collections.abc import Sequence
from typing import TypeVar

from seattle.client import Failure, Results, Success

T = TypeVar("T")


def together(asked: Sequence[Results[T]]) -> Results[list[T]]:
    """For each vessel all that it answered; or the first failure, if there is one."""
    return Results([_one(each) for each in zip(*asked, strict=True)])


def _one(each: Sequence[Success[T] | Failure]) -> Success[list[T]] | Failure:
    failed = next((one for one in each if isinstance(one, Failure)), None)
    return failed or Success(each[0].vessel, [one.value for one in each if isinstance(one, Success)])
