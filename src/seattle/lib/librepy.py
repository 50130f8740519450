"""librepy: all of its parts under one name. Its `open` stands in the place of Python's.

Programs that were made for it begin with `dy_import_module_symbols("librepy.r2py")`. The parts are librepyfile,
librepyrandom, librepyrunloop, librepysocket and librepythread.

Missing: nothing.
"""

# ruff: noqa: F401 - programs find these names here
from librepyfile import RepyFile, lsdir, open, rmfile
from librepyrandom import randomfloat, randomint, randomlong, randomstring
from librepyrunloop import runAt, runEvery, runIn, start_runloop, stopSchedule, terminate_runloop
from librepysocket import RepySocket, get_connports, get_messports, openconn, recvmess, sendmess, waitforconn
from librepythread import Lock, RLock, Thread, ThreadPool, Timer
