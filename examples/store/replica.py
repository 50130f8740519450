"""One copy of a key-value store: keeps values with their versions, over XML-RPC, and on disk before it says so.

    seattle run --detach examples/store/replica.py --on THREE_VESSELS

Prints `replica at IP:PORT`; an argument is the port, instead of the vessel's own. What it was told is in `store.log`,
so that one who is started again knows it. It knows of no other replica: quorum.py is what makes a store of several.
"""

import json
import threading
from socketserver import ThreadingMixIn
from xmlrpc.server import SimpleXMLRPCServer

import rendezvous

LOG = "store.log"
NOTHING = [0, "", None]  # the version of a key that was never written: counter, writer, value


class Replica:
    """The copy. A version is (counter, writer): of two, the larger one is the later."""

    def __init__(self):
        self._lock = threading.Lock()
        self._values = {}
        if LOG in listfiles():
            with open(LOG) as log:
                for line in log.read().splitlines():
                    key, version = json.loads(line)
                    self._values[key] = version
        self._log = open(LOG, "a")  # noqa: SIM115 - as long as the program runs

    def read(self, key):
        with self._lock:
            return self._values.get(key, NOTHING)

    def write(self, key, counter, writer, value):
        """Take a version, unless there is a later one."""
        with self._lock:
            if [counter, writer] > self._values.get(key, NOTHING)[:2]:
                self._log.write(json.dumps([key, [counter, writer, value]]) + "\n")
                self._log.flush()
                self._values[key] = [counter, writer, value]
        return True


class Server(ThreadingMixIn, SimpleXMLRPCServer):
    """Many calls at the same time."""

    daemon_threads = True


def serve_at(place, *, stoppable=False):
    """Be a replica at an (IP, port). Returns if somebody calls `stop`, where that may be."""
    replica = Replica()
    with Server(place, allow_none=True, logRequests=False) as server:
        server.register_function(replica.read)
        server.register_function(replica.write)
        if stoppable:
            server.register_function(lambda: threading.Thread(target=server.shutdown).start(), "stop")
        print("replica at", rendezvous.format_place(place))
        server.serve_forever()


if __name__ == "__main__":
    serve_at((getmyip(), int(callargs[0]) if callargs else rendezvous.own_port()))
