"""The middle of a chat: whatever somebody says goes to everybody, with the name of who said it.

    seattle run examples/web/chat_server.py --on ONE_VESSEL

Prints `chat at IP:PORT`. It speaks lines over TCP: the first is one's name, of letters and digits; each further one
goes to all as `NAME: LINE`, also to whoever said it. Start chat_page.py for each user. An argument is the port, instead
of the vessel's own. Ends when it is stopped.
"""

import socketserver
import threading

import rendezvous

LONGEST_LINE = 1000  # bytes
LONGEST_NAME = 20  # characters
SLOWEST = 2.0  # seconds for which nobody may hold up all others


class Chat:
    """Who is there."""

    def __init__(self):
        self._lock = threading.Lock()
        self._users = {}  # socket -> name

    def enter(self, user, name):
        with self._lock:
            if name in self._users.values():
                return False
            self._users[user] = name
            return True

    def leave(self, user):
        with self._lock:
            self._users.pop(user, None)

    def tell_all(self, line):
        """Whoever takes no more is dropped."""
        with self._lock:
            for user in list(self._users):
                try:
                    user.sendall(line.encode() + b"\n")
                except OSError:
                    del self._users[user]


class Handler(socketserver.StreamRequestHandler):
    """One user, until they leave."""

    def handle(self):
        name = self.read_line()
        if not (name and name.isascii() and name.isalnum() and len(name) <= LONGEST_NAME):
            self.wfile.write(b"server: a name has letters and digits\n")
        elif not chat.enter(self.request, name):
            self.wfile.write(b"server: that name is taken\n")
        else:
            try:
                chat.tell_all(f"server: {name} is here")
                while (line := self.read_line()) is not None:
                    chat.tell_all(f"{name}: {line}")
            finally:
                chat.leave(self.request)
                chat.tell_all(f"server: {name} has left")

    def read_line(self):
        """None at the end."""
        try:
            line = self.rfile.readline(LONGEST_LINE)
        except OSError:
            return None
        return line.decode("utf-8", "replace").rstrip("\r\n") if line.endswith(b"\n") else None


chat = Chat()
place = (getmyip(), int(callargs[0]) if callargs else rendezvous.own_port())
print("chat at", rendezvous.format_place(place))
with socketserver.ThreadingTCPServer(place, Handler) as server:
    server.daemon_threads = True
    server.serve_forever()
