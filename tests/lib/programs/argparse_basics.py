"""Arguments of all kinds, their types and defaults."""

import argparse

parser = argparse.ArgumentParser(prog="measure")
parser.add_argument("hosts", nargs="+", help="whom to ask")
parser.add_argument("-c", "--count", type=int, default=3)
parser.add_argument("-w", "--wait", type=float, default="0.5")
parser.add_argument("-v", "--verbose", action="count", default=0)
parser.add_argument("--dry-run", action="store_true")
parser.add_argument("--no-cache", dest="cache", action="store_false")
parser.add_argument("-t", "--tag", action="append")
parser.add_argument("--many", action="extend", nargs="*", default=[])
parser.add_argument("--mode", choices=["fast", "slow"], default="fast")
parser.add_argument("--pair", nargs=2, type=int, metavar=("X", "Y"))
parser.add_argument("--log", nargs="?", const="all", default="none")
parser.add_argument("--fixed", action="store_const", const=42)
parser.add_argument("--color", action=argparse.BooleanOptionalAction, default=True)
parser.add_argument("-l", "--loud", action=argparse.BooleanOptionalAction)

for line in (
    "a b",
    "a b -c 5",
    "--count=7 a",
    "-vvc2 a",
    "-v -v --verbose a",
    "a --dry-run --no-cache --tag x -ty",
    "a --many 1 2 --many 3 --mode slow",
    "a --pair 1 2 --log",
    "a --log some --fixed --no-color",
    "--cou 4 a",
    "-l a",
    "a --no-loud",
    "-w 2 -- a -not-an-option --mode",
    "a -w=3",
    "a -c -4",
):
    print(parser.parse_args(line.split()))

print(parser.parse_known_args(["a", "--what", "-x", "b"]))
print(parser.get_default("count"), "mode" in parser.parse_args(["a"]), parser.parse_args(["a"]).hosts)

rest = argparse.ArgumentParser(prog="rest")
rest.add_argument("command")
rest.add_argument("arguments", nargs=argparse.REMAINDER)
print(rest.parse_args(["run", "-x", "--flag", "y"]))

order = argparse.ArgumentParser(prog="order")
order.add_argument("source")
order.add_argument("middle", nargs="*")
order.add_argument("target")
order.add_argument("--flag", action="store_true")
for line in ("a b", "a b c d", "--flag a b c", "a b c --flag"):
    print(order.parse_args(line.split()))

optional = argparse.ArgumentParser(argument_default=argparse.SUPPRESS)
optional.add_argument("port", nargs="?", type=int, default="80")
optional.add_argument("--host")
print(optional.parse_args([]), optional.parse_args(["8080", "--host", "x"]), hasattr(optional.parse_args([]), "host"))
optional.set_defaults(extra=5)
print(optional.parse_args([]).extra)


class Upper(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, (option_string, values.upper()))


special = argparse.ArgumentParser()
special.add_argument("--name", action=Upper)
special.add_argument("number", type=int, nargs="?")
print(special.parse_args(["--name", "me", "-5"]), argparse.Namespace(a=1) == argparse.Namespace(a=1))

parent = argparse.ArgumentParser(add_help=False)
parent.add_argument("--shared", type=int)
child = argparse.ArgumentParser(parents=[parent])
child.add_argument("own")
print(child.parse_args(["x", "--shared", "3"]))
