"""Words counted in parts by a pool, and put together: futures, counters, regular expressions."""

import collections
import functools
import heapq
import re
from concurrent.futures import ThreadPoolExecutor, as_completed

TEXT = "the cat and the dog and the bird; The end of the tale, and of the day. " * 50


def count(part):
    return collections.Counter(re.findall(r"[a-z]+", part.lower()))


parts = [TEXT[start : start + 355] for start in range(0, len(TEXT), 355)]
with ThreadPoolExecutor(max_workers=4) as pool:
    total = functools.reduce(lambda one, other: one + other, pool.map(count, parts))
    again = collections.Counter()
    for future in as_completed([pool.submit(count, part) for part in parts]):
        again.update(future.result())
print(total == again, sum(total.values()))
print(heapq.nsmallest(4, total.items(), key=lambda item: (-item[1], item[0])))
