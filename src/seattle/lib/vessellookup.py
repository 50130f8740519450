"""Single resources of this vessel, by the reference's names; new programs call `getresources`.

    print(vessellookup.lookup_memory(f"{getmyip()}:1224:v1"))

Missing: other vessels; see `getvesselresources`, which has all resources of this one.
"""

from getvesselresources import getvesselresources_vesselname


def lookup_cpu(vesselhandle):
    """The share of a CPU of the vessel `ip:port:name`, which has to be this one. Raises ValueError."""
    return _lookup(vesselhandle, "cpu")[0]


def lookup_disk(vesselhandle):
    """The bytes of disk of the vessel `ip:port:name`, which has to be this one. Raises ValueError."""
    return _lookup(vesselhandle, "diskused")[0]


def lookup_memory(vesselhandle):
    """The bytes of memory of the vessel `ip:port:name`, which has to be this one. Raises ValueError."""
    return _lookup(vesselhandle, "memory")[0]


def lookup_ports(vesselhandle):
    """The ports, of TCP and of UDP, of the vessel `ip:port:name`, which has to be this one. Raises ValueError."""
    return sorted({*_lookup(vesselhandle, "connport"), *_lookup(vesselhandle, "messport")})


def _lookup(vesselhandle, resource):
    parts = vesselhandle.rsplit(":", 2)
    if len(parts) != 3 or not parts[1].isdecimal():
        raise ValueError(f"a vessel is named ip:port:name, not {vesselhandle!r}")
    ip, _, name = parts
    return getvesselresources_vesselname(name, ip)[name][resource]
