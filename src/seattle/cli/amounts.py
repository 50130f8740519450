"""Amounts of resources, as words of a command line: `cpu=0.1`, `memory=64M`, `connport=63100-63109`."""

from collections.abc import Iterable

from seattle.cli.console import WrongUsage
from seattle.resources.defaults import VESSEL
from seattle.resources.errors import ResourceMathError
from seattle.resources.overrides import override


def read_amounts(words: Iterable[str]) -> dict[str, int | float | list[int]]:
    """The amounts by resource name. Raises WrongUsage."""
    given = list(words)
    try:
        amounts = override(VESSEL, given).to_mapping()
    except ResourceMathError as why:
        raise WrongUsage(str(why)) from why
    return {name: amounts[name] for name in (word.partition("=")[0] for word in given)}
