"""What the donor has commanded: pause, snooze, drain, deny. It outlives the daemon, and a clock that jumps."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

MAX_DENIED: Final = 10_000  # keys
MAX_REASON: Final = 200  # characters

Moment = float  # seconds since 1970
KeyId = Annotated[str, Meta(min_length=56, max_length=56)]


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Hold back, until told otherwise or for a time."""

    since: Moment
    until: Moment | None = None
    grace: float | None = None  # minutes; None: the policy's
    reason: Annotated[str, Meta(max_length=MAX_REASON)] = ""  # for the tenants


class Drain(msgspec.Struct, frozen=True, kw_only=True):
    """Start nothing any more, and stop all programs at `at`."""

    since: Moment
    at: Moment
    reason: Annotated[str, Meta(max_length=MAX_REASON)] = ""


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    pause: Pause | None = None
    drain: Drain | None = None
    denied: Annotated[list[KeyId], Meta(max_length=MAX_DENIED)] = []

    def at(self, now: Moment) -> "Orders":
        """As they are at `now`: a snooze that is over is gone, and none gets longer when the clock is set back."""
        pause, drain = self.pause, self.drain
        if pause is not None and (until := pause.until) is not None:
            if now < pause.since:
                pause = msgspec.structs.replace(pause, since=now, until=now + (until - pause.since))
            elif now >= until:
                pause = None
        if drain is not None and now < drain.since:
            drain = msgspec.structs.replace(drain, since=now, at=now + (drain.at - drain.since))
        return msgspec.structs.replace(self, pause=pause, drain=drain)
