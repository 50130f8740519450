"""What a caller may give: a mistake is told where it was made, as a TypeError or ValueError that says what is expected.

Without, a wrong type would come to light deep below, on each vessel, as something that nobody can read.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

T = TypeVar("T")

_NOT_ONE: Final = (type(None), bytes, bytearray, list, tuple, set, frozenset, dict)  # whose text nobody means


def expect(value: object, kinds: type | tuple[type, ...], what: str) -> None:
    """Raise TypeError unless a value is of one of these types. `what`: `count is a number`, to be told."""
    kinds = kinds if isinstance(kinds, tuple) else (kinds,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise TypeError(f"{what}, not {type(value).__name__}")


def expect_each(values: Iterable[T], kinds: type | tuple[type, ...], what: str) -> list[T]:
    """The values, each of one of these types. Raises TypeError for others, and for what is no list of anything."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise TypeError(f"{what}, not {type(values).__name__}")
    found = list(values)
    for one in found:
        if not isinstance(one, kinds):
            raise TypeError(f"{what}, and {type(one).__name__} is none of those")
    return found


def expect_seconds(value: object, name: str) -> None:
    """Raise TypeError unless this is a number, or None for as long as it takes."""
    expect(value, (int, float, type(None)), f"{name} is a number of seconds, or None")


def expect_file_name(name: object) -> None:
    """Raise TypeError unless this is a text; which ones are names of files is the node's to say."""
    expect(name, str, "a file in a vessel is named by a text")


def expect_function(value: object, name: str) -> None:
    """Raise TypeError unless this can be called."""
    if not callable(value):
        raise TypeError(f"{name} is a function, not {type(value).__name__}")


def argument(value: object) -> str:
    """One argument of a program, as a text. Raises TypeError for what is several, or none."""
    if isinstance(value, bytes | bytearray):
        raise TypeError("arguments of a program are texts: decode it, or upload a file")
    if isinstance(value, _NOT_ONE):
        raise TypeError(
            f"arguments of a program are texts, each given by itself, as in run(program, *arguments);"
            f" {type(value).__name__} is none"
        )
    return str(value)


def amounts(resources: Mapping[str, Any]) -> dict[str, int | float | list[int]]:
    """Amounts of resources, and ports, by the resources' names. Raises TypeError for what is none."""
    example = "such as {'cpu': 0.1, 'memory': 20_000_000, 'diskused': 1_000_000}"
    expect(resources, Mapping, f"resources is a dict, {example}")
    found: dict[str, int | float | list[int]] = {}
    for name, one in resources.items():
        expect(name, str, f"resources is a dict by names, {example}")
        if isinstance(one, Iterable):
            found[name] = expect_each(one, int, f"{name} is a number, or a list of ports")
        else:
            expect(one, (int, float), f"{name} is a number, or a list of ports")
            found[name] = one
    return found
