"""A cache that threads share: one computes while the others wait, and what failed is tried anew."""

import functools
import threading
from concurrent.futures import Future, ThreadPoolExecutor

computed = []


def once(function):
    futures, lock = {}, threading.Lock()

    @functools.wraps(function)
    def call(*args):
        with lock:
            future = futures.get(args)
            is_mine = future is None
            if is_mine:
                future = futures[args] = Future()
        if is_mine:
            try:
                future.set_result(function(*args))
            except Exception as why:
                with lock:
                    del futures[args]
                future.set_exception(why)
        return future.result()

    return call


@once
def slow(number):
    computed.append(number)
    if number < 0:
        raise ValueError(f"negative: {number}")
    return functools.reduce(lambda total, step: total * step, range(1, number + 1), 1)


with ThreadPoolExecutor(6) as pool:
    print(set(pool.map(slow, [20] * 12)), computed, slow.__name__)
for _ in range(2):
    try:
        slow(-1)
    except ValueError as why:
        print(why)
print(computed)


@functools.lru_cache(maxsize=2)
def length(word):
    computed.append(word)
    return len(word)


print([length(word) for word in ("a", "bb", "a", "ccc", "bb")], length.cache_info().hits, computed[3:])
