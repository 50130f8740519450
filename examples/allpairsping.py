"""Every vessel pings every other over UDP and serves its row of latencies over HTTP.

Arguments: the vessel's own place in the list, counted from 0, then the list of all vessels as IP:PORT. A vessel
must be allowed to use its port for UDP (pings) and for TCP (its row).

The row is a JSON object: {"index": 0, "complete": true, "milliseconds": [null, 1.2, 1.4]}. The program ends when it
is stopped, or after ten minutes.
"""

import json

ROUNDS = 5  # pings to each vessel; the fastest counts
PATIENCE = 1.0  # seconds that one pong may take
LOOK_AGAIN = 0.002  # seconds between two looks at a socket that has nothing yet
LONGEST = 600.0  # seconds
LONGEST_REQUEST = 4096  # bytes

index = int(callargs[0])
vessels = []
for place in callargs[1:]:
    ip, port = place.rsplit(":", 1)
    vessels.append((ip, int(port)))
my_ip, my_port = vessels[index]

best = [None] * len(vessels)  # milliseconds, or None where no pong has come yet
pongs = {}  # (vessel's index, number of the ping) -> when its pong came
state = {"complete": False}
lock = createlock()


def answer_pings():
    """Listen for pings and pongs until the program ends."""
    socket = listenformessage(my_ip, my_port)
    while True:
        try:
            remote_ip, remote_port, message = socket.getmessage()
        except SocketWouldBlockError:
            sleep(LOOK_AGAIN)
            continue
        came = getruntime()
        words = message.split()
        if len(words) != 3:
            continue  # anybody can send us anything
        if words[0] == b"ping":
            sendmessage(remote_ip, remote_port, b"pong " + words[1] + b" " + words[2], my_ip, my_port)
        elif words[0] == b"pong" and words[1].isdigit() and words[2].isdigit():
            lock.acquire(True)
            pongs[int(words[1]), int(words[2])] = came
            lock.release()


def ping(other, number):
    """Milliseconds until the pong, or None if it did not come in time."""
    ip, port = vessels[other]
    sent = getruntime()
    sendmessage(ip, port, f"ping {other} {number}", my_ip, my_port)
    while getruntime() - sent < PATIENCE:
        lock.acquire(True)
        came = pongs.pop((other, number), None)
        lock.release()
        if came is not None:
            return (came - sent) * 1000
        sleep(LOOK_AGAIN)
    return None


def ping_everybody():
    """Fill the row; vessels that have not started yet get another chance until all have answered."""
    number = 0
    while getruntime() < LONGEST:
        number += 1
        for other in range(len(vessels)):
            if other == index:
                continue
            took = ping(other, number)
            if took is not None and (best[other] is None or took < best[other]):
                best[other] = took
        silent = [other for other in range(len(vessels)) if other != index and best[other] is None]
        if not silent and number >= ROUNDS:
            break
    state["complete"] = True
    known = [value for value in best if value is not None]
    print("row", index, "is complete:", f"{min(known):.1f} to {max(known):.1f} ms" if known else "nobody else is there")


def row():
    """The row as JSON."""
    rounded = [None if value is None else round(value, 2) for value in best]
    return json.dumps({"index": index, "complete": state["complete"], "milliseconds": rounded})


def read_request(connection, deadline):
    """Wait until the request's header is whole, the other side gives up, or time is over."""
    request = b""
    while b"\r\n\r\n" not in request and len(request) < LONGEST_REQUEST and getruntime() < deadline:
        try:
            request += connection.recv(1024)
        except SocketWouldBlockError:
            sleep(LOOK_AGAIN)


def reply(connection, text):
    """Send all of `text` as an HTTP answer."""
    body = text.encode()
    head = f"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    data = head.encode() + body
    while data:
        try:
            data = data[connection.send(data) :]
        except SocketWouldBlockError:
            sleep(LOOK_AGAIN)


def serve_row():
    """Answer whoever asks with the row as it is now."""
    server = listenforconnection(my_ip, my_port)
    while getruntime() < LONGEST:
        try:
            _ip, _port, connection = server.getconnection()
        except SocketWouldBlockError:
            sleep(0.02)
            continue
        try:
            read_request(connection, getruntime() + PATIENCE)
            reply(connection, row())
        except NetworkError:
            pass  # the other side has gone; the next one may be luckier
        finally:
            connection.close()
    exitall()


createthread(answer_pings)
createthread(ping_everybody)
serve_row()
