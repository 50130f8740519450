"""`time` over the program's own calls: a layer that changes `sleep` or `getruntime` changes them here, too."""

import time as python
from collections.abc import Callable, Mapping
from typing import Any

from seattle.repy.language.names import words

_SAME = words(
    "altzone asctime ctime daylight gmtime localtime mktime strftime strptime struct_time time time_ns timezone tzname"
)
_NANO = 10**9


def members(calls: Mapping[str, Any]) -> dict[str, object]:
    """Members that use the `sleep` and `getruntime` among these calls; where there is none, they have none."""
    shown: dict[str, object] = {name: getattr(python, name) for name in _SAME}
    if callable(wait := calls.get("sleep")):
        shown["sleep"] = _sleeper(wait)
    if callable(clock := calls.get("getruntime")):
        shown |= _clocks(clock)
    return shown


def _sleeper(wait: Callable[[Any], object]) -> Callable[[Any], None]:
    def sleep(seconds: Any, /) -> None:
        if type(seconds) in (int, float) and seconds < 0:  # the call would say it in its own way
            raise ValueError("sleep length must be non-negative")
        wait(seconds)

    return sleep


def _clocks(clock: Callable[[], float]) -> dict[str, object]:
    """Python's clocks count from a moment that nobody knows; here it is the start of the program."""

    def monotonic() -> float:
        return clock()

    def perf_counter() -> float:
        return clock()

    def monotonic_ns() -> int:
        return int(clock() * _NANO)

    def perf_counter_ns() -> int:
        return int(clock() * _NANO)

    return {one.__name__: one for one in (monotonic, perf_counter, monotonic_ns, perf_counter_ns)}
