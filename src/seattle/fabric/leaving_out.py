"""Importing a library without what it would load if that happens to be installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def leaving_out(package: str) -> Iterator[None]:
    """What is imported in the block finds that this package is not installed. If it is loaded already, nothing changes.

    Another thread that imports the package meanwhile would not find it either.
    """
    modules: dict[str, object] = sys.modules  # type: ignore[assignment] # None: Python's word for "there is none"
    if package in modules:
        yield
        return
    modules[package] = None
    try:
        yield
    finally:
        del modules[package]
