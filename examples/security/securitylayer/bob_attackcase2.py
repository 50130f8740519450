# Two threads write the two octets at the same time, again and again.
from contextlib import suppress

file = openfile("race.txt", True)


def write(octet, offset, done):
    with suppress(ValueError):
        file.writeat(octet, offset)
    done.append(octet)


for _ in range(30):
    file.writeat("xx", 0)
    done = []
    createthread(lambda done=done: write("M", 0, done))
    createthread(lambda done=done: write("Z", 1, done))
    while len(done) < 2:
        sleep(0.001)
    if file.readat(2, 0) == b"MZ":
        log("MZ was written by two threads\n")
        break
file.close()
removefile("race.txt")
