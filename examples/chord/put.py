"""Store a pair in a Chord ring, by way of any of its nodes: put.py IP PORT KEY VALUE."""

from udp_rpc import CallError, ask

ip, port, key, value = callargs
try:
    ask((ip, int(port)), "put", key, value)
    print("stored")
except CallError as why:
    print("error:", why)
