"""A worker of MapReduce: does what the primary says, with the functions in mapper.py and reducer.py.

    mapred.py [PORT]

Prints `worker at IP:PORT`, then a line for each task. While it works it sends signs of life. It serves one primary
after the other, and ends when one says so, or is stopped.
"""

import rendezvous
import session
from mapper import map_func
from reducer import reduce_func
from wire import HEARTBEAT, hear, partition_of, say


class Conversation:
    """With one primary."""

    def __init__(self, connection):
        self._connection = connection
        self._turn = createlock()  # signs of life and results must not be mixed up
        self._over = False

    def serve(self):
        """Do tasks until the primary goes. Whether it said that all is done."""
        createthread(self._live)
        try:
            while True:
                match hear(self._connection):
                    case ["map", task, lines, partitions]:
                        print("map", task)
                        self._say("done", task, map_lines(lines, partitions))
                    case ["reduce", task, pairs]:
                        print("reduce", task)
                        self._say("done", task, reduce_pairs(pairs))
                    case ["end"]:
                        return True
        except (session.SessionEOF, NetworkError, ValueError):
            return False  # it has gone, or is no primary
        finally:
            self._over = True
            self._connection.close()

    def _live(self):
        while not self._over:
            try:
                self._say("alive")
            except NetworkError:
                return
            sleep(HEARTBEAT)

    def _say(self, *message):
        with self._turn:
            say(self._connection, *message)


def map_lines(lines, partitions):
    """The pairs that map_func makes of the lines, by partition: equal keys are in the same one."""
    found = [[] for _ in range(partitions)]
    for number, text in lines:
        for key, value in map_func(str(number), text):
            found[partition_of(key, partitions)].append((key, value))
    return found


def reduce_pairs(pairs):
    """What reduce_func makes of all values of each key."""
    groups = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    result = {}
    for key in sorted(groups):
        result |= reduce_func(key, groups[key])
    return result


def work_at(place):
    """Serve primaries at a place until one says that all is done."""
    listener = listenforconnection(*place)
    while True:
        try:
            connection = listener.getconnection()[2]
        except SocketWouldBlockError:
            sleep(0.02)
        else:
            if Conversation(connection).serve():
                return


if __name__ == "__main__":
    here = getmyip(), int(callargs[0]) if callargs else rendezvous.own_port()
    print("worker at", rendezvous.format_place(here))
    work_at(here)
