"""What it is to be unreadable, for bytes that others have chosen."""

from typing import Final

import msgspec

# What msgspec raises for them. A stranger also chooses how deep a message is nested, in fields that nobody here knows.
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
