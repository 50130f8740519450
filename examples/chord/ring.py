"""A Chord ring on some vessels: it grows, is filled, loses a node under load, and is looked at in the end.

    seattle get 6
    seattle run examples/chord/ring.py 6

The first vessel makes the ring, the others join it. All put pairs into it. Then the last one leaves, while all others
go on to look pairs up: none of them may be missing, not even for a moment. In the end the first vessel asks all nodes
what they know, and checks it: `400 look-ups found what they should, 0 did not`, and `the ring of 5 nodes is as it
should be, with 60 pairs`. `--name NAME` is for several runs at the same time.
"""

import json

import rendezvous
from checking import faults_of
from chordlib import ChordNode
from udp_rpc import CallError

PAIRS = 10  # that each vessel puts
SETTLING = 20.0  # seconds in which the ring has to become as it should be
LOAD = 2.0  # seconds of look-ups

words = callargs
name = words[words.index("--name") + 1] if "--name" in words else "chord"
count = int(words[0])
company = rendezvous.meet(name, count)
me, places = company.index, company.places
node = ChordNode(*company.place)


def dumps_of(members):
    return [json.loads(json.dumps(node.dump())), *(node.ask(place, "dump") for place in members if place != node.place)]


def wait_for_ring(members):
    """Until the ring of these nodes is as it should be; what is wrong with it when time is over."""
    ends = getruntime() + SETTLING
    while True:
        try:
            faults = faults_of(dumps_of(members))
        except CallError as why:
            faults = [str(why)]
        if not faults or getruntime() > ends:
            return faults
        sleep(0.2)


def all_pairs():
    return {
        f"key {vessel}-{number}": f"value {vessel * PAIRS + number}"
        for vessel in range(count)
        for number in range(PAIRS)
    }


def look_up(pairs, seconds):
    """Look pairs up for a while; how many were found, and how many not."""
    found = missing = 0
    ends = getruntime() + seconds
    while getruntime() < ends:
        for key, value in pairs.items():
            try:
                right = node.get(key) == value
            except (KeyError, CallError):
                right = False
            found, missing = found + right, missing + (not right)
            if getruntime() > ends:
                break
    return found, missing


if me == 0:
    node.create()
else:
    sleep(0.3 * me)  # all at once would do as well, and take longer to settle
    node.join(places[0])
for number in range(PAIRS):
    node.put(f"key {me}-{number}", f"value {me * PAIRS + number}")
faults = wait_for_ring(places)
print("in the ring as", node.number, "and it is", faults or "as it should be")
ready = {key for key in all_pairs() if node.get(key)}  # all have put theirs, or this waits
if me == count - 1:
    sleep(LOAD / 3)
    node.leave()
    print("left")
else:
    found, missing = look_up(all_pairs(), LOAD)
    print(f"{found} look-ups found what they should, {missing} did not")
    rest = places[:-1]
    faults = wait_for_ring(rest)
    if me == 0:
        kept = sum(len(dump["pairs"]) for dump in dumps_of(rest))
        print(faults or f"the ring of {len(rest)} nodes is as it should be, with {kept} pairs")
    sleep(1.5)  # for those who are not done yet
exitall()
