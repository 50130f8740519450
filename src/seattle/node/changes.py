"""What has changed for whom: so that those who hold vessels can wait for news and need not keep asking.

Each change has a number, and is remembered for the vessel and for every key that it concerns; also for one that from
now on may not even see the vessel, and so learns that. Numbers begin anew with each daemon; a cursor therefore names
the daemon, too, and one of another daemon means: tell everything.
"""

import asyncio
import secrets
from collections.abc import Callable, Collection
from typing import Final

from seattle.identity.keys import PublicKey

MAX_KEYS: Final = 16_384  # whose latest change is remembered; all that can have a right now fit twice


def tell_nobody() -> None:
    """Nobody wants to know."""


class Changes:
    """Counts changes, and wakes who waits for one.

    Attributes:
        on_holders: called when vessels come, go, or have others who may use them: the directory should know at once.
    """

    def __init__(self, *, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self.on_holders: Callable[[], None] = tell_nobody
        self._daemon = secrets.token_hex(8)
        self._latest = 0
        self._of_vessel: dict[str, int] = {}
        self._of_key: dict[PublicKey, int] = {}
        self._next = asyncio.Event()
        self._closed = False

    def note(self, vessel: str, concerned: Collection[PublicKey]) -> None:
        """This vessel is another than it was, and these keys should know."""
        self._latest += 1
        self._of_vessel[vessel] = self._latest
        for key in concerned:
            self._of_key.pop(key, None)
            self._of_key[key] = self._latest
        while len(self._of_key) > self._max_keys:
            del self._of_key[next(iter(self._of_key))]
        self._wake()

    def forget(self, vessel: str) -> None:
        """This vessel is no more."""
        self._of_vessel.pop(vessel, None)

    def close(self) -> None:
        """Let nobody wait any longer: the daemon ends."""
        self._closed = True
        self._wake()

    @property
    def cursor(self) -> str:
        """What to ask with next, for all that changes from now on."""
        return f"{self._daemon}.{self._latest}"

    def number(self, cursor: str) -> int:
        """The number up to which the holder of this cursor knows; -1 if it is none of this daemon."""
        daemon, _, digits = cursor.partition(".")
        if daemon != self._daemon or not (digits.isascii() and digits.isdecimal() and len(digits) < 20):
            return -1
        return int(digits)

    def since(self, number: int, vessel: str) -> bool:
        """Whether this vessel has changed since this change."""
        return self._of_vessel.get(vessel, 0) > number

    async def wait(self, caller: PublicKey, number: int, seconds: float) -> None:
        """Return when something that concerns the caller has changed since this change, or the time is up."""
        try:
            async with asyncio.timeout(seconds):
                while self._of_key.get(caller, 0) <= number and not self._closed:
                    await self._next.wait()
        except TimeoutError:
            pass

    def _wake(self) -> None:
        self._next.set()
        self._next = asyncio.Event()
