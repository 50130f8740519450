"""Servers that hand each request to a handler of its own, as Python's `socketserver` does.

A server has a socket and a handler class; `serve_forever` waits for requests and makes a handler for each. With
`ThreadingMixIn` each runs in a thread of its own. How many there can be at a time is the vessel's `events`: a request
that gets no thread is hung up on, and the server goes on.

Missing: `ForkingMixIn` and its servers (a vessel is one process), `UnixStreamServer` and its kin (there are no Unix
sockets). What `handle_error` tells goes to the log, and `allow_reuse_port` has no effect.
"""

import io
import select
import socket
import threading

_BREATHER = 0.05  # seconds until the next try after a connection that could not be accepted


class BaseServer:
    """What all servers have in common. `server_address` is `(ip, port)`.

    Attributes that a class may set: `timeout`, seconds that `handle_request` waits, None for ever.
    """

    timeout = None

    def __init__(self, server_address, RequestHandlerClass):
        self.server_address = server_address
        self.RequestHandlerClass = RequestHandlerClass
        self._is_shut_down = threading.Event()
        self._is_shut_down.set()
        self._shutdown_wanted = False

    def server_activate(self):
        """Called when the server is made; for classes to extend."""

    def serve_forever(self, poll_interval=0.5):
        """Serve until `shutdown` is called from another thread, which is looked for every `poll_interval` seconds."""
        self._is_shut_down.clear()
        try:
            while not self._shutdown_wanted:
                ready = self._is_ready(poll_interval)
                if self._shutdown_wanted:
                    break
                if ready:
                    self._handle_request_noblock()
                self.service_actions()
        finally:
            self._shutdown_wanted = False
            self._is_shut_down.set()

    def shutdown(self):
        """Have `serve_forever` return, and wait until it has. It must run in another thread."""
        self._shutdown_wanted = True
        self._is_shut_down.wait()

    def service_actions(self):
        """Called by `serve_forever` after each round; for classes to extend."""

    def handle_request(self):
        """Serve one request; call `handle_timeout` if none comes in time."""
        patience = [seconds for seconds in (self.socket.gettimeout(), self.timeout) if seconds is not None]
        if self._is_ready(min(patience, default=None)):
            self._handle_request_noblock()
        else:
            self.handle_timeout()

    def _is_ready(self, seconds):
        return bool(select.select([self.socket], [], [], seconds)[0])

    def _handle_request_noblock(self):
        try:
            request, client_address = self.get_request()
        except OSError:
            sleep(_BREATHER)  # such as when all sockets are taken: it will take a while until that changes
            return
        if not self.verify_request(request, client_address):
            self.shutdown_request(request)
            return
        try:
            self.process_request(request, client_address)
        except Exception:
            self.handle_error(request, client_address)
            self.shutdown_request(request)
        except BaseException:
            self.shutdown_request(request)
            raise

    def handle_timeout(self):
        """Called when no request came in time; for classes to extend."""

    def verify_request(self, request, client_address):
        """Whether to serve this request; for classes to extend."""
        return True

    def process_request(self, request, client_address):
        """Serve one request, from its handler's making to its end."""
        self.finish_request(request, client_address)
        self.shutdown_request(request)

    def finish_request(self, request, client_address):
        """Make the handler, which does the work."""
        self.RequestHandlerClass(request, client_address, self)

    def shutdown_request(self, request):
        """End a request orderly."""
        self.close_request(request)

    def close_request(self, request):
        """Give back what a request holds; for classes to extend."""

    def server_close(self):
        """Give back what the server holds; for classes to extend."""

    def handle_error(self, request, client_address):
        """Called in the `except` of what a handler raised: tells the log."""
        line = "-" * 40
        report = getlasterror()
        log(f"{line}\nException occurred during processing of request from {client_address}\n{report}\n{line}\n")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.server_close()


class TCPServer(BaseServer):
    """A server of TCP connections; a request is a connected socket.

    Port 0 takes one of the vessel's ports. Raises OSError when the address can't be had.
    """

    address_family = socket.AF_INET
    socket_type = socket.SOCK_STREAM
    request_queue_size = 5
    allow_reuse_address = False
    allow_reuse_port = False

    def __init__(self, server_address, RequestHandlerClass, bind_and_activate=True):
        BaseServer.__init__(self, server_address, RequestHandlerClass)
        self.socket = socket.socket(self.address_family, self.socket_type)
        if bind_and_activate:
            try:
                self.server_bind()
                self.server_activate()
            except BaseException:
                self.server_close()
                raise

    def server_bind(self):
        """Take the address; `server_address` says afterwards which it is."""
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def server_activate(self):
        """Start to listen."""
        self.socket.listen(self.request_queue_size)

    def server_close(self):
        """Close the socket."""
        self.socket.close()

    def fileno(self):
        """The number of the server's socket, as `select` takes it."""
        return self.socket.fileno()

    def get_request(self):
        """`(request, client_address)` of the next one. Raises OSError."""
        return self.socket.accept()

    def shutdown_request(self, request):
        """Say that no more will come, and close."""
        try:
            request.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side is gone already
        self.close_request(request)

    def close_request(self, request):
        """Close the connection."""
        request.close()


class UDPServer(TCPServer):
    """A server of datagrams; a request is `(data, socket)`."""

    socket_type = socket.SOCK_DGRAM
    max_packet_size = 8192

    def get_request(self):
        """The next datagram, as `((data, socket), client_address)`. Raises OSError."""
        data, client_address = self.socket.recvfrom(self.max_packet_size)
        return (data, self.socket), client_address

    def server_activate(self):
        """Nothing: datagrams need no listening."""

    def shutdown_request(self, request):
        """Nothing: a datagram is no connection."""

    def close_request(self, request):
        """Nothing: a datagram is no connection."""


class ThreadingMixIn:
    """Serve each request in a thread of its own: `class Server(ThreadingMixIn, TCPServer)`.

    Attributes that a class may set: `daemon_threads`, whether threads may be left behind when the program ends;
    `block_on_close`, whether `server_close` waits for those that are no daemons.
    """

    daemon_threads = False
    block_on_close = True
    _threads = ()

    def process_request_thread(self, request, client_address):
        """What the thread does."""
        try:
            self.finish_request(request, client_address)
        except Exception:
            self.handle_error(request, client_address)
        finally:
            self.shutdown_request(request)

    def process_request(self, request, client_address):
        """Start the thread. Raises what starting one raises when there can't be more."""
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), daemon=self.daemon_threads
        )
        thread.start()
        if self.block_on_close and not self.daemon_threads:
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]

    def server_close(self):
        """Close the server, and wait for its threads."""
        super().server_close()
        threads, self._threads = self._threads, ()
        for thread in threads:
            thread.join()


class ThreadingTCPServer(ThreadingMixIn, TCPServer):
    """A TCP server with a thread for each connection."""


class ThreadingUDPServer(ThreadingMixIn, UDPServer):
    """A UDP server with a thread for each datagram."""


class BaseRequestHandler:
    """Serves one request: `setup`, `handle` and `finish` are called in this order when one is made.

    They find `request`, `client_address` and `server`.
    """

    def __init__(self, request, client_address, server):
        self.request = request
        self.client_address = client_address
        self.server = server
        self.setup()
        try:
            self.handle()
        finally:
            self.finish()

    def setup(self):
        """Called before `handle`; for classes to extend."""

    def handle(self):
        """Do the work; for classes to define."""

    def finish(self):
        """Called after `handle`, whatever that raised; for classes to extend."""


class StreamRequestHandler(BaseRequestHandler):
    """Serves a connection, with `rfile` to read from it and `wfile` to write to it.

    Attributes that a class may set: `timeout`, seconds that a read or write waits, None for ever; `rbufsize`;
    `wbufsize`, 0 for writes that leave at once; `disable_nagle_algorithm`.
    """

    rbufsize = -1
    wbufsize = 0
    timeout = None
    disable_nagle_algorithm = False

    def setup(self):
        """Make the files."""
        self.connection = self.request
        if self.timeout is not None:
            self.connection.settimeout(self.timeout)
        if self.disable_nagle_algorithm:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = (
            _SocketWriter(self.connection) if self.wbufsize == 0 else self.connection.makefile("wb", self.wbufsize)
        )

    def finish(self):
        """Send what is left, and close the files."""
        if not self.wfile.closed:
            try:
                self.wfile.flush()
            except OSError:
                pass  # the other side is gone
        self.wfile.close()
        self.rfile.close()


class DatagramRequestHandler(BaseRequestHandler):
    """Serves a datagram: `rfile` has it, and what `wfile` has in the end is the answer."""

    def setup(self):
        """Make the files."""
        self.packet, self.socket = self.request
        self.rfile = io.BytesIO(self.packet)
        self.wfile = io.BytesIO()

    def finish(self):
        """Send the answer."""
        self.socket.sendto(self.wfile.getvalue(), self.client_address)


class _SocketWriter:
    """Writes that leave at once, each as a whole."""

    closed = False

    def __init__(self, connection):
        self._connection = connection

    def writable(self):
        return True

    def write(self, data):
        self._connection.sendall(data)
        return len(data)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def close(self):
        self.closed = True
