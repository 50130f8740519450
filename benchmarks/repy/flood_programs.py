"""Programs that flood their monitor with calls, one that is as busy without a call, and one that lives next door.

The flooders are native programs, for the kernel wall alone: what they say to the monitor no stub has looked at. Their
two arguments are ports that they may use.
"""

THREADS = 15
"""That flood beside the main one."""

# Calls as large as the door lets through, most of which are refused.
_HEAD = """
import threading
from seattle.repy import door
from seattle.repy.guest import channel
from seattle.repy.guest.exceptions import RepyException
here, port, port2 = "127.0.0.1", *map(int, callargs)
text, data, far = "x" * 1024, bytes(door.MAX_DATA), 2**53
def send(*calls):
    while True:
        for call in calls:
            try:
                channel.ask(call())
            except RepyException:
                pass
"""
_FLOODS = {
    "names": """
def flood():
    send(
        lambda: door.OpenFile(text, True), lambda: door.RemoveFile("../" + text[3:]), lambda: door.ListFiles(text),
        lambda: door.ListenForMessage(text, 2**62),
        lambda: door.OpenConnection(text, -1, text, -1, float("nan")), lambda: door.ListenForConnection(text, 0),
    )
""",
    "data": """
def flood():
    send(
        lambda: door.WriteFile(far, 0, data, 2**62), lambda: door.Send(far, data, False), lambda: door.RandomBytes(),
        lambda: door.SendMessage(here, port, data, here, port2), lambda: door.WriteFile(1, 2**62, data, 2**62),
        lambda: door.SendMessage(text, port, data, text, port2),
    )
""",
    "look-ups": """
def flood():
    send(lambda: door.GetHostByName("localhost"), lambda: door.GetHostByName(text))
""",
    "lines of the log": """
def flood():
    send(lambda: door.Log(b"line"), lambda: door.Log(b""))
""",
    "handles": """
def flood():
    send(
        lambda: door.OpenFile("f" + threading.current_thread().name.lower().replace(" ", "").strip("()"), True),
        lambda: door.ReadFile(far, 2**62, door.MAX_DATA), lambda: door.CloseFile(far), lambda: door.FileSize(far),
        lambda: door.ListenForMessage(here, port), lambda: door.ListenForConnection(here, port),
        lambda: door.OpenConnection(here, port, here, port2, 0.01), lambda: door.GetMessage(far),
        lambda: door.GetConnection(far), lambda: door.Receive(far, door.MAX_DATA), lambda: door.CloseSocket(far),
        lambda: door.OpenConnection(here, port, here, 1, 1e300), lambda: door.GetResources(),
    )
""",
    "waits": """
many = list(range(door.MAX_WATCHED))
def flood():
    send(
        lambda: door.ListenForMessage(here, port), lambda: door.ListenForConnection(here, port),
        lambda: door.WaitReady([1, 2], [1, 2], 0.0001), lambda: door.WaitReady(many, many, 0.0),
        lambda: door.WaitReady([far], many, 1e300), lambda: door.WaitReady([], [], 5e-324),
    )
""",
    "threads": """
def flood():
    while True:
        try:
            channel.mine().ask_for_channel().close()
        except RepyException:
            pass
""",
}
_BEGIN = f"""
begun = createlock()
begun.acquire(True)
def work():
    begun.acquire(True)
    begun.release()
    flood()
for number in range({THREADS}):
    createthread(work)
print("up")
begun.release()
flood()
"""

FLOODS = {kind: _HEAD + flood + _BEGIN for kind, flood in _FLOODS.items()}
"""For each kind of call the program that floods with it. All write "up" when they are about to."""

# As busy, and on as many cores: a flood keeps the guest and its monitor at work at once, and hashing lets other threads
# run meanwhile.
COMPUTES = f"""
import hashlib
data = bytes(100_000)
def flood():
    while True:
        hashlib.sha256(data)
{_BEGIN}"""
"""One that keeps as many cores busy and has nothing to ask. Writes "up", too."""

NEIGHBOUR = """
sleep(0.1)  # the nursery makes its next spare meanwhile
f = openfile("neighbour", True)
f.writeat("x", 0)
took, told = [], getruntime()
until = told + float(callargs[0])
while getruntime() < until:
    if getruntime() > told + 5:
        told = getruntime()
        print("goes on")
    before = getruntime()
    f.readat(1, 0)
    took.append(getruntime() - before)
    sleep(0.002)
print(sorted(took)[len(took) // 2])
"""
"""Measures its calls for so many seconds, and is in nobody's way otherwise. Its last word is their median (seconds)."""
