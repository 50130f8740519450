"""Vessels for experiments, by the reference's names; new programs use `clearinghouse_client`.

    identity = experimentlib.create_identity("http://192.0.2.7:8080", "sak_...")
    for handle in experimentlib.acquire_vessels(identity, "wan", 3):
        print(experimentlib.get_vessel_location(identity, handle))

An identity is who asks the testbed's site; a handle, `nodeid:vesselname`, names a vessel; a location is `address:port`.
All that goes wrong is a SeattleExperimentError. Read in `clearinghouse_client` who else sees the API key.

Missing: identities made of key files, `browse_node`, `upload_file_to_vessel`, `start_vessel`, `get_vessel_log` and the
other orders to nodes. Nodes take them over NATS, with TLS and sealed to their keys, and a program in a vessel has no
credential for it, by design: whoever runs the computer could read it. The SDK has all of them, from your own computer;
`VESSEL_STATUS_FRESH` and the like are there.
"""

from clearinghouse_client import Clearinghouse, ClearinghouseError
from rendezvous import format_place

SEATTLECLEARINGHOUSE_VESSEL_TYPE_WAN, SEATTLECLEARINGHOUSE_VESSEL_TYPE_LAN = "wan", "lan"
SEATTLECLEARINGHOUSE_VESSEL_TYPE_NAT, SEATTLECLEARINGHOUSE_VESSEL_TYPE_RAND = "nat", "random"
_KINDS = {"rand": "random"}


class SeattleExperimentError(Exception):
    """Root of what goes wrong here."""


class SeattleClearinghouseError(SeattleExperimentError):
    """The site did not do what it was asked to."""


class SeattleClearinghouseNotEnoughCreditsError(SeattleClearinghouseError):
    """One may not hold so many vessels."""


class SeattleClearinghouseAuthenticationError(SeattleClearinghouseError):
    """The site does not know the API key."""


class UnavailableError(SeattleClearinghouseError):
    """There are no such vessels now."""


_ERRORS = {
    "not-enough-credits": SeattleClearinghouseNotEnoughCreditsError,
    "not-authenticated": SeattleClearinghouseAuthenticationError,
    "cannot-fulfil": UnavailableError,
    "unknown-vessel": UnavailableError,
}


def create_identity(url, api_key):
    """Who asks the site at an `http:` URL. Raises ValueError for another."""
    return Clearinghouse(url, api_key)


def acquire_vessels(identity, vesseltype, number):
    """Get vessels: all or none; return their handles. `vesseltype` is one of `wan lan nat random`."""
    kind = _KINDS.get(vesseltype, vesseltype)
    return [one["handle"] for one in _told(lambda: identity.acquire(number, kind))]


def acquire_specific_vessels(identity, handles):
    """Get these vessels, as far as they are free; return the handles of those that came."""
    return [one["handle"] for one in _told(lambda: identity.acquire_specific(handles))]


def release_vessels(identity, handles):
    """Give vessels back."""
    _told(lambda: identity.release(handles))


def renew_vessels(identity, handles):
    """Keep vessels for the longest time from now."""
    _told(lambda: identity.renew(handles))


def get_acquired_vessels(identity):
    """The handles of all vessels that one holds."""
    return [one["handle"] for one in _told(identity.vessels)]


def max_vessels_allowed(identity):
    """How many vessels one may hold."""
    return _told(identity.account)["credits_total"]


def user_port(identity):
    """The port that one's vessels have in common, where it can be had."""
    return _told(identity.account)["port"]


def get_vessel_location(identity, handle):
    """Where a vessel is: its computer's address, and the first of its ports."""
    vessel = _told(lambda: identity.vessel(handle))
    return format_place((vessel["address"], min(vessel["ports"], default=0)))


def get_nodeid_and_vesselname(handle):
    """The two parts of a handle."""
    nodeid, _, name = handle.rpartition(":")
    return nodeid, name


def _told(ask):
    try:
        return ask()
    except ClearinghouseError as why:
        raise _ERRORS.get(why.code, SeattleClearinghouseError)(str(why)) from None


seattleclearinghouse_acquire_vessels = seattlegeni_acquire_vessels = acquire_vessels
seattleclearinghouse_acquire_specific_vessels = seattlegeni_acquire_specific_vessels = acquire_specific_vessels
seattleclearinghouse_release_vessels = seattlegeni_release_vessels = release_vessels
seattleclearinghouse_renew_vessels = seattlegeni_renew_vessels = renew_vessels
seattleclearinghouse_get_acquired_vessels = seattlegeni_get_acquired_vessels = get_acquired_vessels
seattleclearinghouse_max_vessels_allowed = seattlegeni_max_vessels_allowed = max_vessels_allowed
seattleclearinghouse_user_port = seattlegeni_user_port = user_port
