"""Waiting for the budget: how a task pays for what it did, or waits until earlier debts are paid."""

from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.resources.meter import TokenBucket


def pay(bucket: TokenBucket, amount: float) -> Task:
    """Charge `amount` units and sleep off the overshoot. Raises ResourceForbiddenError where the limit is 0."""
    seconds = bucket.charge(amount)
    if seconds > 0:
        yield Sleep(seconds)


def wait_for(*buckets: TokenBucket) -> Task:
    """Sleep until earlier overshoots are paid; charges nothing. Raises ResourceForbiddenError where a limit is 0.

    Whoever wakes first may go on. The others find that it has overshot in turn, and sleep on: however many threads
    wait, one of them is let through at a time.
    """
    for bucket in buckets:
        while (seconds := bucket.wait_time()) > 0:
            yield Sleep(seconds)
