"""A queue at a counter, simulated with a seed: every run gives the same figures."""

import heapq
import random
import statistics

chance = random.Random(2024)
events, waits, busy_until, waiting = [], [], 0.0, 0
now = 0.0
for customer in range(500):
    now += chance.expovariate(1 / 3)
    heapq.heappush(events, (now, customer))
while events:
    arrived, customer = heapq.heappop(events)
    begins = max(arrived, busy_until)
    busy_until = begins + max(0.1, chance.gauss(2.5, 0.8))
    waits.append(begins - arrived)
print(f"mean {statistics.fmean(waits):.6f}, median {statistics.median(waits):.6f}, longest {max(waits):.6f}")
print(f"waited at all: {sum(wait > 0 for wait in waits)}, over at {busy_until:.6f}")
print([round(cut, 4) for cut in statistics.quantiles(waits, n=5)])
