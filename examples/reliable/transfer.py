"""A file goes from one vessel to another through a bad network on a third, and arrives whole.

    seattle get 3
    seattle run examples/reliable/transfer.py stop-and-wait 0.2 0.2
    seattle run examples/reliable/transfer.py sliding-window 0.2 0.2 0.2

The words are the protocol, the shares of packets that the network loses, doubles and mixes up, and by how many
milliseconds it delays all; stop-and-wait needs a network that keeps the order. The first vessel receives and writes
`received.bin`, the second is the network, the third sends 20000 bytes. Sender and receiver print the same SHA-256, and
the sender what it took: `sent 20000 bytes in 1.3 s: 41 packets, 17 of them again, SHA-256 6e1c...`. The words
`--window N` at the end set the window, `--name NAME` is for several runs at the same time.
"""

import hashlib
import random

import rendezvous
import sliding_window
import stop_and_wait
from lossy_network import carry

SIZE = 20_000  # bytes
PIECE = 488  # bytes of a message
RETRIES, TIMEOUT = 200, 40  # milliseconds
PATIENCE = 20.0  # seconds
END = b"end"  # the last message is shorter than all others
OVER = b"over"  # from the receiver to the network

words, options = callargs, {"--window": "16", "--name": "transfer"}
while len(words) > 2 and words[-2] in options:
    options[words[-2]], words = words[-1], words[:-2]
protocol = {"stop-and-wait": stop_and_wait, "sliding-window": sliding_window}[words[0]]
shares = [float(word) for word in words[1:]]
if protocol is sliding_window:
    protocol.reliable_config(512, RETRIES, TIMEOUT, int(options["--window"]))
else:
    protocol.reliable_config(512, RETRIES, TIMEOUT)


def receive(place, network):
    """Write all that comes into a file."""
    if "received.bin" in listfiles():
        removefile("received.bin")
    file, size, digest = openfile("received.bin", True), 0, hashlib.sha256()
    state = {"over": False, "last": getruntime()}

    def write(_ip, _port, message, _handle):
        nonlocal size
        state.update(over=message == END, last=getruntime())
        if state["over"]:
            return
        file.writeat(message, size)
        digest.update(message)
        size += len(message)

    protocol.reliable_recvmess(*place, write)
    while not state["over"]:
        if getruntime() - state["last"] > PATIENCE:
            raise TimeoutError(f"nothing has come for {PATIENCE} s")
        sleep(0.05)
    file.close()
    print(f"received {size} bytes, {protocol.statistics['duplicates']} packets in vain, SHA-256 {digest.hexdigest()}")
    sleep(1)  # the last acknowledgement may be lost
    sendmessage(*network, OVER, *place)


def send(place, to):
    content, began = random.Random(SIZE).randbytes(SIZE), getruntime()
    for start in range(0, SIZE, PIECE):
        protocol.reliable_sendmess(*to, content[start : start + PIECE], *place)
    if protocol is sliding_window:
        protocol.reliable_flush()
    took = getruntime() - began
    try:
        protocol.reliable_sendmess(*to, END, *place)
        if protocol is sliding_window:
            protocol.reliable_flush()
    except TimeoutError:
        pass  # it has gone already, if only its acknowledgement was lost
    counts = protocol.statistics
    print(
        f"sent {SIZE} bytes in {took:.2f} s: {counts['sent']} packets, {counts['again']} of them again,",
        f"SHA-256 {hashlib.sha256(content).hexdigest()}",
    )


company = rendezvous.meet(options["--name"], 3)
receiver, network, _sender = company.places
if company.index == 0:
    receive(company.place, network)
elif company.index == 1:
    carry(network, receiver, *shares, end=OVER)
else:
    send(company.place, network)
protocol.reliable_close()
