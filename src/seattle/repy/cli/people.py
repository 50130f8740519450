"""What people see of a run's end: the report on stderr. The output went to stdout without us."""

import sys
import time

from seattle.repy import launch
from seattle.repy.cli.conversation import CTRL_C, LOST_DETAIL, Audience, Ended
from seattle.repy.cli.doorstep import complained_since, complaints


class People(Audience):
    """Tells them nothing where there is nothing to tell."""

    def __init__(self) -> None:
        self._began = time.time()

    def noted(self, text: str) -> None:
        """See `Audience`."""
        say(f"repy: {text}")

    def ended(self, how: Ended) -> None:
        """See `Audience`."""
        if how.kind in ("exception", "unsafe"):
            say(how.detail.rstrip())
        elif how.kind == "stopped" and how.detail == launch.NO_READER:
            pass  # `repy program.py | head` is everyday life
        elif how.kind == "stopped" and how.detail == CTRL_C and sys.stderr is not None and sys.stderr.isatty():
            say(f"\nrepy: {how.kind}: {how.detail}")  # not behind the terminal's `^C`
        elif how.kind != "exited" or how.detail not in ("", "0"):
            say(f"repy: {how.kind}: {how.detail}")
        if how.detail == LOST_DETAIL and complained_since(self._began):
            say(f"repy: why it is gone may stand at the end of {complaints()}")


def reason(why: Exception) -> str:
    """What an error says, without the number that tells people nothing."""
    if not isinstance(why, OSError) or why.strerror is None:
        return str(why)
    return why.strerror if why.filename is None else f"{why.filename!r}: {why.strerror}"


def say(text: str) -> None:
    """Lines for people. Where they have closed stderr, or are gone, they do not want to know."""
    from seattle.repy.visible import visible  # noqa: PLC0415 - most runs end without a word

    if sys.stderr is not None:
        try:  # noqa: SIM105 - contextlib takes a millisecond
            print(visible(text), file=sys.stderr, flush=True)
        except OSError:
            pass
