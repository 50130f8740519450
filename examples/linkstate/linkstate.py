"""Link-state routing: vessels tell all others of their links, each works out its routes, and packets find their way.

    seattle get 6
    seattle run --with examples/linkstate/links.txt examples/linkstate/linkstate.py 6

`links.txt` has the links: two numbers a line, those of vessels as they meet, and the first opens the connection. Each
vessel talks to its neighbours only, and floods what it knows: a packet that is news is passed on once, so no packet
runs in circles. Then each prints, as JSON, the map that it has, its costs and next hops, and how many flooded packets
came; and sends a test packet to each other vessel, which prints the way that it took.

    {"node": 0, "links": {"0": {"1": 1, "5": 1}, ...}, "cost": {"3": 3, ...}, "hop": {"3": 1, ...}, "flooded": 14}
    test packet from 0 to 3 came by 0 1 2 3, sent 1204.5, now 1210.2

Costs are hops; with the word `latency` after the number they are measured round trips, in milliseconds. `--name NAME`
is for several runs at the same time.
"""

import json
from contextlib import suppress

import rendezvous
import session
from routing import neighbours_of, parse_links, shortest_paths

QUIET = 5.0  # seconds without news, after which those who have not told their links are given up
PATIENCE = 30.0  # seconds for a neighbour to come
LINGER = 2.0  # seconds in which test packets of others still pass
ROUNDS = 3  # measurements of a link; the fastest counts


class Link:
    """A connection with a neighbour. One thread reads from it, and whoever wants to may send."""

    def __init__(self, neighbour, connection):
        self.neighbour = neighbour
        self.pongs = {}
        self._connection, self._turn = connection, createlock()

    def send(self, message):
        with self._turn, suppress(NetworkError):  # if the neighbour has ended, it needs no news
            session.send_message(self._connection, json.dumps(message))

    def read_on(self):
        # The neighbour ends some time; and what it says may be nonsense.
        with suppress(session.SessionEOF, NetworkError, ValueError, RecursionError):
            while True:
                handle(self, json.loads(session.receive_message(self._connection)))

    def measure(self):
        """Milliseconds of the fastest round trip."""
        best = None
        for number in range(ROUNDS):
            sent = getruntime()
            self.send(["ping", number])
            while number not in self.pongs:
                sleep(0.001)
            took = (self.pongs[number] - sent) * 1000
            best = took if best is None else min(best, took)
        return round(best, 3)


def handle(link, message):
    match message:
        case ["ping", number]:
            link.send(["pong", number])
        case ["pong", number]:
            link.pongs[number] = getruntime()
        case ["links", node, costs]:
            take_links(link, node, {int(other): cost for other, cost in costs.items()})
        case ["test", source, target, sent, way]:
            forward(source, target, sent, [*way, me])


def take_links(link, node, costs):
    """Somebody's links have come: if they are news, they go on to all neighbours but the one who told."""
    with lock:
        state["flooded"] += 1
        if node in links:
            return
        links[node] = costs
        state["news"] = getruntime()
    flood(node, costs, link)


def flood(node, costs, told_by):
    for other in list(open_links.values()):
        if other is not told_by:
            other.send(["links", node, costs])


def forward(source, target, sent, way):
    """Print a test packet that is for us; send any other to its next hop."""
    if target == me:
        print(f"test packet from {source} to {target} came by {' '.join(map(str, way))}, sent {sent}, now {now()}")
        return
    while state["routes"] is None:
        sleep(0.01)  # our own map is not whole yet
    if target in state["routes"]:
        open_links[state["routes"][target][1]].send(["test", source, target, sent, way])


def now():
    """Milliseconds since this program began: of two vessels' clocks, only sums of both ways mean anything."""
    return round(getruntime() * 1000, 1)


def add_link(neighbour, connection):
    link = Link(neighbour, connection)
    with lock:
        open_links[neighbour] = link
        known = list(links.items())
    for node, costs in known:  # what was flooded before this link was there
        link.send(["links", node, costs])
    createthread(link.read_on)


def accept(expected):
    """Take the connections of those neighbours who open theirs."""
    listener = listenforconnection(*company.place)
    while expected - open_links.keys():
        try:
            connection = listener.getconnection()[2]
        except SocketWouldBlockError:
            sleep(0.02)
        else:
            createthread(lambda connection=connection: greet(connection, expected))
    listener.close()


def greet(connection, expected):
    """The first message says which neighbour it is. Anybody else is of no interest."""
    with suppress(session.SessionEOF, NetworkError, ValueError, TypeError):
        neighbour = json.loads(session.receive_message(connection, 20))
        if neighbour in expected - open_links.keys():
            add_link(neighbour, connection)
            return
    connection.close()


def connect(neighbour):
    """Open a connection; the neighbour may not listen yet. Nobody can connect from a port where they listen."""
    ends = getruntime() + PATIENCE
    while True:
        try:
            connection = openconnection(*company.places[neighbour], company.place[0], outgoing_port(), 5.0)
        except (ConnectionRefusedError, TimeoutError):
            if getruntime() > ends:
                raise
            sleep(0.1)
        else:
            session.send_message(connection, json.dumps(me))
            add_link(neighbour, connection)
            return


def outgoing_port():
    """A port to connect from: not the one at which we listen."""
    return min(getresources()[0]["connport"] - {company.place[1]})


def connect_all():
    """Be linked with all neighbours."""
    opened_by_them = {first for first, second in pairs if second == me}
    createthread(lambda: accept(set(opened_by_them)))
    for first, second in pairs:
        if first == me:
            connect(second)
    while len(open_links) < len(neighbours_of(pairs, me)):
        sleep(0.01)


def learn_map():
    """Tell everybody of our links, and wait until all who are on the map have told theirs."""
    costs = {link.neighbour: link.measure() if by_latency else 1 for link in list(open_links.values())}
    with lock:
        links[me] = costs
        state["news"] = getruntime()
    flood(me, costs, None)
    while not is_whole() and getruntime() - state["news"] < QUIET:
        sleep(0.02)


def is_whole():
    with lock:
        return all(node in links for costs in links.values() for node in costs)


words = callargs
name = "linkstate"
if "--name" in words:
    name = words[words.index("--name") + 1]
by_latency = "latency" in words[1:]
company = rendezvous.meet(name, int(words[0]))
me = company.index
with open("links.txt") as file:
    pairs = parse_links(file.read())
lock = createlock()
links = {}  # node -> its neighbours, and what the link to each costs
open_links = {}  # neighbour -> Link
state = {"flooded": 0, "news": 0.0, "routes": None}

connect_all()
learn_map()
state["routes"] = routes = shortest_paths(links, me)
known = {
    "node": me,
    "links": {node: links[node] for node in sorted(links)},
    "cost": {node: cost for node, (cost, _hop) in sorted(routes.items())},
    "hop": {node: hop for node, (_cost, hop) in sorted(routes.items())},
    "flooded": state["flooded"],
}
print(json.dumps(known))
for target in sorted(routes):
    if target != me:
        open_links[routes[target][1]].send(["test", me, target, now(), [me]])
sleep(LINGER)
exitall()
