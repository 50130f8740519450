"""What the tests of the network API have in common: the head of their programs, and how these are run."""

from collections.abc import Callable
from typing import Any

Check = Callable[..., str]  # see conftest.py, as for the next
Ports = Callable[[int], list[int]]

# Names that all programs begin with. `wait` polls as programs of this API have to.
_HEAD = """
ports = [int(word) for word in callargs]
v4 = "127.0.0.1"
def wait(call, *args):
    deadline = getruntime() + 20
    while getruntime() < deadline:
        try:
            return call(*args)
        except SocketWouldBlockError:
            sleep(0.002)
    raise TimeoutError("nothing came")
def refused(call, *args):
    try:
        return call(*args)
    except RepyException as why:
        return str(type(why)).split("'")[1].split(".")[-1]
def meet(server_port, client_port):
    server = listenforconnection(here, server_port)
    client = openconnection(here, server_port, here, client_port, 5)
    return server, wait(server.getconnection), client
def pair(server_port, client_port):
    server, (_ip, _port, there), client = meet(server_port, client_port)
    return server, there, client
def held():
    return getresources()[1]["outsockets"]
"""
V4 = f'{_HEAD}here = "127.0.0.1"\n'
V6 = f'{_HEAD}here = "::1"\n'


def with_four_ports(check: Check, ports: Ports, head: str, **usual: Any) -> Callable[..., str]:
    """Runs a program that has four ports, after `head`; `usual` and further limits by name. What it wrote."""

    def network(program: str, **limits: Any) -> str:
        own = ports(4)
        return check(head + program, *own, limits={"messport": own, "connport": own, **usual, **limits})

    return network
