"""What this vessel may use, by the reference's names; new programs call `getresources`.

    for name, values in getvesselresources.own().items():
        print(name, *values)

Missing: other vessels. The reference asked their nodes, which have no port for it any more; the SDK tells from your own
computer (`vessels.resources()`). A program does not know its vessel's name: whatever name is given stands for it.
"""


def own():
    """This vessel's limits: lists of numbers by resource, as in a file of restrictions; of ports there are several."""
    limits, _, _ = getresources()
    return {name: sorted(limit) if isinstance(limit, (set, frozenset)) else [limit] for name, limit in limits.items()}


def getvesselresources_portnum(portnum, ip, nmport=1224):
    """`{vessel: resources}` of the vessel with a port at an address; it has to be this one. Raises ValueError."""
    _check(ip)
    resources = own()
    if portnum not in resources["connport"] and portnum not in resources["messport"]:
        raise ValueError(f"port {portnum} is none of this vessel's, and others can't be asked for theirs")
    return {"this": resources}


def getvesselresources_vesselname(vesselname, ip, nmport=1224):
    """`{vessel: resources}` of a vessel at an address; it has to be this one. Raises ValueError."""
    _check(ip)
    return {vesselname: own()}


def _check(ip):
    if ip not in ("127.0.0.1", "::1", getmyip()):
        raise ValueError(f"{ip} is not this vessel's address, and other vessels can't be asked for their resources")
