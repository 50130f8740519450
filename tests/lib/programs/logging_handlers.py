"""Handlers of logging.handlers: files that begin anew, a queue and its listener, memory."""

import logging
import logging.handlers
import os
import queue
import sys

for name in os.listdir():
    if name.startswith("rotating.log"):
        os.remove(name)
log = logging.getLogger("rotating")
log.propagate = False
log.setLevel(logging.DEBUG)
rotating = logging.handlers.RotatingFileHandler("rotating.log", maxBytes=30, backupCount=2)
rotating.setFormatter(logging.Formatter("%(message)s"))
log.addHandler(rotating)
for number in range(8):
    log.info("line number %d", number)
log.info("a line that is longer than any file may be, and has one for itself")
log.info("last")
rotating.close()
log.removeHandler(rotating)
for name in sorted(name for name in os.listdir() if name.startswith("rotating.log")):
    with open(name) as file:
        print(name, file.read().splitlines())

records = queue.Queue()
queued = logging.handlers.QueueHandler(records)
shown = logging.StreamHandler(sys.stdout)
shown.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
only_errors = logging.StreamHandler(sys.stdout)
only_errors.setLevel(logging.ERROR)
only_errors.setFormatter(logging.Formatter("again: %(message)s"))
listener = logging.handlers.QueueListener(records, shown, only_errors, respect_handler_level=True)
log.addHandler(queued)
changing = [1]
log.info("before it begins: %s", changing)
changing.append(2)
listener.start()
log.error("failed %d times", 3)
listener.stop()
print(records.empty())
log.removeHandler(queued)

memory = logging.handlers.MemoryHandler(4, target=shown)
log.addHandler(memory)
log.info("one")
log.info("two")
print(len(memory.buffer))
log.error("three")
print(len(memory.buffer))
for number in range(5):
    log.debug("debug %d", number)
print(len(memory.buffer))
memory.close()
print(len(memory.buffer))
