"""What is told of wrong arguments."""

import argparse


class Telling(argparse.ArgumentParser):
    def error(self, message):
        raise ValueError(message)


def port(text):
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


parser = Telling(prog="wrong")
parser.add_argument("first", type=int)
parser.add_argument("second", nargs="?")
parser.add_argument("-p", "--port", type=port)
parser.add_argument("--pair", nargs=2)
parser.add_argument("--some", nargs="+")
parser.add_argument("--flag", action="store_true")
parser.add_argument("--flagged", action="store_true")
parser.add_argument("--must", required=True)
one = parser.add_mutually_exclusive_group()
one.add_argument("-a", action="store_true")
one.add_argument("-b", "--bee", action="store_true")

for line in (
    "",
    "x --must 1",
    "1",
    "1 --must",
    "1 --must 1 --port no",
    "1 --must 1 -p",
    "1 --must 1 --pair 5",
    "1 --must 1 --some",
    "1 --must 1 --fla",
    "1 --must 1 --flag=5",
    "1 --must 1 -a -b",
    "1 2 3 --must 4",
    "1 --must 4 --unknown",
    "1 --must 4",
):
    try:
        print(parser.parse_args(line.split()))
    except ValueError as why:
        print(f"{line!r}: {why}")

needed = Telling(prog="needed")
group = needed.add_mutually_exclusive_group(required=True)
group.add_argument("--x", type=int)
group.add_argument("--y", type=int)
for line in ("", "--x 1", "--y 2 --x 1"):
    try:
        print(needed.parse_args(line.split()))
    except ValueError as why:
        print(f"{line!r}: {why}")

for wrong in (
    lambda: parser.add_argument("--port"),
    lambda: parser.add_argument("--new", action="dance"),
    lambda: parser.add_argument("--new", type="int"),
    lambda: parser.add_argument("name", required=True),
    lambda: group.add_argument("--z", required=True),
):
    try:
        wrong()
    except (argparse.ArgumentError, TypeError, ValueError) as why:
        print(type(why).__name__, why)

quiet = argparse.ArgumentParser(prog="quiet", exit_on_error=False)
quiet.add_argument("--n", type=int)
try:
    quiet.parse_args(["--n", "x"])
except argparse.ArgumentError as why:
    print(why, why.argument_name, why.message)
