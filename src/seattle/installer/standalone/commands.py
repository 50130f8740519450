"""`seattle-node`: what a donor does with the node on this computer. It works where Seattle itself does not."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from . import asking, services
from .errors import InstallerError, SupervisorAway
from .record import read_record
from .uninstalling import uninstall
from .versions import Home

FAILED: Final = 1
WRONG_USAGE: Final = 2
CHECKED_WITHIN: Final = 3600.0  # seconds for an update to be fetched, unpacked and tried
LINES: Final = 50  # of the log, unless somebody says otherwise


def main(home: Home, words: Sequence[str]) -> int:
    """Do what the words say; the exit code."""
    if words and words[0] == "node":  # all that Seattle's own command can do with this node
        return _seattle(home, words[1:])
    parser = _parser(home)
    if not words:
        parser.print_help()
        return WRONG_USAGE
    given = parser.parse_args(words)
    act: Callable[[Home, argparse.Namespace], int] = given.act
    try:
        return act(home, given)
    except (InstallerError, OSError) as why:
        print(f"error: {why}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return FAILED


def _parser(home: Home) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seattle-node",
        description=f"The node in {home.folder}.",
        epilog="`seattle-node node ...` is all of `seattle node ...`: status, journal, policy, page ...",
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, act: Callable[[Home, argparse.Namespace], int], what: str) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, help=what, description=what, allow_abbrev=False)
        verb.set_defaults(act=act)
        return verb

    add("status", _status, "show what runs, and how updates do").add_argument("--json", action="store_true")
    add("start", _start, "start it, and what starts it after a restart of this computer")
    add("stop", _stop, "end it, and all programs on it, until it is started or this computer is restarted")
    add("pause", _pause, "hold all programs until `resume`; they take nothing but memory meanwhile")
    add("resume", _resume, "let programs go on")
    add("update", _update, "look for a newer version now, and change to it if there is one")
    log = add("log", _log, "show the last lines of the log")
    log.add_argument("--lines", type=int, default=LINES, metavar="N")
    log.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    add("uninstall", _uninstall, "end all programs and remove all of it").add_argument("--yes", action="store_true")
    return parser


def _status(home: Home, given: argparse.Namespace) -> int:
    try:
        told = asking.ask(home.folder, "status")
    except SupervisorAway:
        told = None
    if given.json:
        print(json.dumps(told or {"version": home.current(), "running": False}))
        return 0
    if told is None:
        print(f"version {home.current()} is installed in {home.folder}, and does not run: `seattle-node start`")
        return 0
    for line in _in_words(told):
        print(line)
    return _seattle(home, ["status"]) if told["ready"] else 0


def _in_words(told: dict[str, Any]) -> list[str]:
    lines = [f"version {told['version']} {'runs' if told['ready'] else 'does not serve yet'}"]
    if told["trouble"]:
        lines.append(f"trouble: {told['trouble']}")
    if told["trial"]:
        lines.append(f"it is new, and on trial; version {told['trial']['before']} comes back if it fails")
    if told["next"]:
        lines.append(f"version {told['next']} is ready and comes next")
    for version, refused in told["refused"].items():
        lines.append(f"version {version} was tried and did not work here: {refused['why']}")
    if told["checking"]:
        lines.append("a newer version is being looked for")
    elif told["checked"]:
        lines.append(f"updates were looked for {_ago(told['checked']['at'])}: {_result(told['checked']['result'])}")
    return lines


def _ago(moment: float) -> str:
    minutes = max(0, round((time.time() - moment) / 60))
    return f"{minutes} min ago" if minutes < 180 else f"{minutes // 60} h ago"


def _result(name: str) -> str:
    return name.replace("_", " ")


def _start(home: Home, _: argparse.Namespace) -> int:
    services.service(read_record(home).service, home).start(home)
    services.wait_until_up(home)
    print("started", file=sys.stderr)
    return 0


def _stop(home: Home, _: argparse.Namespace) -> int:
    services.service(read_record(home).service, home).stop(home)
    services.stop_alone(home)  # also where it was started by hand
    print("stopped", file=sys.stderr)
    return 0


def _pause(home: Home, _: argparse.Namespace) -> int:
    return _seattle(home, ["pause"])


def _resume(home: Home, _: argparse.Namespace) -> int:
    return _seattle(home, ["resume"])


def _update(home: Home, _: argparse.Namespace) -> int:
    before = asking.ask(home.folder, "status")
    asking.ask(home.folder, "check")
    until = time.monotonic() + CHECKED_WITHIN
    print("looking for a newer version", file=sys.stderr)
    while time.monotonic() < until:
        told = asking.ask(home.folder, "status")
        if told["checked"] != before["checked"] and not told["checking"]:
            result = told["checked"]["result"]
            print(_result(result))
            return 0 if result in ("nothing_new", "prepared") else FAILED
        time.sleep(0.5)
    raise InstallerError("that took too long: `seattle-node log` says why")


def _log(home: Home, given: argparse.Namespace) -> int:
    lines = home.log.read_bytes().splitlines(keepends=True)[-max(given.lines, 0) :]
    sys.stdout.buffer.write(b"".join(lines))
    sys.stdout.buffer.flush()
    if given.follow:
        with home.log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            while True:
                if not (line := file.readline()):
                    if file.tell() > home.log.stat().st_size:  # it began anew
                        file.seek(0)
                    time.sleep(0.2)
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
    return 0


def _uninstall(home: Home, given: argparse.Namespace) -> int:
    record = read_record(home)
    what = [str(home.folder), *([record.link] if record.link else [])]
    if not given.yes:
        print(f"This ends all programs of others on this computer, and removes {', '.join(what)},", file=sys.stderr)
        print("the node's key with it. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            print("nothing was removed", file=sys.stderr)
            return FAILED
    uninstall(home)
    print("all of it was removed", file=sys.stderr)
    return 0


def _seattle(home: Home, words: Sequence[str]) -> int:
    """Seattle's own command, of the current version, for this node."""
    python = home.link / "bin" / "python3"
    settings = str(home.node / "node.toml")
    environment = {**os.environ, "SEATTLE_NODE_SETTINGS": settings}
    command = [str(python), "-P", "-m", "seattle.cli", "node", *words]
    return subprocess.run(command, env=environment, check=False).returncode
