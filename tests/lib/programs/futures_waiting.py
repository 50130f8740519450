"""Waiting for several futures at once: wait and as_completed."""

import threading
from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    CancelledError,
    ThreadPoolExecutor,
    as_completed,
    wait,
)


def after(event, value):
    event.wait()
    if isinstance(value, Exception):
        raise value
    return value


def outcome(future):
    try:
        return future.result()
    except Exception as why:
        return type(why).__name__


with ThreadPoolExecutor(4) as pool:
    events = [threading.Event() for _ in range(4)]
    futures = [pool.submit(after, event, number) for number, event in enumerate(events)]
    print(sorted(map(len, wait(futures, timeout=0.01))))
    events[2].set()
    done, others = wait(futures, return_when=FIRST_COMPLETED)
    print([outcome(future) for future in done], len(others))
    try:
        for future in as_completed(futures, timeout=0.01):
            print("first", future.result())
    except TimeoutError as why:
        print(why)
    order = []
    for future in as_completed(futures):
        order.append(future.result())
        next_one = {2: 0, 0: 3, 3: 1}.get(future.result())
        if next_one is not None:
            events[next_one].set()
    print(order)
    print(len(wait(futures, return_when=ALL_COMPLETED).done))

    gate = threading.Event()
    failing = [pool.submit(after, events[0], ValueError("x")), pool.submit(after, gate, 1)]
    result = wait(failing, return_when=FIRST_EXCEPTION)
    print([outcome(future) for future in result.done], len(result.not_done))
    gate.set()
    print(sorted(str(outcome(future)) for future in wait(failing).done), wait([]))

    blocking = [pool.submit(gate.wait) for _ in range(4)]
    late = pool.submit(print, "late")
    if late.cancel():
        print([outcome(future) for future in as_completed([late])], issubclass(CancelledError, Exception))
    else:
        late.result()
        print(["CancelledError"], True)
    print(len(wait(blocking).done))
