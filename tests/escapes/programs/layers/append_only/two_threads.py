# Both may look where the end is before one of them has moved it.
file = openfile("diary.txt", False)
end = len(file.readat(None, 0))


def write(letter):
    for number in range(300):
        try:
            file.writeat(letter * 3, end + number * 3)
            written.append(letter)
        except (ResourceForbiddenError, SeekPastEndOfFileError):
            refused.append(letter)


written, refused = [], []
createthread(lambda: write("a"))
write("b")
while len(written) + len(refused) < 600:
    sleep(0.01)
assert len(file.readat(None, 0)) == end + 3 * len(written), "LEAKED: something was written over"
raise ResourceForbiddenError("nothing was written over")
