"""Addresses and names that need no network."""

import socket

print(socket.gethostbyname("127.0.0.1"), socket.gethostbyname("localhost"), socket.gethostbyname_ex("127.0.0.1"))
print(socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM) == [(2, 1, 6, "", ("127.0.0.1", 80))])
print(socket.getaddrinfo("::1", "443", socket.AF_INET6, socket.SOCK_DGRAM) == [(10, 2, 17, "", ("::1", 443, 0, 0))])
print(socket.getaddrinfo(None, 7, socket.AF_INET, socket.SOCK_STREAM, 0, socket.AI_PASSIVE)[0][4])
print(socket.getaddrinfo(None, 7, socket.AF_INET, socket.SOCK_STREAM)[0][4])
for host, family, flags in (("::1", socket.AF_INET, 0), ("no number", 0, socket.AI_NUMERICHOST)):
    try:
        print(socket.getaddrinfo(host, 1, family, socket.SOCK_STREAM, 0, flags))
    except socket.gaierror as why:
        print(why.errno in (socket.EAI_NONAME, -9), isinstance(why, OSError))
print(socket.getservbyname("http"), socket.getservbyname("domain", "udp"), socket.getservbyport(443))
print(socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV))
try:
    socket.getservbyname("no such service")
except OSError as why:
    print(why)
