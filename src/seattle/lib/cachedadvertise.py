"""Looking up what was announced, without asking again what was found a short while ago.

    import cachedadvertise

    print(cachedadvertise.lookup("experiment"))

What this program itself announces (`advertisepipe`) is found, too, at once. Nothing that was not found is kept: who
waits for somebody asks again.
"""

import advertise
import advertisepipe

KEPT = 120  # seconds
MOST = 1000  # keys that are kept; then the oldest go

_found = {}  # when, and the values, by key and where it was looked up; the oldest first
_changing = createlock()


def lookup(key, maxvals=100, lookuptype=None, concurrentevents=4, graceperiod=5, timeout=10):
    """What lives under a key: at most `maxvals` values. With a `timeout` of 0, what is known here, and nobody is asked.

    Raises what `advertise.lookup` raises.
    """
    mine = advertisepipe.own_values(key)
    place = str(key), None if lookuptype is None else tuple(lookuptype)
    with _changing:
        since, values = _found.get(place, (0.0, []))
    if getruntime() - since >= KEPT:
        values = []
    if timeout and not values:
        values = advertise.lookup(key, 100, lookuptype, concurrentevents, graceperiod, timeout)
        if values:
            _keep(place, values)
    return list(dict.fromkeys([*mine, *values]))[:maxvals]


def _keep(place, values):
    with _changing:
        _found.pop(place, None)
        while len(_found) >= MOST:
            _found.pop(next(iter(_found)))
        _found[place] = getruntime(), values


cachedadvertise_lookup = lookup
