"""What was changed in `ipaddress` to seal it must not have changed what it says."""

import subprocess
import sys
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

Run = Callable[..., list[str]]  # a program in, what it printed out

SAMPLES = (
    "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.32.0.1 192.0.0.8 "
    "192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 "
    "255.255.255.255 8.8.8.8 :: ::1 ::ffff:10.0.0.1 64:ff9b::1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002::1 2606::1 "
    "fc00::1 fe80::1 fec0::1 ff02::1"
)
PROGRAM = """
import ipaddress
names = ("is_private", "is_global", "is_loopback", "is_link_local", "is_multicast", "is_reserved", "is_unspecified")
for text in "SAMPLES".split():
    address = ipaddress.ip_address(text)
    network = ipaddress.ip_network(text + ("/24" if address.version == 4 else "/64"), strict=False)
    for thing in (address, network):
        print(thing, *[getattr(thing, name) for name in names])
    print(network.netmask, network.hostmask, network.num_addresses, ipaddress.ip_interface(text + "/8").network)
""".replace("SAMPLES", SAMPLES)


def test_given_many_addresses_when_asked_what_they_are_then_python_says_the_same(run: Run) -> None:
    plain = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert run(PROGRAM) == plain.stdout.splitlines()


@settings(max_examples=50)
@given(st.one_of(st.integers(-1, 130), st.ip_addresses().map(str), st.text(max_size=20)))
def test_given_any_netmask_then_it_is_taken_or_refused_as_a_netmask(mask: int | str) -> None:
    import ipaddress

    for base in ("10.0.0.0", "fe80::"):
        try:
            network = ipaddress.ip_network((base, mask), strict=False)  # type: ignore[arg-type]  # typeshed takes no text here
        except ValueError:
            continue
        assert network == ipaddress.ip_network(f"{base}/{network.prefixlen}", strict=False)
