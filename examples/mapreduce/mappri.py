"""The primary of MapReduce: sends the data to workers, whoever of them lives, and writes what they make of it.

    mappri.py DATAFILE IP:PORT [IP:PORT ...]

Each line of DATAFILE is a record. Its lines go to the workers (mapred.py) in pieces; what they make of them is sorted
into as many partitions as there are workers, so that equal keys meet, and each partition goes to a worker again. The
result, `key<tab>value` in the keys' order, is in `result.txt`. A worker that says nothing for some seconds has failed:
its task goes to another, and it is tried again every now and then, for it may have been started anew. Prints the
scoreboard: what became of each task, and where.
"""

import rendezvous
import session
from wire import DEAD_AFTER, hear, say

LINES_OF_A_TASK = 5
TRY_AGAIN = 0.5  # seconds until a worker that has failed is tried again


class Board:
    """Which tasks there are, who does them, and what came of them."""

    def __init__(self, workers):
        self.is_over = False
        self._lock = createlock()
        self._waiting = []
        self._with_us = workers  # how many of them somebody here looks after
        self.results = {}
        self.total = 0

    def add(self, tasks):
        with self._lock:
            self._waiting.extend(tasks)
            self.total += len(tasks)

    def take(self):
        """A task that nobody does, or None."""
        with self._lock:
            return self._waiting.pop(0) if self._waiting else None

    def give_back(self, task):
        with self._lock:
            self._waiting.insert(0, task)

    def finish(self, task, result, worker):
        with self._lock:
            self.results[task[1]] = result
        print(task[0], task[1], "done by", worker)

    def wait(self):
        """Until all tasks so far are done."""
        while len(self.results) < self.total:
            sleep(0.02)

    def leave(self):
        with self._lock:
            self._with_us -= 1

    def end(self):
        """All is done: until the workers have been told."""
        self.is_over = True
        while self._with_us:
            sleep(0.02)


def run_worker(place, board):
    """Have one worker do one task after the other, and come back to it after it has failed."""
    try:
        while True:
            try:
                return work_with(place, board)
            except (session.SessionEOF, NetworkError, TimeoutError, ValueError) as why:
                print(rendezvous.format_place(place), "failed:", type(why).__name__)
                if board.is_over:
                    return None
                sleep(TRY_AGAIN)
    finally:
        board.leave()


def work_with(place, board):
    """Over one connection, until all is done and the worker has been told. Whatever fails, its task is given back."""
    connection = openconnection(*place, getmyip(), outgoing_port(place), DEAD_AFTER)
    task = None
    try:
        while not board.is_over:
            task = board.take()
            if task is None:
                sleep(0.02)
                continue
            say(connection, *task)
            board.finish(task, wait_for_result(connection), rendezvous.format_place(place))
            task = None
        say(connection, "end")
    finally:
        connection.close()
        if task is not None:
            board.give_back(task)


def wait_for_result(connection):
    """What a worker made of its task. Raises TimeoutError if it shows no sign of life."""
    heard = {"last": getruntime(), "over": False}

    def watch():  # reading waits, and only a closed connection ends that
        while not heard["over"]:
            if getruntime() - heard["last"] > DEAD_AFTER:
                connection.close()
                return
            sleep(0.1)

    createthread(watch)
    try:
        while True:
            match hear(connection):
                case ["alive"]:
                    heard["last"] = getruntime()
                case ["done", _task, result]:
                    return result
    finally:
        heard["over"] = True


def outgoing_port(place):
    """A port to connect from, another one for each time: not that at which a worker may be in this same vessel."""
    ports = sorted(getresources()[0]["connport"] - {place[1]})
    return ports[int(getruntime() * 1000) % len(ports)]


def map_reduce(lines, workers):
    """The result of all lines, a dict. Whoever of the workers lives takes part."""
    board = Board(len(workers))
    for place in workers:
        createthread(lambda place=place: run_worker(place, board))
    partitions = len(workers)
    numbered = list(enumerate(lines))
    pieces = [numbered[start : start + LINES_OF_A_TASK] for start in range(0, len(numbered), LINES_OF_A_TASK)]
    board.add([("map", f"m{number}", piece, partitions) for number, piece in enumerate(pieces)])
    board.wait()
    mapped = [board.results[f"m{number}"] for number in range(len(pieces))]
    board.add([("reduce", f"r{one}", [pair for piece in mapped for pair in piece[one]]) for one in range(partitions)])
    board.wait()
    board.end()
    result = {}
    for one in range(partitions):
        result |= board.results[f"r{one}"]
    return result


def write_result(result):
    with open("result.txt", "w") as file:
        file.writelines(f"{key}\t{result[key]}\n" for key in sorted(result))


if __name__ == "__main__":
    with open(callargs[0]) as file:
        data = file.read().splitlines()
    result = map_reduce(data, [rendezvous.parse_place(word) for word in callargs[1:]])
    write_result(result)
    print(len(result), "keys in result.txt")
