"""Waiting for the budget: how a task pays for what it did, or waits until earlier debts are paid."""

from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.resources.meter import TokenBucket


def pay(bucket: TokenBucket, amount: float) -> Task:
    """Charge `amount` units and sleep off the overshoot. Raises ResourceForbiddenError where the limit is 0."""
    seconds = bucket.charge(amount)
    if seconds > 0:
        yield Sleep(seconds)


def wait_for(*buckets: TokenBucket) -> Task:
    """Sleep until earlier overshoots are paid; charges nothing. Raises ResourceForbiddenError where a limit is 0."""
    for bucket in buckets:
        seconds = bucket.wait_time()
        if seconds > 0:
            yield Sleep(seconds)
