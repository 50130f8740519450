"""A queue of which the lowest priority comes first, and of those that are alike the one that was there first.

`queue.PriorityQueue` is Python's, for threads: this one does not wait.

Missing: nothing. Any number of threads may use one queue.
"""

import heapq
from itertools import count


class PriorityQueue:
    """Values by priority, which may be anything that can be compared; the values need not."""

    def __init__(self):
        self._heap = []
        self._numbers = count()

    def insert(self, priority, value):
        """Add a value."""
        heapq.heappush(self._heap, (priority, next(self._numbers), value))

    def get_minimum(self):
        """The pair `(priority, value)` that comes first; None if there is none."""
        heap = self._heap[:1]
        return (heap[0][0], heap[0][2]) if heap else None

    def delete_minimum(self):
        """Take that pair out and return it; None if there is none."""
        try:
            priority, _number, value = heapq.heappop(self._heap)
        except IndexError:
            return None
        return priority, value

    def __len__(self):
        return len(self._heap)

    getMinimum = get_minimum
    deleteMinimum = delete_minimum
