"""Threads that log to one file and to memory: every line whole, each with its thread's name."""

import collections
import io
import logging
import threading

stream = io.StringIO()
log = logging.getLogger("threads")
log.setLevel(logging.DEBUG)
log.propagate = False
formatter = logging.Formatter("%(threadName)s|%(levelname)s|%(message)s")
for handler in (logging.StreamHandler(stream), logging.FileHandler("threads.log", mode="w")):
    handler.setFormatter(formatter)
    log.addHandler(handler)
only_errors = logging.StreamHandler(errors := io.StringIO())
only_errors.setLevel(logging.ERROR)
log.addHandler(only_errors)


def work():
    for number in range(25):
        log.log(logging.ERROR if number % 5 == 0 else logging.INFO, "number %d", number)


threads = [threading.Thread(target=work, name=f"worker {letter}") for letter in "abc"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
logging.shutdown()
lines = stream.getvalue().splitlines()
with open("threads.log") as file:
    print(sorted(file.read().splitlines()) == sorted(lines), len(lines), len(errors.getvalue().splitlines()))
by_thread = collections.defaultdict(list)
for line in lines:
    name, level, message = line.split("|")
    by_thread[name].append(f"{level} {message}")
print(sorted(by_thread), by_thread["worker a"] == by_thread["worker b"] == by_thread["worker c"])
print(by_thread["worker a"][:3])
