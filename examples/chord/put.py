"""Store a pair in a Chord ring, by way of any of its nodes: put.py IP PORT KEY VALUE."""

from chordlib import ChordError, ask

ip, port, key, value = callargs
try:
    ask((ip, int(port)), "put", key, value)
    print("stored")
except ChordError as why:
    print("error:", why)
