"""Amounts of resources, as words of a command line: `cpu=0.1`, `memory=64M`, `connport=63100-63109`."""

from collections.abc import Iterable

from seattle.cli.console import WrongUsage
from seattle.resources import overrides
from seattle.resources.errors import ResourceMathError


def read_amounts(words: Iterable[str]) -> dict[str, float | list[int]]:
    """The amounts by resource name. Raises WrongUsage."""
    try:
        return overrides.read_amounts(words)
    except ResourceMathError as why:
        raise WrongUsage(str(why)) from why
