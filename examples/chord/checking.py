"""Whether a ring is as it should be, told from what its nodes say of themselves. No network: it can be tried alone."""

from identifiers import BITS, RING, as_place, number_of, number_of_node


def faults_of(dumps):
    """What is wrong with a ring whose nodes dump this; empty if nothing is."""
    ring = sorted((as_place(dump["place"]) for dump in dumps), key=number_of_node)
    by_place = {as_place(dump["place"]): dump for dump in dumps}
    faults = []
    for position, place in enumerate(ring):
        dump = by_place[place]
        after, before = ring[(position + 1) % len(ring)], ring[position - 1]
        told = f"{place[0]}:{place[1]}"
        if as_place(dump["successors"][0]) != after:
            faults.append(f"{told}: its successor is not the next node")
        if len(ring) > 1 and (dump["predecessor"] is None or as_place(dump["predecessor"]) != before):
            faults.append(f"{told}: its predecessor is not the node before")
        for finger, other in enumerate(dump["fingers"]):
            if as_place(other) != successor_of((dump["number"] + 2**finger) % RING, ring):
                faults.append(f"{told}: finger {finger} of {BITS} is wrong")
    for key in sorted({key for dump in dumps for key in dump["pairs"]}):
        holders = [as_place(dump["place"]) for dump in dumps if key in dump["pairs"]]
        if holders != [successor_of(number_of(key), ring)]:
            faults.append(f"the key {key!r} is not with its successor alone")
    return faults


def successor_of(number, ring):
    """The first node at or after a number, of a sorted ring."""
    return next((place for place in ring if number_of_node(place) >= number), ring[0])
