"""One benchmark in a process of its own: it finds nothing that another has pinned, set up or left in memory."""

import importlib
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.rows import Row
from benchmarks.table import print_row


def measured(module: str) -> list[Row]:
    """The rows of the benchmark in this module, each printed as soon as it is known. Raises whatever it does."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_measure, module).result()


def _measure(module: str) -> list[Row]:
    rows = []
    for row in importlib.import_module(module).measure():
        print_row(row)
        rows.append(row)
    return rows
