"""Files of text over a connection: lines, characters, what is kept back."""

import socket

ours, theirs = socket.socketpair()
out = theirs.makefile("w")
print(out.write("first\nsecond\r\nthird ä€𝄞\n"), out.writable(), out.readable(), out.seekable())
out.flush()
lines = ours.makefile("r", encoding="utf-8")
print(repr(lines.readline()), repr(lines.readline()), repr(lines.readline(3)), repr(lines.readline()))

out.writelines(["a\n", "b\n", "no end"])
out.close()
theirs.close()
print(out.closed, repr(lines.readline()), lines.readlines(), repr(lines.readline()), repr(lines.read()))
lines.close()
ours.close()
try:
    lines.read()
except ValueError as why:
    print(why)

ours, theirs = socket.socketpair()
with theirs, theirs.makefile("w", newline="\r\n") as out:
    print(out.write("over\nlines\n"))
with ours, ours.makefile(newline="") as raw:
    print(list(raw))

ours, theirs = socket.socketpair()
theirs.sendall("grün, blau, rot".encode())
theirs.close()
with ours, ours.makefile("r", encoding="utf-8") as text:
    print(text.read(3), text.read(1), text.read(0), text.read(6), text.read())
