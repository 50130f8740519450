"""Names and addresses as CPython's `socket` has them, over `gethostbyname`: a name has one address here."""

from errno import EAFNOSUPPORT
from ipaddress import IPv4Address, IPv6Address, ip_address

from networking.errors import EAI_FAMILY, EAI_SERVICE, EAI_SOCKTYPE, gaierror, herror, no_address
from networking.ports import ANY

_look_up = gethostbyname  # the API's

AF_UNSPEC, AF_INET, AF_INET6 = 0, 2, 10
SOCK_STREAM, SOCK_DGRAM = 1, 2
IPPROTO_TCP, IPPROTO_UDP = 6, 17
AI_PASSIVE, AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV = 1, 2, 4, 1024
NI_NUMERICHOST, NI_NUMERICSERV = 1, 2

VERSIONS = {AF_INET: 4, AF_INET6: 6}
_FAMILIES = {4: AF_INET, 6: AF_INET6}
_LOOPBACK = {4: "127.0.0.1", 6: "::1"}
_KINDS = ((SOCK_STREAM, IPPROTO_TCP), (SOCK_DGRAM, IPPROTO_UDP))
_TABLE = (
    "echo:7 discard:9 daytime:13 ftp:21 ssh:22 telnet:23 smtp:25 time:37 domain:53 tftp:69 gopher:70 finger:79 http:80 "
    "pop3:110 ntp:123 imap2:143 snmp:161 irc:194 ldap:389 https:443 imaps:993 pop3s:995"
)
_SERVICES = {name: int(port) for name, port in (entry.split(":") for entry in _TABLE.split())}


def address_of(host, version):
    """The address of a host in one version of IP. Raises gaierror if it has none of that."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode()
    found = _literal(host)
    if found is None:
        if host == "localhost":
            return _LOOPBACK[version]
        found = _asked_for(host)
    if ip_address(found).version != version:
        raise gaierror(-9, "Address family for hostname not supported")
    return found


def gethostbyname(host):
    """An IPv4 address of a host. Raises gaierror."""
    return address_of(host or ANY[4][1], 4)


def gethostbyname_ex(host):
    """`(name, other names, addresses)` of a host; there are no other names here, and one address. Raises gaierror."""
    return host, [], [gethostbyname(host)]


def gethostbyaddr(host):
    """Raise herror: the Repy API has no names for addresses."""
    raise herror(1, "Unknown host")


def gethostname():
    """The address of this computer: a vessel has no other name."""
    try:
        return getmyip()
    except (NetworkError, ResourceUsageError):
        return _LOOPBACK[4]


def getfqdn(name=""):
    """The name itself, or this computer's address."""
    return gethostname() if name.strip() in ANY[4] else name.strip()


def getaddrinfo(host, port, family=AF_UNSPEC, type=0, proto=0, flags=0):
    """What to make a socket of to reach a host: a list of `(family, type, proto, name, address)`.

    `host` None is this computer; with AI_PASSIVE any of its addresses. Raises gaierror.
    """
    if family not in (AF_UNSPEC, *VERSIONS):
        raise gaierror(EAI_FAMILY, "ai_family not supported")
    kinds = [kind for kind in _KINDS if type in (0, kind[0]) and proto in (0, kind[1])]
    if not kinds:
        raise gaierror(EAI_SOCKTYPE, "ai_socktype not supported")
    number = _port_of(port, flags)
    if host is None:
        of_this = ANY if flags & AI_PASSIVE else None
        versions = [VERSIONS[family]] if family else [4]
        ips = [of_this[version][1] if of_this else _LOOPBACK[version] for version in versions]
    else:
        ips = [_address_for(host, family, flags)]
    name = str(host or "") if flags & AI_CANONNAME else ""
    found = []
    for ip in ips:
        version = ip_address(ip).version
        address = (ip, number) if version == 4 else (ip, number, 0, 0)
        found += [(_FAMILIES[version], kind, protocol, name, address) for kind, protocol in kinds]
    return found


def getnameinfo(sockaddr, flags):
    """`(host, port)` of an address, as texts: there are no names for addresses here."""
    return str(ip_address(sockaddr[0])), str(sockaddr[1])


def getservbyname(name, protocol="tcp"):
    """The port of a service that everybody knows. Raises OSError for one that we don't."""
    if name not in _SERVICES:
        raise OSError("service/proto not found")
    return _SERVICES[name]


def getservbyport(port, protocol="tcp"):
    """The service that everybody knows to have this port. Raises OSError for one that we don't."""
    for name, number in _SERVICES.items():
        if number == port:
            return name
    raise OSError("port/proto not found")


def inet_aton(ip):
    """The four bytes of an IPv4 address. Raises OSError for what is none."""
    try:
        return IPv4Address(ip).packed
    except ValueError as why:
        raise OSError("illegal IP address string passed to inet_aton") from why


def inet_ntoa(packed):
    """The IPv4 address that has these four bytes. Raises OSError if there are not four."""
    if len(packed) != 4:
        raise OSError("packed IP wrong length for inet_ntoa")
    return str(IPv4Address(bytes(packed)))


def inet_pton(family, ip):
    """The bytes of an address. Raises OSError for what is none."""
    try:
        return _class_of(family)(ip).packed
    except ValueError as why:
        raise OSError("illegal IP address string passed to inet_pton") from why


def inet_ntop(family, packed):
    """The address that has these bytes. Raises ValueError if there are too few or too many."""
    kind = _class_of(family)
    if len(packed) != (4 if family == AF_INET else 16):
        raise ValueError("invalid length of packed IP address string")
    return str(kind(bytes(packed)))


def htons(number):
    """A number of 16 bits in the order of the network."""
    return int.from_bytes(number.to_bytes(2, "little"), "big")


def htonl(number):
    """A number of 32 bits in the order of the network."""
    return int.from_bytes(number.to_bytes(4, "little"), "big")


ntohs, ntohl = htons, htonl


def _class_of(family):
    if family not in VERSIONS:
        raise OSError(EAFNOSUPPORT, f"unknown address family {family}")
    return IPv4Address if family == AF_INET else IPv6Address


def _asked_for(name):
    try:
        return _look_up(name)
    except (NetworkAddressError, RepyArgumentError) as why:
        raise no_address() from why


def _literal(host):
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def _address_for(host, family, flags):
    text = host.decode() if isinstance(host, (bytes, bytearray)) else host
    literal = _literal(text)
    if literal is None and flags & AI_NUMERICHOST:
        raise no_address()
    if family:
        return address_of(text, VERSIONS[family])
    if literal is not None:
        return literal
    return address_of(text, 4) if text == "localhost" else _asked_for(text)


def _port_of(port, flags):
    if port is None:
        return 0
    if isinstance(port, int):
        return port
    text = port.decode() if isinstance(port, (bytes, bytearray)) else port
    if text.isdecimal():
        return int(text)
    if flags & AI_NUMERICSERV or text not in _SERVICES:
        raise gaierror(EAI_SERVICE, "Servname not supported for ai_socktype")
    return _SERVICES[text]
