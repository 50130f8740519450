"""A command with arguments, logging and an exit code, as many programs are."""

import argparse
import json
import logging
import sys
import textwrap

log = logging.getLogger("command")


def main(arguments):
    parser = argparse.ArgumentParser(prog="command", description="Adds numbers.")
    parser.add_argument("numbers", nargs="*", type=float)
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("-v", "--verbose", action="count", default=0)
    options = parser.parse_args(arguments)
    logging.basicConfig(
        stream=sys.stdout,
        level=[logging.WARNING, logging.INFO, logging.DEBUG][min(options.verbose, 2)],
        format="%(levelname)s:%(name)s: %(message)s",
        force=True,
    )
    log.debug("options: %s", sorted(vars_of(options).items()))
    if not options.numbers:
        log.error("there is nothing to add")
        return 1
    log.info("adding %d numbers", len(options.numbers))
    total = sum(options.numbers)
    print(json.dumps({"total": total}) if options.as_json else f"total: {total:g}", file=sys.stdout)
    return 0


def vars_of(options):
    return {name: getattr(options, name) for name in ("numbers", "as_json", "verbose")}


print([main(line.split()) for line in ("1 2 3.5", "--json 1", "-v 1 2", "-vv --json 7", "")])
print(
    textwrap.dedent("""
    done
      for today
""").strip()
)
if __name__ == "__main__":
    sys.exit(main([]))
