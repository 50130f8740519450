"""The sandbox: runs a stranger's Python program behind two independent walls.

`repy.cli` asks the `nursery` for a program to be run; the nursery forks a `monitor` (trusted, outside), which
forks the `guest` (untrusted, inside the `walls`). The two speak through the `door`, and nothing else. `language`
is the first wall, `walls` the second.

May import: `seattle.resources`. Promises: `repy prog.py` works with no network, no site and no key.
"""
