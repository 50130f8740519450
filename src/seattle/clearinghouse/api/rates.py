"""How often somebody may do something. It is counted in the database, and so by all processes together.

Time is cut into windows of one length. Taking one more is a single conditional update, so that of many who come at once
no more get through than may.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from django.db.models import F

from seattle.clearinghouse.api.models import Allowance
from seattle.clearinghouse.errors import TooManyRequests

_KEPT: Final = 24 * 3600  # seconds: what nobody has asked about since then is forgotten
_FORGOTTEN: Final = 100  # at a time


class SlowDown(TooManyRequests):
    """Too much of something in a while. `retry_after`: seconds until there is more."""

    retry_after: int

    def __init__(self, what: str, *, most: int, window: int, retry_after: int) -> None:
        super().__init__(f"more than {most} {what} in {window} s: try again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many of something in a window of so many seconds."""

    clock: ClassVar[Callable[[], float]] = time.time

    what: str  # in the plural, as people are told
    most: int
    window: int = 60

    def charge(self, whose: str) -> None:
        """Count one more. Raises SlowDown."""
        name, now = f"{self.what}:{whose}", Rate.clock()
        began = int(now // self.window) * self.window
        if self._take(name, began):
            return
        fresh = Allowance.objects.filter(whose=name).exclude(window=began).update(window=began, used=1)
        if not fresh:  # it is the first ever, or somebody else has just begun this window
            Allowance.objects.bulk_create([Allowance(whose=name, window=began, used=0)], ignore_conflicts=True)
            fresh = self._take(name, began)
        if not fresh:
            left = max(1, math.ceil(began + self.window - now))
            raise SlowDown(self.what, most=self.most, window=self.window, retry_after=left)
        _forget(now)

    def _take(self, name: str, window: int) -> int:
        """Count one more in this window; 0 if it has not begun, or there are enough."""
        return Allowance.objects.filter(whose=name, window=window, used__lt=self.most).update(used=F("used") + 1)


def _forget(now: float) -> None:
    old = Allowance.objects.filter(window__lt=int(now) - _KEPT).values_list("pk", flat=True)[:_FORGOTTEN]
    Allowance.objects.filter(pk__in=list(old)).delete()


# A wait of a client is one request, so these leave room for whoever polls.
REQUESTS: Final = Rate(what="requests of one user", most=600)
ANONYMOUS: Final = Rate(what="requests of one address without credentials", most=120)
ORDERS: Final = Rate(what="orders of one user", most=60)
SECRETS: Final = Rate(what="keys or tokens made by one user", most=30, window=3600)
BUILDS: Final = Rate(what="builds of one user", most=30, window=3600)
STRANGERS_BUILDS: Final = Rate(what="builds of one address", most=10, window=3600)
