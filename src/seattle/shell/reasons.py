"""Why something did not work on a vessel, in words that are the same for all vessels where it was so.

Nodes name vessels and files in what they say; people want to read each cause once.
"""

from collections.abc import Sequence
from typing import Final

from seattle.client import Failure
from seattle.client.refusals import NO_SUCH_FILE, NOT_ALLOWED
from seattle.client.wording import with_short_ids

MOST_SAID: Final = 400  # characters of what a node says

_NOT_THERE: Final = "The node is offline, or not in reach of the testbed."
_TIMED_OUT: Final = "The connection timed out. `set timeout SECONDS` waits longer."
_BY_CODE: Final = {
    NOT_ALLOWED: (
        "This identity lacks the permission. The vessel may have been released by accident, or be over: `browse` or"
        " `update` tells. Or only its owner can do this: vessels that a site lends are the site's."
    ),
    "nobody-there": _NOT_THERE,
    "no-answer": _TIMED_OUT,
    "timed-out": _TIMED_OUT,
    "not-waited-for": "Interrupted before an answer came: whether it was done is not known.",
    "still-runs": "The program still runs: `wait` waits for its end, and `stop` ends it.",
    NO_SUCH_FILE: "The file was not found in the vessel: check its name; `show files` lists them.",
    "already-started": "A program is already started there: `stop` ends it.",
}


def reason(failure: Failure) -> str:
    """Why it failed. A node's own words are cut where they are too long."""
    known = _BY_CODE.get(failure.code)
    if known is not None:
        return known
    return f"An error occurred: {on_one_line(with_short_ids(failure.message), most=MOST_SAID)}"


def on_one_line(text: str, *, most: int) -> str:
    """A stranger's words on one line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def by_reason(failures: Sequence[Failure]) -> dict[str, list[Failure]]:
    """The failures of each reason, in the order in which the reasons come up first."""
    found: dict[str, list[Failure]] = {}
    for one in failures:
        found.setdefault(reason(one), []).append(one)
    return found
