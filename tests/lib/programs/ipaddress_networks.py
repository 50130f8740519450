import ipaddress

net = ipaddress.ip_network("192.0.2.0/28")
print(net.num_addresses, net.netmask, net.hostmask, net.broadcast_address, list(net.hosts())[::6])
print([str(part) for part in net.subnets(prefixlen_diff=1)], net.supernet(), ipaddress.ip_address("192.0.2.9") in net)
print(list(ipaddress.summarize_address_range(ipaddress.IPv4Address("10.0.0.0"), ipaddress.IPv4Address("10.0.0.6"))))
print(*ipaddress.collapse_addresses([ipaddress.ip_network("10.0.0.0/25"), ipaddress.ip_network("10.0.0.128/25")]))
for text in (
    "127.0.0.1",
    "10.1.2.3",
    "169.254.1.1",
    "8.8.8.8",
    "224.0.0.1",
    "::1",
    "fe80::1",
    "2001:4860::8888",
    "::ffff:1.2.3.4",
):
    one = ipaddress.ip_address(text)
    print(one, one.version, one.is_private, one.is_loopback, one.is_link_local, one.is_multicast, one.is_global)
six = ipaddress.ip_address("2001:db8::ff")
print(six.exploded, six.packed.hex(), int(six) & 0xFFFF, six + 1, six.reverse_pointer[:20])
print(sorted(map(ipaddress.ip_address, ["10.0.0.10", "10.0.0.9", "9.255.255.255"])))
print(
    ipaddress.ip_interface("192.0.2.7/24").network,
    ipaddress.ip_network("10.0.0.0/8").overlaps(ipaddress.ip_network("10.9.0.0/16")),
)
for text in ("256.1.1.1", "1.2.3", "192.0.2.1/28", "::g", "01.2.3.4"):
    try:
        print(ipaddress.ip_network(text))
    except ValueError as why:
        print(why)
