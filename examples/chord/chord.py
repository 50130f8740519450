"""A node of a Chord ring, which leaves it when its time is over.

    chord.py [SEEDIP SEEDPORT] MYIP MYPORT TIMEOUT

Without a seed it makes a new ring. Prints `in the ring as NUMBER`, and `left` in the end, TIMEOUT seconds later.
"""

from chordlib import ChordNode

*seed, my_ip, my_port, timeout = callargs
node = ChordNode(my_ip, int(my_port))
if seed:
    node.join((seed[0], int(seed[1])))
else:
    node.create()
print("in the ring as", node.number)
sleep(float(timeout))
node.leave()
print("left")
