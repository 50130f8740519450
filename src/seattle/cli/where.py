"""Which nodes somebody wants, as options of a command line."""

from collections.abc import Iterable, Mapping
from typing import Any

from seattle.cli.console import WrongUsage
from seattle.client.errors import UnusableFilter
from seattle.client.site import where
from seattle.client.site.where import HELP

__all__ = ["HELP", "read_where"]


def read_where(words: Iterable[str], *, near: str | None, within_ms: float | None) -> dict[str, Any]:
    """The filters in the site's form. Raises WrongUsage."""
    words = list(words)
    options = {"near": near, "within-ms": within_ms}
    _check_pair(words, options)
    try:
        return where.read_where([*words, *(f"{name}={value}" for name, value in options.items() if value is not None)])
    except UnusableFilter as why:
        raise WrongUsage(f"--where: {why}{f'; {why.hint}' if why.hint else ''}") from why


def _check_pair(words: list[str], options: Mapping[str, object]) -> None:
    """Blame the option of the two that was given alone, and not the words, in which the other may stand."""
    named = {word.partition("=")[0] for word in words} | {name for name, value in options.items() if value is not None}
    if options["near"] is not None and "within-ms" not in named:
        raise WrongUsage("--near ADDRESS goes together with --within-ms MS: how far from there a node may be")
    if options["within-ms"] is not None and "near" not in named:
        raise WrongUsage("--within-ms MS goes together with --near ADDRESS: from where it is measured")
