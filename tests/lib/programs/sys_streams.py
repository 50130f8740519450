"""What ordinary programs ask of `sys`: arguments, streams, the exception at hand, and an exit code."""

import sys

print(len(sys.argv), sys.argv[0].rpartition("/")[2])
print("to a stream", 1, file=sys.stdout, flush=True)
print(sys.stdout.write("written\n"), sys.stdout.writable(), sys.stdout.readable(), sys.stdout.isatty())
sys.stdout.writelines(["two ", "texts\n"])
sys.stdout.flush()
try:
    sys.stdout.write(b"bytes")
except TypeError as why:
    print(why)


class Collecting:
    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text


collecting = Collecting()
print("kept", "apart", sep="-", end="!", file=collecting)
print(repr(collecting.text), sys.stderr is sys.stdout)

print(sys.version_info >= (3, 11), sys.version_info[0], sys.version_info.major, sys.maxsize, sys.byteorder)
print(sys.exc_info())


def current():
    kind, error, _traceback = sys.exc_info()
    return kind.__name__, str(error), sys.exception() is error


try:
    raise RuntimeError("outer")
except RuntimeError:
    print(current())
    try:
        {}["inner"]
    except KeyError:
        print(current())
    print(current())
print(sys.exception())

try:
    sys.exit("a message")
except SystemExit as end:
    print(end.code)
sys.exit(1)
