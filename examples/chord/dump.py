"""Print what all nodes of a Chord ring know, as JSON, a line for each; then what is wrong with the ring, if anything.

The nodes are those in the file `nodes.conf`, IP:PORT on each line.
"""

import json

import rendezvous
from checking import faults_of
from udp_rpc import CallError, ask

with open("nodes.conf") as file:
    places = [place for place in map(rendezvous.parse_place, file.read().split()) if place]
dumps = []
for place in places:
    try:
        dumps.append(ask(place, "dump"))
        print(json.dumps(dumps[-1]))
    except CallError as why:
        print("error:", why)
faults = faults_of(dumps)
print("\n".join(faults) if faults else f"the ring of {len(dumps)} nodes is as it should be")
