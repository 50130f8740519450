"""Chord: a distributed hash table on a ring, over UDP.

Nodes and keys have numbers of 32 bits on a ring; a key is kept by its successor, the first node at or after it. Each
node knows its predecessor, its next few successors (so that the ring closes when some fail), and fingers: the
successors of the points half the ring ahead, a quarter, an eighth ..., so that a look-up takes few steps.

    node = ChordNode(ip, port)
    node.create()                     # a new ring; or
    node.join((seed_ip, seed_port))   # a place in one that is there
    node.put("key", "value")          # pairs do not change: another value under the same key is refused
    node.get("key")                   # a KeyError if there is none
    node.dump()                       # what it knows and keeps
    node.leave()                      # hands its keys on, and tells its neighbours

A key is with one node, and with two at most while the ring changes: what a node is handed, it has before the other
one forgets it. A look-up that falls into that moment is made again.
"""

from contextlib import suppress

from identifiers import BITS, RING, as_place, is_between, number_of, number_of_node
from udp_rpc import PATIENCE, CallError, UdpRpc

SUCCESSORS = 3  # that a node knows
MAINTENANCE = 0.25  # seconds between two rounds of it
LONGEST_WAY = 64  # steps of a look-up
LONGEST_SEARCH = 10.0  # seconds for which a look-up that fails is made again: the ring may be changing
MISSING = 1.5  # seconds after which a pair that is not where it should be is not there at all
FINGERS_AT_ONCE = 16  # that are looked up in one round of maintenance; most of them need no question


class ChordNode:
    """A node of the ring, at an (IP, port) of ours."""

    def __init__(self, ip, port):
        self.place = (ip, port)
        self.number = number_of_node(self.place)
        self.predecessor = None  # a place
        self.successors = [self.place]
        self.fingers = [self.place] * BITS
        self.pairs = {}
        self._lock = createlock()  # of the pairs
        self._handing = createlock()  # one change of hands at a time
        self._next_finger = 0
        self._left = False
        self._rpc = UdpRpc(self.place, self._answer)

    def create(self):
        """Be the first node of a new ring."""
        createthread(self._maintain)

    def join(self, seed):
        """Find one's place in the ring of which `seed` is a node. Raises CallError if it does not answer."""
        successor = as_place(self._rpc.ask(seed, "find_successor", self.number))
        if successor == self.place:
            raise CallError("the ring has us already: wait until it has noticed that we were away")
        self.successors = [successor]
        self.fingers = [successor] * BITS
        self.stabilize()
        createthread(self._maintain)

    def leave(self):
        """Hand all pairs to the successor, tell both neighbours, and stop. Raises CallError if nobody takes them."""
        self._left = True  # from now on look-ups pass us by, and pairs are not taken
        with self._handing:
            for successor in [one for one in self.successors if one != self.place]:
                with suppress(CallError):
                    self._hand_over(dict(self.pairs), successor)
                    self._rpc.ask(successor, "predecessor_leaves", self.place, self.predecessor)
                    break
            else:
                if self.pairs and self.successors != [self.place]:
                    raise CallError("nobody takes our pairs")
        if self.predecessor not in (None, self.place):
            with suppress(CallError):
                self._rpc.ask(self.predecessor, "successor_leaves", self.place, self.successors)
        sleep(2 * PATIENCE)  # late questions are still answered: that we have left
        self._rpc.close()

    def put(self, key, value):
        """Store a pair. Raises CallError if the key has another value."""
        self._again(lambda: self._call(self.find_successor(number_of(key)), "store", key, value))

    def get(self, key):
        """The value of a key. Raises KeyError if nobody has one."""
        ends = getruntime() + MISSING
        while True:
            found, value = self._again(lambda: self._call(self.find_successor(number_of(key)), "fetch", key))
            if found:
                return value
            if getruntime() > ends:
                raise KeyError(key)
            sleep(MAINTENANCE)

    def dump(self):
        """What this node knows and keeps, as JSON has it."""
        with self._lock:
            pairs = dict(self.pairs)
        return {
            "place": self.place,
            "number": self.number,
            "predecessor": self.predecessor,
            "successors": self.successors,
            "fingers": self.fingers,
            "pairs": pairs,
        }

    def ask(self, place, method, *arguments):
        """Ask any node. Raises CallError."""
        return self._call(place, method, *arguments)

    def find_successor(self, number):
        """The node that is responsible for a number: asks one node after the other, each closer than the one before."""
        place, been = self.place, set()
        for _ in range(LONGEST_WAY):
            try:
                done, following = self._call(place, "step", number, list(been))
            except CallError:
                if place == self.place:
                    raise
                been.add(place)
                place = self.place  # by another way
                continue
            if done:
                return as_place(following)
            place = as_place(following)
        raise CallError("the way on the ring has no end")

    def step(self, number, avoid):
        """(True, the successor of a number) if we know it; (False, a node that is closer)."""
        self._expect_here()
        avoided = {as_place(place) for place in avoid}
        living = [one for one in self.successors if one not in avoided] or [self.place]
        if is_between(number, self.number, number_of_node(living[0])):
            return True, living[0]
        for place in [*reversed(self.fingers), *reversed(living)]:
            other = number_of_node(place)
            if place not in avoided and other != self.number and is_between(other, self.number, (number - 1) % RING):
                return False, place
        return False, living[0]

    def stabilize(self):
        """See whether somebody has come between us and our successor, and tell the successor of us."""
        for successor in self.successors:
            with suppress(CallError):  # it has gone: the next one takes its place
                self._follow(successor)
                return
        self.successors = [self.predecessor or self.place]

    def _follow(self, successor):
        """Have this successor, or the node that has come in between. Raises CallError if it does not answer."""
        predecessor, following = self._call(successor, "neighbours")
        between = as_place(predecessor) if predecessor else self.place
        closer = is_between(number_of_node(between), self.number, number_of_node(successor))
        if closer and between not in (self.place, successor) and self._lives(between):
            successor, following = between, [successor, *following]
        self.successors = self._list_of(successor, map(as_place, following))
        self._call(successor, "notify", self.place)

    def notify(self, place):
        """Somebody believes to be our predecessor. If so, they are handed what is theirs in the next round."""
        self._expect_here()
        known = self.predecessor
        if known == place or place == self.place:
            return
        newer = known is None or is_between(number_of_node(place), number_of_node(known), self.number)
        if newer or not self._lives(known):
            self.predecessor = place
            if self.successors == [self.place]:
                self.successors = [place]

    def fix_fingers(self):
        """Look some of the fingers up anew, the next ones each time."""
        for _ in range(FINGERS_AT_ONCE):
            self._next_finger = (self._next_finger + 1) % BITS
            with suppress(CallError):
                point = (self.number + 2**self._next_finger) % RING
                self.fingers[self._next_finger] = self.find_successor(point)

    def store(self, key, value):
        """Take a pair, if its place is here."""
        self._expect_here()
        if self.predecessor and not is_between(number_of(key), number_of_node(self.predecessor), self.number):
            raise CallError("this key is not ours any more")
        self._keep({key: value})

    def _keep(self, pairs):
        with self._lock:
            for key, value in pairs.items():
                if self.pairs.setdefault(key, value) != value:
                    raise CallError(f"the key {key!r} has another value, and pairs do not change")

    def fetch(self, key):
        with self._lock:
            return key in self.pairs, self.pairs.get(key)

    def _answer(self, method, arguments):
        """What another node asks of us. A method that is not here is nobody's business."""
        match method, arguments:
            case "find_successor", [int(number)]:
                return self.find_successor(number)
            case "step", [int(number), list(avoid)]:
                return self.step(number, avoid)
            case "neighbours", []:
                self._expect_here()
                return self.predecessor, self.successors
            case "notify", [place]:
                return self.notify(as_place(place))
            case "store", [str(key), str(value)]:
                return self.store(key, value)
            case "fetch", [str(key)]:
                return self.fetch(key)
            case "take", [dict(pairs)]:
                self._expect_here()
                return self._keep(pairs)
            case "predecessor_leaves", [place, following]:
                if self.predecessor == as_place(place):
                    self.predecessor = following and as_place(following)
            case "successor_leaves", [place, successors]:
                gone = as_place(place)
                others = [one for one in self.successors if one != gone] + list(map(as_place, successors))
                self.successors = [one for one in others if one != gone][:SUCCESSORS] or [self.place]
                self.fingers = [self.successors[0] if one == gone else one for one in self.fingers]
            case "put", [str(key), str(value)]:
                return self.put(key, value)
            case "get", [str(key)]:
                return self.get(key)
            case "dump", []:
                return self.dump()
            case _:
                raise CallError(f"there is no {method!r} with such arguments")
        return None

    def _maintain(self):
        while not self._left:
            with suppress(CallError):
                self.stabilize()
            self.fix_fingers()
            if self.predecessor is not None and not self._lives(self.predecessor):
                self.predecessor = None
            self._hand_over_what_is_not_ours()
            sleep(MAINTENANCE)

    def _hand_over_what_is_not_ours(self):
        with self._handing, suppress(CallError):
            predecessor = self.predecessor
            if self._left or predecessor is None:
                return
            after = number_of_node(predecessor)
            with self._lock:
                theirs = {
                    key: value
                    for key, value in self.pairs.items()
                    if not is_between(number_of(key), after, self.number)
                }
            self._hand_over(theirs, predecessor)

    def _hand_over(self, pairs, place):
        """Some at a time: a datagram is not long. We forget what the other one has."""
        keys = list(pairs)
        for start in range(0, len(keys), 20):
            some = {key: pairs[key] for key in keys[start : start + 20]}
            self._rpc.ask(place, "take", some)
            with self._lock:
                for key in some:
                    self.pairs.pop(key, None)

    def _again(self, work):
        """The ring may change under a look-up: then it is made again."""
        ends = getruntime() + LONGEST_SEARCH
        while True:
            try:
                return work()
            except CallError as why:
                if getruntime() > ends or "do not change" in str(why):
                    raise
                sleep(MAINTENANCE)

    def _call(self, place, method, *arguments):
        return (
            self._answer(method, list(arguments)) if place == self.place else self._rpc.ask(place, method, *arguments)
        )

    def _lives(self, place):
        try:
            self._call(place, "neighbours")
        except CallError:
            return False
        return True

    def _list_of(self, first, following):
        """Our successors: the first, and those that it has, up to ourselves."""
        found = [first]
        for place in following:
            if place == self.place:
                break
            if place not in found:
                found.append(place)
        return found[:SUCCESSORS]

    def _expect_here(self):
        if self._left:
            raise CallError("this node has left the ring")
