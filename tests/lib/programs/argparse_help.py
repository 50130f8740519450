"""Help and usage as they are shown."""

import argparse
import sys

parser = argparse.ArgumentParser(
    prog="measure",
    description="Measures how far hosts are. " * 4,
    epilog="Ask %(prog)s again.",
)
parser.add_argument("hosts", nargs="+", metavar="HOST", help="whom to ask")
parser.add_argument("output", nargs="?", help="where to write (default: %(default)s)", default="out.txt")
parser.add_argument("--count", type=int, default=3, help="how often; a %(type)s (default: %(default)s)")
parser.add_argument(
    "--a-very-long-option-name", help="its help begins on the next line and is long enough for two of them"
)
parser.add_argument("-q", "--quiet", action="store_true", help="say nothing")
parser.add_argument("--hidden", help=argparse.SUPPRESS)
parser.add_argument("--mode", choices=["fast", "slow"], help="one of %(choices)s")
parser.add_argument("--bare")
parser.add_argument("--version", action="version", version="%(prog)s 1.0")
group = parser.add_argument_group("places", "Where it is measured from.")
group.add_argument("--from", dest="source", metavar="CITY", help="a city")
parser.print_help()
print(parser.format_usage(), end="")

short = argparse.ArgumentParser(prog="short", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
short.add_argument("--size", type=int, default=5, help="how large")
short.add_argument("--flag", action="store_true", help="whether")
short.add_argument("name", help="which")
choice = short.add_mutually_exclusive_group(required=True)
choice.add_argument("--on", action="store_true")
choice.add_argument("--off", action="store_true")
short.print_help(sys.stdout)

raw = argparse.ArgumentParser(
    prog="raw",
    usage="%(prog)s [whatever]",
    description="  as\n    it is",
    formatter_class=argparse.RawDescriptionHelpFormatter,
    add_help=False,
)
print(raw.format_help())

long = argparse.ArgumentParser(prog="a-program-with-a-name")
for name in ("first-option", "second-option", "third-option", "fourth-option"):
    long.add_argument(f"--{name}", metavar="SOMETHING")
long.add_argument("positional_one")
long.add_argument("positional_two", nargs="*")
print(long.format_usage())

print(argparse.ArgumentParser(prog="empty", add_help=False).format_help())
try:
    parser.parse_args(["--version"])
except SystemExit as end:
    print("code", end.code)
try:
    parser.parse_args(["x", "--help"])
except SystemExit as end:
    print("code", end.code)
