"""The trusted side of a running vessel: the Repy API for real - files, network, log, metering, and the guest's life.

Start at `Monitor.run` in `monitor.py`. One thread, one loop (`scheduler.py`): two calls never race each other in
trusted code. A call that has to wait is a generator that yields what it waits for.

May import: `seattle.resources`, `repy.door`, `repy.launch`, `repy.outcome`, `repy.walls`. Never the guest, the
language or Python's parser. Promises: no byte from the guest is trusted; whatever the guest does, a stop request
ends it within a second; every run ends in exactly one `Outcome`.
"""
