"""Announcements on a second server of one's own, with the calls of `centralizedadvertise`: two are more than one.

Missing: the reference's server (`advertiseserver_v2.poly.edu`), which is no more: `servername` has to be set.
"""

from centralizedadvertise import CentralAdvertiseError, CentralAdvertiseTimeout, announce_at, lookup_at

__all__ = ["CentralAdvertiseError", "CentralAdvertiseTimeout", "announce", "lookup"]

servername = None  # a name or an address
serverport = 10102


def announce(key, value, ttlval):
    """Announce a value under a key, both text, for `ttlval` seconds; see `centralizedadvertise.announce`."""
    announce_at((servername, serverport), key, value, ttlval)


def lookup(key, maxvals=100):
    """The values that live under a key, at most `maxvals`; see `centralizedadvertise.lookup`."""
    return lookup_at((servername, serverport), key, maxvals)


v2centralizedadvertise_announce = announce
v2centralizedadvertise_lookup = lookup
