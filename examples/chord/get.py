"""Print the value of a key in a Chord ring, by way of any of its nodes: get.py IP PORT KEY."""

from udp_rpc import CallError, ask

ip, port, key = callargs
try:
    print(ask((ip, int(port)), "get", key))
except CallError as why:
    print("error: no value:", why)
