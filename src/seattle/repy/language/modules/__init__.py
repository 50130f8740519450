"""The modules of the standard library that a program may import, as immutable facades.

`table.PLAIN` lists, by module, the names that are shown as they are. A `careful_*` file replaces a module where
some of its functions would do a program's bidding too well.
"""

import datetime as dt
import importlib
import json
import queue
import sys
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from seattle.repy.language.immutable import freeze
from seattle.repy.language.modules import (
    careful_abc,
    careful_calendar,
    careful_collections,
    careful_contextlib,
    careful_copy,
    careful_csv,
    careful_dataclasses,
    careful_decimal,
    careful_enum,
    careful_functools,
    careful_hashlib,
    careful_io,
    careful_ipaddress,
    careful_itertools,
    careful_json,
    careful_operator,
    careful_pprint,
    careful_random,
    careful_re,
    careful_string,
    careful_struct,
    careful_textwrap,
    careful_threading_local,
    careful_time,
    careful_typing,
    careful_uuid,
    memories,
    methods_in_c,
    unicode_errors,
)
from seattle.repy.language.modules.facade import Facade, facade, freeze_classes_of, freeze_family
from seattle.repy.language.modules.table import ALSO_NEEDED, PLAIN

_CAREFUL: dict[str, Mapping[str, object]] = {
    "_threading_local": careful_threading_local.MEMBERS,
    "abc": careful_abc.MEMBERS,
    "calendar": careful_calendar.MEMBERS,
    "collections": careful_collections.MEMBERS,
    "contextlib": careful_contextlib.MEMBERS,
    "copy": careful_copy.MEMBERS,
    "csv": careful_csv.MEMBERS,
    "dataclasses": careful_dataclasses.MEMBERS,
    "decimal": careful_decimal.MEMBERS,
    "enum": careful_enum.MEMBERS,
    "functools": careful_functools.MEMBERS,
    "hashlib": careful_hashlib.MEMBERS,
    "io": careful_io.MEMBERS,
    "ipaddress": careful_ipaddress.MEMBERS,
    "itertools": careful_itertools.MEMBERS,
    "json": careful_json.MEMBERS,
    "operator": careful_operator.MEMBERS,
    "re": careful_re.MEMBERS,
    "string": careful_string.MEMBERS,
    "struct": careful_struct.MEMBERS,
    "textwrap": careful_textwrap.MEMBERS,
    "typing": careful_typing.MEMBERS,
    "uuid": careful_uuid.MEMBERS,
}

# Modules with state, or made of the calls that a namespace has: each namespace gets a facade of its own.
_FRESH: dict[str, Callable[[Mapping[str, Any]], Mapping[str, object]]] = {
    "pprint": careful_pprint.members,
    "random": careful_random.members,
    "time": careful_time.members,
}
_NO_CALLS: Mapping[str, Any] = {}

# Nothing of Python's module is shown, so its classes can stay as they are.
_ALL_OUR_OWN = frozenset({"_threading_local", "io", "pprint", "time", "typing"})

# Modules inside other modules.
_INSIDE = {"collections": {"abc": "collections.abc"}, "urllib": {"parse": "urllib.parse"}}

NAMES = frozenset({*PLAIN, *_CAREFUL, *_FRESH, *_INSIDE})


def load_facade(name: str, calls: Mapping[str, Any] = _NO_CALLS) -> Facade | None:
    """The facade of a standard-library module; None if programs can't import it.

    Most are the same object each time. `random` is new each time, with a generator of its own, and so are those that
    use what `calls` has by name (`time` uses `sleep`): the caller keeps one for each namespace. A dotted name gives
    the inner module; the outer one has it as a member.
    """
    if name in _FRESH:
        return facade(name, _FRESH[name](calls))
    return _shared(name) if name in NAMES else None


memories.make_safe()
methods_in_c.make_safe()
unicode_errors.make_safe()


def preload() -> None:
    """Import everything that facades will ever need, while there is a file system to import it from."""
    for name in (*sorted(NAMES), *ALSO_NEEDED):
        importlib.import_module(name)
    freeze_classes_of(sys.modules[name] for name in NAMES - _ALL_OUR_OWN)
    freeze_family(type(queue.Queue().not_empty))
    freeze(*_unnamed_classes())
    for name in NAMES:
        load_facade(name)


def _unnamed_classes() -> set[type]:
    """Classes that could be changed and that no module shows: programs meet them as the types of results."""
    values = (
        zlib.compressobj(),
        zlib.decompressobj(),
        json.JSONDecoder().scan_once,  # type: ignore[attr-defined]  # typeshed leaves it out
        dt.date.min.timetuple(),
    )
    return {type(value) for value in values}


@cache
def _shared(name: str) -> Facade:
    inside = {key: _shared(path) for key, path in _INSIDE.get(name, {}).items()}
    return facade(name, {**_members(name), **inside})


def _members(name: str) -> Mapping[str, object]:
    if name in _CAREFUL:
        return _CAREFUL[name]
    module = importlib.import_module(name)
    # A name that this Python does not have yet is not an error: the table serves all supported Pythons.
    return {key: getattr(module, key) for key in PLAIN.get(name, "").split() if hasattr(module, key)}
