"""Whatever a system answers to a network call, a program sees one of the exceptions that are meant for it."""

import errno
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest

from seattle.repy.door import Refusal
from seattle.repy.monitor.network.host import HostNetwork
from seattle.repy.monitor.network.policy import NetworkPolicy
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Task
from seattle.repy.monitor.sockets import tcp_connections, udp
from seattle.repy.monitor.sockets.sockets import Sockets
from seattle.resources.meter import Meter

HERE, THERE, PORT = "127.0.0.1", "198.51.100.1", 34567

NETWORK = {
    Refusal.NETWORK, Refusal.ALREADY_LISTENING, Refusal.DUPLICATE_TUPLE, Refusal.CLEANUP, Refusal.INTERNET,
    Refusal.BINDING, Refusal.CONNECTION_REFUSED, Refusal.CLOSED_LOCAL, Refusal.CLOSED_REMOTE, Refusal.WOULD_BLOCK,
}  # fmt: skip
"""What may come of a system's refusal; besides these TIMEOUT, and POLICY where a firewall has spoken."""

ALL = sorted(errno.errorcode)
TELLING = {
    "bind_udp": {
        errno.EADDRINUSE: Refusal.CLEANUP,
        errno.EADDRNOTAVAIL: Refusal.BINDING,
        errno.EACCES: Refusal.BINDING,
    },
    "listen_tcp": {
        errno.EADDRINUSE: Refusal.CLEANUP,
        errno.EADDRNOTAVAIL: Refusal.BINDING,
        errno.EACCES: Refusal.BINDING,
    },
    "connect_tcp": {
        errno.EADDRINUSE: Refusal.CLEANUP,
        errno.EADDRNOTAVAIL: Refusal.CLEANUP,  # the address is this computer's, so it is the pair that can't be had
        errno.ECONNREFUSED: Refusal.CONNECTION_REFUSED,
        errno.ECONNABORTED: Refusal.CONNECTION_REFUSED,
        errno.ECONNRESET: Refusal.CONNECTION_REFUSED,
        errno.ENETDOWN: Refusal.INTERNET,
        errno.ENETUNREACH: Refusal.INTERNET,
        errno.EHOSTUNREACH: Refusal.INTERNET,
        errno.EHOSTDOWN: Refusal.INTERNET,
        errno.ETIMEDOUT: Refusal.TIMEOUT,
        errno.EINVAL: Refusal.BINDING,
        errno.EACCES: Refusal.POLICY,
        errno.EPERM: Refusal.POLICY,
    },
    "sendto": {
        errno.ENETDOWN: Refusal.INTERNET,
        errno.ENETUNREACH: Refusal.INTERNET,
        errno.EHOSTUNREACH: Refusal.INTERNET,
        errno.EINVAL: Refusal.BINDING,
        errno.EACCES: Refusal.POLICY,
        errno.EPERM: Refusal.POLICY,
        errno.EMSGSIZE: Refusal.NETWORK,
    },
    "recvfrom": {errno.EAGAIN: Refusal.WOULD_BLOCK, errno.ENETDOWN: Refusal.CLOSED_LOCAL},
    "accept": {
        errno.EAGAIN: Refusal.WOULD_BLOCK,
        errno.ECONNABORTED: Refusal.WOULD_BLOCK,
        errno.EPROTO: Refusal.WOULD_BLOCK,
        errno.EMFILE: Refusal.NETWORK,
    },
    "recv": {
        errno.EAGAIN: Refusal.WOULD_BLOCK,
        errno.ECONNRESET: Refusal.CLOSED_REMOTE,
        errno.ETIMEDOUT: Refusal.CLOSED_REMOTE,
        errno.EHOSTUNREACH: Refusal.CLOSED_LOCAL,
    },
    "send": {
        errno.EAGAIN: Refusal.WOULD_BLOCK,
        errno.EPIPE: Refusal.CLOSED_REMOTE,
        errno.ECONNRESET: Refusal.CLOSED_REMOTE,
        errno.ENOBUFS: Refusal.CLOSED_LOCAL,
    },
}
"""What the API has a name for."""


class Broken(socket.socket):
    """A socket, one of whose calls fails, if it has that call."""

    def __init__(self, sock: socket.socket, call: str, code: int) -> None:
        super().__init__(fileno=sock.detach())
        self.setblocking(False)

        def fail(*_: object) -> None:
            raise OSError(code, os.strerror(code))

        setattr(self, call, fail)


class BrokenNetwork(HostNetwork):
    """This computer's network, one of whose calls fails with `code`, or those of its sockets."""

    def __init__(self, call: str) -> None:
        super().__init__()
        self._call = call
        self.code = 0

    def bind_udp(self, *args: Any) -> Any:
        return self._maybe("bind_udp", args)

    def listen_tcp(self, *args: Any) -> Any:
        return self._maybe("listen_tcp", args)

    def connect_tcp(self, *args: Any) -> Any:
        return self._maybe("connect_tcp", args)

    def _maybe(self, call: str, args: Any) -> Any:
        if call == self._call:
            raise OSError(self.code, os.strerror(self.code))
        return Broken(getattr(HostNetwork, call)(self, *args), self._call, self.code)

    def has_listener(self, *_: object) -> bool:
        return False

    def has_connection(self, *_: object) -> bool:
        return False


@pytest.fixture
def answer(
    ports: Callable[[int], list[int]],
    limits: Callable[..., Any],
    finish: Callable[[Any], Any],
    monkeypatch: pytest.MonkeyPatch,
    no_descriptor_left: None,
) -> Callable[[str, int], Refusal | str]:
    """What a program is told when a call of the system fails with a code."""
    monkeypatch.setattr(tcp_connections, "RETRY_AFTER", 0.001)
    monkeypatch.setattr(udp, "SEND_PATIENCE", 0.0)
    own = ports(3)
    networks = {call: BrokenNetwork(call) for call in CALLS}

    def answer(broken: str, code: int) -> Refusal | str:
        meter = Meter(limits(messport=own, connport=own))
        policy = NetworkPolicy(messports=frozenset(own), connports=frozenset(own))
        handles = iter(range(1, 100))
        networks[broken].code = code
        sockets = Sockets(networks[broken], policy, meter, handles.__next__, note=lambda _text: None)
        try:
            finish(CALLS[broken](sockets, own))
        except RefusedError as why:
            return why.refusal
        finally:
            sockets.close_all()
            assert (meter.insockets.held, meter.outsockets.held) == (0, 0)
        return "done"

    return answer


def _of_a_connection(sockets: Sockets, own: list[int], call: Callable[[int], Any]) -> Task:
    yield from sockets.listen_for_connection(HERE, own[0])
    opened = yield from sockets.open_connection(HERE, own[0], HERE, own[1], 5)
    return call(opened)


def _of_a_listener(sockets: Sockets, own: list[int]) -> Task:
    listener = yield from sockets.listen_for_connection(HERE, own[0])
    return (yield from sockets.get_connection(listener))


def _of_a_udp_listener(sockets: Sockets, own: list[int]) -> Task:
    listener = yield from sockets.listen_for_message(HERE, own[0])
    return (yield from sockets.get_message(listener))


CALLS: dict[str, Callable[[Sockets, list[int]], Any]] = {
    "bind_udp": lambda sockets, own: sockets.listen_for_message(HERE, own[0]),
    "listen_tcp": lambda sockets, own: sockets.listen_for_connection(HERE, own[0]),
    "connect_tcp": lambda sockets, own: sockets.open_connection(THERE, 80, HERE, own[0], 0.002),
    "sendto": lambda sockets, own: sockets.send_message(THERE, 80, b"x", HERE, own[0]),
    "recvfrom": _of_a_udp_listener,
    "accept": _of_a_listener,
    "recv": lambda sockets, own: _of_a_connection(sockets, own, lambda handle: sockets.receive(handle, 1)),
    "send": lambda sockets, own: _of_a_connection(sockets, own, lambda handle: sockets.send(handle, b"x")),
}


@pytest.mark.parametrize("call", CALLS)
def test_given_any_error_of_the_system_when_a_call_meets_it_then_the_program_sees_an_exception_of_the_network(
    answer: Callable[[str, int], Refusal | str], call: str
) -> None:
    possible = NETWORK | {Refusal.TIMEOUT, Refusal.POLICY} if call in ("connect_tcp", "sendto") else NETWORK
    answers = {code: answer(call, code) for code in ALL}
    strange = {errno.errorcode[code]: told for code, told in answers.items() if told not in possible}
    assert not strange
    assert {code: answers[code] for code in TELLING[call]} == TELLING[call]


def test_given_a_used_port_when_a_message_is_sent_from_it_then_it_is_a_duplicate(
    answer: Callable[[str, int], Refusal | str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CALLS, "bind_udp", lambda sockets, own: sockets.send_message(HERE, own[1], b"x", HERE, own[0]))
    assert answer("bind_udp", errno.EADDRINUSE) is Refusal.DUPLICATE_TUPLE
    assert answer("bind_udp", errno.EADDRNOTAVAIL) is Refusal.BINDING
