"""The hours of the week in which programs may run. All by the wall clock of this computer, summer time and all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from seattle.node.donor.policy import DAYS, Hours

_MINUTE: Final = timedelta(minutes=1)


def covering(hours: Sequence[Hours], now: datetime) -> Hours | None:
    """The first of these hours that `now` (local time) is in."""
    return next((one for one in hours if _covers(one, now)), None)


def ends_within(hours: Sequence[Hours], now: datetime, minutes: float) -> datetime | None:
    """When the hours end, if that is within so many minutes of `now`, which is in them; to the minute."""
    moment = now.replace(second=0, microsecond=0)
    for _ in range(int(minutes) + 1):
        moment += _MINUTE
        if covering(hours, moment) is None:
            return moment
    return None


def next_begin(hours: Sequence[Hours], now: datetime) -> datetime | None:
    """When the next of the hours begin, after `now`."""
    begins = [
        begin
        for one in hours
        for day in range(8)
        if (begin := _at(now + timedelta(days=day), one.begin)) > now and DAYS[begin.weekday()] in one.days
    ]
    return min(begins, default=None)


def _covers(hours: Hours, now: datetime) -> bool:
    """They may have begun today, or yesterday and go on past midnight."""
    return any(
        DAYS[day.weekday()] in hours.days and _at(day, hours.begin) <= now < _end(hours, day)
        for day in (now, now - timedelta(days=1))
    )


def _end(hours: Hours, day: datetime) -> datetime:
    end = _at(day, hours.end)
    return end if end > _at(day, hours.begin) else end + timedelta(days=1)


def _at(day: datetime, time: str) -> datetime:
    hour, minute = map(int, time.split(":"))
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(hours=hour, minutes=minute)
