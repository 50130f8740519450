"""Announcing where one can be found, and looking up what others announced: a store of values under keys, for all.

    import advertise

    advertise.announce("experiment", "192.0.2.9:63100", 60)
    print(advertise.lookup("experiment"))

What is announced goes to the services that are in use, all at once, and is looked up at all of them. In a testbed that
is `node`: the node that runs the program, which needs no setting. `use` adds servers of one's own (`central`,
`central_v2` and `UDP`, see the program `advertiseserver_v2`), as in a laboratory without a testbed.

It is done when one service has done it; the others are given a moment (`graceperiod`), for what one has lost another
may know. One that fails is left alone for a while. Anybody may announce anything, so what is found is a hint: who
answers there has to prove who it is.

Missing: the reference's servers, which are no more, and its rule that an announcement that one service took and another
did not has failed. A node keeps an announcement for an hour at most, whatever `ttlval` is: announce it again.
"""

import threading
from queue import Empty, Queue

import centralizedadvertise
import centralizedadvertise_v2
import udpcentralizedadvertise

LONGEST = 3600  # seconds for which a node keeps an announcement
_MOST = 100  # values that a node tells
_LONGEST_LEAVE = 16  # announcements for which a service that fails is left out, at most; and one more

AdvertiseError = AdvertiseError  # noqa: PLW0127 - `advertise.AdvertiseError` is the API's
try:
    _announce_at_node, _lookup_at_node = advertise_announce, advertise_lookup  # the API's; below these names are ours
except NameError:  # a security layer does not hand them on
    _announce_at_node = _lookup_at_node = None
_SERVERS = {
    "central": centralizedadvertise,
    "central_v2": centralizedadvertise_v2,
    "UDP": udpcentralizedadvertise,
}
_left_out = {}  # by service: for how many announcements yet, and how many it was the last time
_changing = createlock()


def use(service, host, port=10102):
    """Use a server: `central` or `central_v2` over TCP, `UDP`; a host of None ends its use. Raises AdvertiseError."""
    _check([service], _SERVERS)
    _SERVERS[service].servername, _SERVERS[service].serverport = host, port


def services():
    """The names of the services that are in use."""
    servers = [name for name, module in _SERVERS.items() if module.servername is not None]
    return servers if _announce_at_node is None else ["node", *servers]


def announce(key, value, ttlval, concurrentevents=4, graceperiod=5, timeout=30):
    """Announce a value under a key, whose texts count, for `ttlval` seconds; the same again lives until the later end.

    It is announced by `concurrentevents` threads. Once one service has taken it, the others have `graceperiod` seconds
    to do so, and `timeout` in any case. Raises AdvertiseError when no service took it.
    """
    key, value = str(key), str(value)
    calls = {
        name: lambda module=module: module.announce(key, value, ttlval)
        for name, module in _modules(_not_left_out()).items()
    }
    done, failures = _ask_all(calls, concurrentevents, graceperiod, timeout)
    _note(done, failures)
    if not done:
        raise AdvertiseError(f"no service took the announcement: {_reasons(failures)}")


def lookup(key, maxvals=100, lookuptype=None, concurrentevents=4, graceperiod=5, timeout=60):
    """The different values that live under a key, a list of text; at most `maxvals` of each service.

    `lookuptype` lists the services to ask, by default all that are in use. Raises AdvertiseError for one that there is
    not, or when all that were asked failed, and TimeoutError if that was for lack of time.
    """
    key = str(key)
    names = services() if lookuptype is None else list(lookuptype)
    _check(names, _SERVERS if _announce_at_node is None else ("node", *_SERVERS))
    calls = {name: lambda module=module: module.lookup(key, maxvals) for name, module in _modules(names).items()}
    done, failures = _ask_all(calls, concurrentevents, graceperiod, timeout)
    if not done:
        kind = NoAnswer if any(isinstance(why, TimeoutError) for why in failures.values()) else AdvertiseError
        raise kind(f"no service answered: {_reasons(failures)}")
    return list(dict.fromkeys(value for values in done.values() for value in values))


class NoAnswer(AdvertiseError, TimeoutError):
    """No service answered in time."""


class _Node:
    """The node that runs this program."""

    def announce(self, key, value, ttlval):
        _announce_at_node(key, value, min(ttlval, LONGEST))

    def lookup(self, key, maxvals):
        return _lookup_at_node(key, min(maxvals, _MOST))


_NODE = _Node()


def _modules(names):
    return {name: _NODE if name == "node" else _SERVERS[name] for name in names}


def _check(names, known):
    for name in names:
        if name not in known:
            raise AdvertiseError(f"there is no service {name!r}; there are {', '.join(known)}")


def _ask_all(calls, threads, grace, timeout):
    """The results of calls by name, and the exceptions of those that failed or are not done in time."""
    if len(calls) == 1:
        [(name, call)] = calls.items()
        return _answer_of(name, call)
    answers, waiting = Queue(), Queue()
    for one in calls.items():
        waiting.put(one)

    def work():
        while True:
            try:
                name, call = waiting.get(block=False)
            except Empty:
                return
            answers.put(_answer_of(name, call))

    for n in range(min(threads, len(calls))):
        try:
            threading.Thread(target=work, daemon=True).start()
        except ResourceExhaustedError:
            if n == 0:  # there is no room for any: it takes longer so
                work()
            break
    done, failures = {}, {}
    ends = getruntime() + timeout
    while len(done) + len(failures) < len(calls):
        try:
            good, bad = answers.get(timeout=max(0.0, ends - getruntime()))
        except Empty:
            late = {name: NoAnswer("it took too long") for name in calls if name not in done and name not in failures}
            return done, {**failures, **late}
        if good and not done:
            ends = min(ends, getruntime() + grace)
        done |= good
        failures |= bad
    return done, failures


def _answer_of(name, call):
    try:
        return {name: call()}, {}
    except (RepyException, ValueError, TypeError) as why:
        return {}, {name: why}


def _not_left_out():
    """The services to announce to: those that failed rest for a while, unless all did."""
    with _changing:
        names = services()
        for name in names:
            left, last = _left_out.get(name, (0, 0))
            _left_out[name] = max(0, left - 1), last
            if left:
                names = [other for other in names if other != name]
        return names or services()


def _note(done, failures):
    with _changing:
        for name in done:
            _left_out.pop(name, None)
        for name in failures:
            last = min(2 * _left_out.get(name, (0, 0))[1] or 1, _LONGEST_LEAVE)
            _left_out[name] = last + 1, last


def _reasons(failures):
    return "; ".join(f"{name}: {why}" for name, why in failures.items()) or "there is none: call use"


advertise_announce = announce
advertise_lookup = lookup
