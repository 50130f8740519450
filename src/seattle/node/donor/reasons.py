"""Why a node holds back by its donor's orders and hours, and what its tenants should know ahead of time: pure words."""

from collections.abc import Iterator
from datetime import UTC, datetime

from seattle.node.donor.conditions.hours import covering, ends_within, next_begin
from seattle.node.donor.holding import Act, Reason
from seattle.node.donor.orders import Drain, Orders, Pause
from seattle.node.donor.policy import MINUTE, Policy


def reasons_of(orders: Orders, policy: Policy, *, wrong: bool, now: float) -> Iterator[Reason]:
    """What holds back but for conditions. `wrong`: the policy's file can't be read; `now`: seconds since 1970."""
    if orders.pause is not None:
        yield _paused(orders.pause, policy)
    if orders.drain is not None:
        yield _drained(orders.drain, now)
    if wrong:  # in what way is the donor's to know
        yield Reason("policy", "the donor's policy can't be read, and has to be mended first", policy.grace * MINUTE)
    local = local_time(now)
    if policy.hours and covering(policy.hours, local) is None:
        begin = next_begin(policy.hours, local)
        words = "" if begin is None else f"; they begin again at {_utc(begin.timestamp())}"
        words = f"outside the hours in which the donor lets programs run{words}"
        yield Reason("hours", words, policy.grace * MINUTE)


def notice_of(orders: Orders, policy: Policy, *, now: float) -> str:
    """What tenants should know ahead of time; empty if there is nothing. `now`: seconds since 1970."""
    found, local = [], local_time(now)
    if orders.drain is not None and now < orders.drain.at:
        found.append(f"the donor empties this node at {_utc(orders.drain.at)}: programs are stopped then")
    if policy.hours and covering(policy.hours, local) is not None:
        end = ends_within(policy.hours, local, policy.notice)
        if end is not None:
            found.append(f"the donor's hours end at {_utc(end.timestamp())}: programs stand still then")
    return "; ".join(found)


def local_time(now: float) -> datetime:
    """By the wall clock of this computer: hours are its donor's, and so are days and months."""
    return datetime.fromtimestamp(now)  # noqa: DTZ006 - see above


def _paused(pause: Pause, policy: Policy) -> Reason:
    minutes = policy.grace if pause.grace is None else pause.grace
    until = "" if pause.until is None else f" until {_utc(pause.until)}"
    return Reason("paused", f"paused by the donor{until}{_said(pause.reason)}", minutes * MINUTE)


def _drained(drain: Drain, now: float) -> Reason:
    if now >= drain.at:
        return Reason("drained", f"the donor has emptied this node{_said(drain.reason)}", act=Act.STOP)
    when = f"programs are stopped at {_utc(drain.at)}"
    return Reason("drained", f"the donor empties this node{_said(drain.reason)}: {when}", act=Act.START_NOTHING)


def _utc(moment: float) -> str:
    """For tenants, who may be anywhere."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _said(reason: str) -> str:
    return f" ({reason})" if reason else ""
