"""Which nodes somebody wants, as options of a command line."""

from collections.abc import Iterable
from typing import Any

from seattle.cli.console import WrongUsage
from seattle.client.errors import UnusableFilter
from seattle.client.site import where
from seattle.client.site.where import HELP

__all__ = ["HELP", "read_where"]


def read_where(words: Iterable[str], *, near: str | None, within_ms: float | None) -> dict[str, Any]:
    """The filters in the site's form. Raises WrongUsage."""
    options = {"near": near, "within-ms": within_ms}
    try:
        return where.read_where([*words, *(f"{name}={value}" for name, value in options.items() if value is not None)])
    except UnusableFilter as why:
        raise WrongUsage(f"--where: {why}{f'; {why.hint}' if why.hint else ''}") from why
