"""Receive what reliable_client.py sends, and write it into a file.

    reliable_server.py OUTFILE PORT [TIMEOUT] [window]

Ends when nothing has come for TIMEOUT seconds, 10 without. With the word `window` it speaks sliding window, and stop
and wait without. Prints how many bytes came, and how many packets came more than once.
"""

import sliding_window
import stop_and_wait

outfile, port, *rest = callargs
protocol = sliding_window if rest and rest[-1] == "window" else stop_and_wait
patience = float(rest[0]) if rest and rest[0] != "window" else 10.0
received = {"bytes": 0, "last": getruntime()}
if outfile in listfiles():
    removefile(outfile)
file = openfile(outfile, True)


def write(_ip, _port, message, _handle):
    file.writeat(message, received["bytes"])
    received["bytes"] += len(message)
    received["last"] = getruntime()


protocol.reliable_recvmess(getmyip(), int(port), write)
print("listening")
while getruntime() - received["last"] < patience:
    sleep(0.1)
protocol.reliable_close()
file.close()
print(received["bytes"], "bytes came,", protocol.statistics["duplicates"], "packets more than once")
