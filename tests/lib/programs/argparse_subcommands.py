"""Subcommands: each with arguments of its own."""

import argparse

parser = argparse.ArgumentParser(prog="store")
parser.add_argument("--verbose", action="store_true")
commands = parser.add_subparsers(dest="command", required=True, help="what to do")
put = commands.add_parser("put", help="store a value")
put.add_argument("key")
put.add_argument("value", type=int)
put.add_argument("--ttl", type=int, default=60)
put.set_defaults(run=lambda options: f"put {options.key}={options.value} for {options.ttl}")
get = commands.add_parser("get", aliases=["read"], help="read a value")
get.add_argument("keys", nargs="*")
get.set_defaults(run=lambda options: f"get {options.keys}")

for line in ("put a 5", "--verbose put b 6 --ttl 1", "get", "get x y", "read z"):
    options = parser.parse_args(line.split())
    print(options.command, options.verbose, options.run(options))

parser.print_help()
put.print_help()
print(parser.parse_known_args(["put", "a", "1", "--other"])[1])


def refuse(message):
    raise ValueError(message)


parser.error = put.error = refuse
for line in ("", "put a"):
    try:
        parser.parse_args(line.split())
    except ValueError as why:
        print(why)

titled = argparse.ArgumentParser(prog="titled")
inner = titled.add_subparsers(title="verbs", description="what there is", metavar="VERB")
inner.add_parser("go", help="goes", description="Goes.")
titled.print_help()
print(titled.parse_args(["go"]), titled.parse_args([]))
