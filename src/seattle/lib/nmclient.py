"""What a program can learn of the nodes that one's vessels are on, by the reference's names.

    nmclient.use_site("http://192.0.2.7:8080", "sak_...")
    handle = nmclient.nmclient_createhandle("192.0.2.9", 63100)
    print(nmclient.nmclient_getvesseldict(handle)["vessels"])

Nodes have no port to connect to any more. What is told here comes from the testbed's site, which knows of the vessels
that one holds, and of no others. Read in `clearinghouse_client` who else sees the API key.

Missing: `nmclient_rawsay`, `nmclient_signedsay` and their kin, which raise NMClientException. A node takes orders over
NATS, with TLS, from whoever has a credential and signs them with a key of the vessel's owner or users; a program in a
vessel has neither, by design, since whoever runs the computer could read them. The SDK gives all those orders from your
own computer. Of a vessel, the site does not know what runs there (`status`), nor whose keys it has.
"""

import copy
from itertools import count

from clearinghouse_client import Clearinghouse, ClearinghouseError

_site = []  # the one that is asked, if any
_handles = {}
_numbers = count(1)
_changing = createlock()


class NMClientException(Exception):
    """A node can't be told of, or not be told anything."""


def use_site(url, api_key):
    """Ask the site at an `http:` URL from now on. Raises ValueError for another."""
    _site[:] = [Clearinghouse(url, api_key)]


def nmclient_createhandle(
    nmip,
    nmport,
    sequenceid=None,
    timestamp=True,
    identity=True,
    expirationtime=3600,
    publickey=None,
    privatekey=None,
    vesselid=None,
    timeout=15,
):
    """A handle for the node at an address, or of an id, on which one holds a vessel with this port; 0 is any port.

    The other arguments are kept for `nmclient_get_handle_info`. Raises NMClientException if there is none.
    """
    for vessel in _vessels():
        if nmip in (vessel["address"], vessel["node"]) and nmport in (0, *vessel["ports"]):
            break
    else:
        raise NMClientException(f"none of your vessels is at {nmip} with port {nmport}")
    info = {
        "IP": vessel["address"],
        "port": nmport,
        "sequenceid": sequenceid,
        "timestamp": timestamp,
        "identity": vessel["node"] if identity is True else identity,
        "expirationtime": expirationtime,
        "publickey": publickey,
        "privatekey": privatekey,
        "vesselname": vesselid,
        "timeout": timeout,
        "node": vessel["node"],
    }
    return _keep(info)


def nmclient_duplicatehandle(nmhandle):
    """Another handle with the same information. Raises NMClientException for what is no handle."""
    return _keep(nmclient_get_handle_info(nmhandle))


def nmclient_destroyhandle(nmhandle):
    """Forget a handle. Returns False if it is none."""
    with _changing:
        return _handles.pop(nmhandle, None) is not None


def nmclient_get_handle_info(nmhandle):
    """A copy of a handle's information, a dict. Raises NMClientException for what is no handle."""
    with _changing:
        if nmhandle not in _handles:
            raise NMClientException(f"there is no handle {nmhandle!r}")
        return copy.deepcopy(_handles[nmhandle])


def nmclient_set_handle_info(nmhandle, infodict):
    """Replace a handle's information. Raises NMClientException for what is no handle."""
    nmclient_get_handle_info(nmhandle)
    with _changing:
        _handles[nmhandle] = copy.deepcopy(infodict)


def nmclient_getvesseldict(nmhandle):
    """What is known of the node and of one's vessels there.

    It has `nodename`, its address, `nodekey`, its id, and `vessels`: by name, each has the site's fields, and `status`
    and `advertise` as the reference has them. Raises NMClientException.
    """
    info = nmclient_get_handle_info(nmhandle)
    there = [vessel for vessel in _vessels() if vessel["node"] == info["node"]]
    return {
        "version": None,
        "nodename": info["IP"],
        "nodekey": info["node"],
        "vessels": {one["name"]: {**one, "status": None, "advertise": one["online"]} for one in there},
    }


def nmclient_listaccessiblevessels(nmhandle, publickey=None):
    """The names of the vessels that one owns there, which are none, and of those that one may use."""
    return [], list(nmclient_getvesseldict(nmhandle)["vessels"])


def nmclient_rawsay(nmhandle, *args):
    """Refuse: see Missing."""
    raise NMClientException(
        "a program in a vessel can't give orders to nodes: they take them over NATS, from whoever has a credential; "
        "use the SDK from your own computer"
    )


nmclient_signedsay = nmclient_rawsaytovessel = nmclient_signedsaytovessel = nmclient_rawsay


def _vessels():
    if not _site:
        raise NMClientException("there is nobody to ask: call use_site with the site's URL and an API key")
    try:
        return _site[0].vessels()
    except ClearinghouseError as why:
        raise NMClientException(str(why)) from None


def _keep(info):
    with _changing:
        handle = f"nmhandle{next(_numbers)}"
        _handles[handle] = info
    return handle
