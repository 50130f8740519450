"""What runs inside both walls: the interpreter's side of the API, threads, and the run of one program.

Start at `runtime.run`; `seattle.repy.door` lists all that can be asked for. May import: `seattle.repy.guest`,
`seattle.repy.language`, `seattle.repy.door` and `seattle.repy.outcome`. Promises: nothing here opens a path or a
socket, and nothing here is trusted by the monitor: it checks types, as the reference does, and passes the question on.
"""
