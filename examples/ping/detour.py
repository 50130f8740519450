"""All-pairs ping, with detours: finds two vessels that reach each other better through a third.

Every vessel pings every other over UDP, tells all others what it measured, and works out for each of them whether the
way through one third vessel is shorter than the direct one - or is there at all where the direct one is not. Then it
proves it: a ping really takes that way, and its time is printed.

    seattle get 4
    seattle run examples/ping/detour.py 4

On a computer of one's own all ways are short and none is broken, so a program may pretend: `--cut 0-1` drops whatever
goes between the first and the second vessel, `--slow 0-2=80` has it wait for 80 ms, each way.

    seattle run examples/ping/detour.py 4 -- --cut 0-1 --slow 2-3=80

Each vessel prints a line for every other: `0 -> 1: cut, detour through 2: 1.3 ms`, `0 -> 2: 0.6 ms`, or
`2 -> 3: 160.9 ms, detour through 0: 1.4 ms`. The word `--name NAME` is for several runs at the same time.
"""

import json
from contextlib import suppress

import rendezvous

ROUNDS = 5  # pings to each vessel; the fastest counts
PATIENCE = 1.0  # seconds that an answer may take
LOOK_AGAIN = 0.002  # seconds between two looks at a socket that has nothing yet
WORTH_IT = 0.8  # a detour has to be that much shorter, or it is noise
SHARING = 5.0  # seconds to hear what the others have measured
LINGER = 1.5  # seconds for which a vessel goes on to serve others when it is done


def parse_words(words):
    """The count of vessels, the name of the run, the pairs that are cut, and those that are slow, with seconds."""
    count, name, cuts, delays = int(words[0]), "detour", set(), {}
    for option, value in zip(words[1::2], words[2::2], strict=True):
        if option == "--cut":
            cuts.add(frozenset(map(int, value.split("-"))))
        elif option == "--slow":
            pair, milliseconds = value.split("=")
            delays[frozenset(map(int, pair.split("-")))] = float(milliseconds) / 1000
        elif option == "--name":
            name = value
        else:
            raise ValueError(f"{option} is none of --cut, --slow, --name")
    return count, name, cuts, delays


count, name, cuts, delays = parse_words(callargs)
company = rendezvous.meet(name, count)
me, places = company.index, company.places
answers = {}  # number of a ping -> when its answer came
rows = {}  # vessel -> its row of latencies, in milliseconds or None
lock = createlock()


def send(to, message):
    """Send a message, unless the link is cut; later, if it is slow."""
    link = frozenset((me, to))
    if link in cuts:
        return
    data = json.dumps(message)

    def deliver():
        sleep(delays.get(link, 0))
        sendmessage(places[to][0], places[to][1], data, *company.place)

    createthread(deliver) if link in delays else deliver()


def serve():
    """Answer pings, pass others' on, and note what comes back, until the program ends."""
    socket = listenformessage(*company.place)
    while True:
        try:
            ip, port, data = socket.getmessage()
        except SocketWouldBlockError:
            sleep(LOOK_AGAIN)
            continue
        if (ip, port) in places:
            with suppress(ValueError, TypeError, LookupError, RecursionError):  # addresses can be forged
                handle(json.loads(data))


def handle(message):
    """A ping carries the way that it still has to go, and the way back; so does its answer."""
    match message:
        case ["ping", number, [], [back, *rest]]:
            send(back, ["pong", number, rest])
        case ["ping", number, [following, *rest], back]:
            send(following, ["ping", number, rest, [me, *back]])
        case ["pong", number, []]:
            with lock:
                answers[number] = getruntime()
        case ["pong", number, [following, *rest]]:
            send(following, ["pong", number, rest])
        case ["row", owner, row]:
            with lock:
                news = owner not in rows
                rows[owner] = row
            if news:  # others may not hear the owner itself
                share(owner, row)


def ping(number, way):
    """Milliseconds until a ping that takes this way has come back, or None."""
    sent = getruntime()
    send(way[0], ["ping", number, list(way[1:]), [me]])
    while getruntime() - sent < PATIENCE:
        with lock:
            came = answers.pop(number, None)
        if came is not None:
            return (came - sent) * 1000
        sleep(LOOK_AGAIN)
    return None


def best_of(number, way):
    """The shortest of some pings; one without an answer is enough to give up."""
    best = None
    for attempt in range(ROUNDS):
        took = ping(number * ROUNDS + attempt, way)
        if took is None:
            return best
        best = took if best is None else min(best, took)
    return best


def wait_for_everybody():
    """Until all listen: pings to one who does not yet would be lost."""
    silent = {other for other in range(count) if other != me and frozenset((me, other)) not in cuts}
    number = -1
    while silent:
        for other in sorted(silent):
            number -= 1
            if ping(number, (other,)) is not None:
                silent.discard(other)


def share(owner, row):
    for other in range(count):
        if other not in (me, owner):
            send(other, ["row", owner, row])


def share_rows():
    """Tell everybody one's own row, until those of all have come."""
    ends = getruntime() + SHARING
    while len(rows) < count and getruntime() < ends:
        share(me, rows[me])
        sleep(0.1)
    share(me, rows[me])


def detours(to):
    """Every third vessel with the time that its way would take, the shortest first."""
    legs = [(rows[me][third], rows[third][to], third) for third in rows if third not in (me, to)]
    return sorted((first + second, third) for first, second, third in legs if None not in (first, second))


def report(to):
    direct = rows[me][to]
    told = "cut" if direct is None else f"{direct:.1f} ms"
    for estimate, third in detours(to)[:1]:
        if direct is None or estimate < WORTH_IT * direct:
            took = best_of(count + to, (third, to))
            told += f", detour through {third}: " + ("no answer" if took is None else f"{took:.1f} ms")
    print(f"{me} -> {to}: {told}")


createthread(serve)
wait_for_everybody()
row = [0.0 if other == me else best_of(other, (other,)) for other in range(count)]
with lock:
    rows[me] = row
share_rows()
for other in range(count):
    if other != me:
        report(other)
sleep(LINGER)
exitall()
