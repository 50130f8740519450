"""Send a file to reliable_server.py.

    reliable_client.py INPUTFILE HOST PORT [SRCHOST SRCPORT] [MAXDGRAMSIZE NRETRIES TIMEOUTMS [WINDOWSIZE]]

With a WINDOWSIZE it is a sliding window, and stop and wait without: the server has to speak the same. Prints the bytes
that went, the seconds it took, and how many packets were sent again.
"""

import rendezvous
import sliding_window
import stop_and_wait


def parse_words(words):
    """Input file, receiver, sender and settings. A host after the port begins with no plain number."""
    file, host, port, *rest = words
    here, own = getmyip(), rendezvous.own_port()
    if rest and not rest[0].isdecimal():
        here, own, *rest = rest
    return file, (gethostbyname(host), int(port)), (here, int(own)), [int(word) for word in rest]


file, receiver, sender, settings = parse_words(callargs)
protocol = sliding_window if len(settings) == 4 else stop_and_wait
protocol.reliable_config(*(settings or [512, 4, 10]))
room = protocol.settings["maxdgramsize"] - 12  # bytes of a packet, less the longest header
content = openfile(file, False)
began, sent = getruntime(), 0
try:
    while piece := content.readat(room, sent):
        sent += protocol.reliable_sendmess(*receiver, piece, *sender)
    if protocol is sliding_window:
        protocol.reliable_flush()
except TimeoutError as why:
    print("error: after", sent, "bytes:", why)
else:
    print(sent, "bytes in", round(getruntime() - began, 2), "s,", protocol.statistics["again"], "packets sent again")
finally:
    protocol.reliable_close()
