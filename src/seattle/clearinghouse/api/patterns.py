"""Texts of a certain form in requests, and the words for them in refusals: people read those."""

from collections.abc import Mapping
from typing import Final

from seattle.clearinghouse.leases.repeats import KEY
from seattle.installer import build_ids

HANDLE: Final = r"^U[A-Z2-7]{55}:[0-9A-Za-z][0-9A-Za-z_.-]{0,63}$"  # as `leases.handles` reads them
AFFILIATION: Final = r"^[^\x00-\x1f\x7f]{3,200}$"
BUILD_ID: Final = f"^[{build_ids.ALPHABET}]{{{build_ids.LENGTH}}}$"

IN_WORDS: Final[Mapping[str, str]] = {
    HANDLE: "this is no handle: they look like U...:v12, and `seattle vessels` shows yours",
    AFFILIATION: "expected 3 to 200 characters, in one line",
    BUILD_ID: f"this is no id of a build: they have {build_ids.LENGTH} small letters and digits",
    KEY: "expected 1 to 64 letters, digits, periods, dashes or underscores",
}
