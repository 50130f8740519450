"""The middle of a chat: whatever somebody says goes to everybody, with the name of who said it.

    seattle run examples/web/chat_server.py --on ONE_VESSEL

Prints `chat at IP:PORT`. It speaks lines over TCP: the first is one's name, of letters and digits; each further one
goes to all as `NAME: LINE`, also to whoever said it. Start chat_page.py for each user. An argument is the port, instead
of the vessel's own. Ends when it is stopped.
"""

import queue
import socketserver
import threading

import rendezvous

LONGEST_LINE = 1000  # bytes
LONGEST_NAME = 20  # characters
MOST_WAITING = 100  # lines for one user


class User:
    """Somebody's connection, and the lines that wait to go there: nobody has to wait for anybody else."""

    def __init__(self, connection):
        self._connection = connection
        self._heard = b""
        self._outbox = queue.Queue()

    def read_line(self):
        """The next line; None at the end, and for one that is too long."""
        while b"\n" not in self._heard:
            try:
                data = self._connection.recv(LONGEST_LINE)
            except OSError:
                return None
            if not data or len(self._heard) > LONGEST_LINE:
                return None
            self._heard += data
        line, _end, self._heard = self._heard.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")

    def tell(self, line):
        """Have a line wait for its turn. Whoever takes no more is cut off."""
        if self._outbox.qsize() < MOST_WAITING:
            self._outbox.put(line)
        else:
            self._connection.close()

    def write_on(self):
        """Send what waits, until `end`."""
        try:
            while (line := self._outbox.get()) is not None:
                self._connection.sendall(line.encode() + b"\n")
        except OSError:
            pass  # gone; so reading comes to its end, too

    def end(self):
        self._outbox.put(None)


class Chat:
    """Who is there."""

    def __init__(self):
        self._lock = threading.Lock()
        self._users = {}  # by name

    def enter(self, name, user):
        """Whether there was nobody of that name."""
        with self._lock:
            return self._users.setdefault(name, user) is user

    def leave(self, name):
        with self._lock:
            del self._users[name]

    def tell_all(self, line):
        with self._lock:
            for user in self._users.values():
                user.tell(line)


class Handler(socketserver.BaseRequestHandler):
    """One user, until they leave."""

    def handle(self):
        user = User(self.request)
        name = user.read_line()
        if not (name and name.isascii() and name.isalnum() and len(name) <= LONGEST_NAME):
            self.request.sendall(b"server: a name has letters and digits\n")
        elif not chat.enter(name, user):
            self.request.sendall(b"server: that name is taken\n")
        else:
            self.converse(name, user)

    def converse(self, name, user):
        threading.Thread(target=user.write_on).start()
        try:
            chat.tell_all(f"server: {name} is here")
            while (line := user.read_line()) is not None:
                chat.tell_all(f"{name}: {line}")
        finally:
            chat.leave(name)
            user.end()
            chat.tell_all(f"server: {name} has left")


chat = Chat()
place = (getmyip(), int(callargs[0]) if callargs else rendezvous.own_port())
print("chat at", rendezvous.format_place(place))
with socketserver.ThreadingTCPServer(place, Handler) as server:
    server.daemon_threads = True
    server.serve_forever()
