"""The client in `async`: what it does is written here, once. `seattle.client` is a face of it without `async`.

Start at `testbed.py`. A `Link` asks nodes; `vessels.py` asks many at the same time; `run.py` is a program on many
vessels, `follower.py` brings their logs together line by line, and `log_reader.py` reads one of them. `ownership.py` is
what owners decide, `watcher.py` tells what becomes of vessels.
"""
