"""The installer: what `sh FILE` does. It shows what it would do, asks once, and does all of it or nothing.

Everything is made in a folder beside the home, which takes the home's name in one step; before that step, nothing of
the donor's has changed.
"""

import argparse
import contextlib
import json
import math
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from . import services
from .errors import HomeUnusable, InstallerError, WrongUsage
from .guarding import LOCK, lock
from .loader import SIGNATURE, STATEMENT
from .mending import put_supervisor
from .offer import Offer
from .record import Record, read_record
from .services import KINDS, Service
from .uninstalling import check_free, left_of, remove_empty, remove_left, remove_record, stage_of, uninstall
from .versions import PRIVATE, Home

FAILED, WRONG_USAGE, NOT_WANTED = 1, 2, 1
NAME: Final = "seattle-node"  # of the home, the unit and the command
_NOBODY: Final = 65534  # who owns what is of no user of a container's
_VERSION: Final = re.compile(
    r"(?:([0-9]{1,9})!)?([0-9]{1,9}(?:\.[0-9]{1,9})*)(?:(a|b|rc)([0-9]{1,9}))?(?:\.post([0-9]{1,9}))?(?:\.dev([0-9]{1,9}))?(?:\+.*)?"
)
_LAST_LINES: Final = 20  # of a log
ROOM: Final = 7  # times the size of a release: itself, what is in it, and its bytecode
COMMAND: Final = """\
#!/bin/sh
# The node on this computer: `seattle-node` alone says what it can do.
exec {launcher} do "$@"
"""
_DESCRIPTION: Final = (
    "Lend a slice of this computer to programs of others, which run behind two walls. Nothing of it takes the rights of"
    " another user, and `seattle-node uninstall` leaves nothing behind."
)


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say; the exit code."""
    given = _parser().parse_args(words)
    os.umask(PRIVATE)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C: nothing may be left behind
    try:
        offer = Offer(Path(__file__).parents[1])
        if given.what == "show":
            return _show(offer, given)
        return _install(offer, given)
    except WrongUsage as why:
        print(f"error: {why}", file=sys.stderr)
        return WRONG_USAGE
    except (InstallerError, OSError) as why:
        print(f"error: {why}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nnothing was installed", file=sys.stderr)
        return FAILED


def default_home() -> Path:
    """Where it is installed unless somebody says otherwise."""
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return data / NAME


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"sh {sys.argv[0]}", description=_DESCRIPTION, allow_abbrev=False)
    parser.add_argument(
        "what",
        nargs="?",
        choices=("install", "show"),
        default="install",
        help="install, which is what it does unless told otherwise; or show, which only says what it is, and that it "
        "is whole and signed",
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument("--percent", type=float, metavar="N", help="how much of this computer to lend (as built: 10)")
    where = str(default_home()).replace("%", "%%")  # which begins a field of argparse's
    parser.add_argument("--folder", type=Path, metavar="DIR", help=f"where to install it ({where})")
    parser.add_argument(
        "--service",
        choices=("auto", *KINDS),
        default="auto",
        help="what starts it after a restart of this computer (the first of systemd, cron, none that works here)",
    )
    parser.add_argument("--no-start", action="store_true", help="do not start it now")
    parser.add_argument("--signed-by", default="", metavar="ID", help="go on only if this key has signed the installer")
    parser.add_argument("--first-port", type=int, metavar="N", help="its programs own this port and the 99 after it")
    parser.add_argument(
        "--address", action="append", default=[], metavar="IP", help="an address by which others reach this computer"
    )
    parser.add_argument(
        "--program-address", action="append", default=[], metavar="IP", help="an address for programs; the best first"
    )
    parser.add_argument(
        "--program-interface", action="append", default=[], metavar="NAME", help="a network interface for programs"
    )
    parser.add_argument(
        "--only-these-addresses", action="store_true", help="programs get no other addresses than those named"
    )
    return parser


def _show(offer: Offer, given: argparse.Namespace) -> int:
    stage = _stage(_home(given).folder)
    try:
        _unpack(offer, stage)
        told = _ask_release(stage, offer, [*_signed_by(given), "--only-check"])
    finally:
        shutil.rmtree(stage.folder, ignore_errors=True)
    _say_what_it_is(offer, told)
    print("the file is whole, and signed by that key")
    return 0


def _install(offer: Offer, given: argparse.Namespace) -> int:
    _check_options(given)
    home = _home(given)
    if home.folder.exists() and any(home.folder.iterdir()):
        return _install_over(home, offer, given)
    if home.folder.is_symlink():
        raise HomeUnusable(f"{home.folder} is a link: name the folder itself with --folder DIR")
    service, why_not = services.choose(given.service, home)
    _check_room(home, offer)
    stage = _stage(home.folder)
    try:
        _say(f"unpacking version {offer.version}, and measuring this computer; nothing is installed yet")
        _unpack(offer, stage)
        told = _ask_release(stage, offer, [*_signed_by(given), *_node_options(given)])
        put_supervisor(stage, offer.version)
        stage.switch(offer.version)
        _say_what_it_is(offer, told)
        _say_what_is_done(home, service, why_not, told)
        if not _agreed(given):
            _say("nothing was installed")
            return NOT_WANTED
        _put_in_place(stage, home, service, Record(offer.build, told["signed_by"], service.kind))
    finally:
        shutil.rmtree(stage.folder, ignore_errors=True)
    return _begin(home, service, given, told)


def _install_over(home: Home, offer: Offer, given: argparse.Namespace) -> int:
    """What is there already is the same, or older, or something else."""
    record = read_record(home)
    service = services.service(record.service, home)
    current = home.current()
    if current == offer.version and record.build == offer.build:
        _say(f"version {current} of this build is installed in {home.folder}")
        if not given.no_start and not services.is_running(home):
            service.start(home)
            _say("it had not been running, and is started")
        return 0
    if record.build != offer.build:
        raise HomeUnusable(
            f"another build is installed in {home.folder}: `seattle-node uninstall` removes it, and --folder DIR"
            " installs this one elsewhere"
        )
    if current is not None and is_older(offer.version, current):
        raise HomeUnusable(
            f"version {current} is installed in {home.folder}, and this is {offer.version}, an older one"
        )
    _check_room(home, offer)
    stage = _stage(home.folder)
    try:
        _unpack(offer, stage)
        told = _ask_release(stage, offer, [*_signed_by(given), "--only-check"])
        if told["signed_by"] != record.signed_by and not given.signed_by:
            raise HomeUnusable(
                f"this was signed by {told['signed_by']}, and what is installed by {record.signed_by}: if that is"
                " meant, say so with --signed-by ID"
            )
        _say_what_it_is(offer, told)
        _say(f"It takes the place of version {current} in {home.folder}. Vessels, keys and settings stay, and")
        _say(f"programs go on running. If it does not work here, version {current} comes back by itself.")
        if not _agreed(given):
            _say("nothing was changed")
            return NOT_WANTED
        _upgrade(stage, home, offer, service)
    finally:
        shutil.rmtree(stage.folder, ignore_errors=True)
    return 0


def _upgrade(stage: Home, home: Home, offer: Offer, service: Service) -> None:
    target = home.folder_of(offer.version)
    shutil.rmtree(target, ignore_errors=True)
    stage.folder_of(offer.version).rename(target)
    for name in (STATEMENT, SIGNATURE):
        (stage.folder / name).replace(home.folder / name)
    home.forgive(offer.version)
    home.name_next(offer.version)
    if not services.is_running(home):
        service.start(home)
    _say(f"version {offer.version} is tried now; `seattle-node status` says how it does")


def _home(given: argparse.Namespace) -> Home:
    """Where it is to be, or is. Raises HomeUnusable if others could put a program there."""
    home = Home((given.folder or default_home()).absolute())
    _check_place(home.folder)
    return home


def _check_options(given: argparse.Namespace) -> None:
    if given.percent is not None and not 0 < given.percent <= 100:
        raise WrongUsage(
            f"--percent {given.percent:g} is no share of a computer: expected more than 0, and at most 100"
        )
    if given.folder is not None and not str(given.folder).isprintable():
        raise WrongUsage(
            f"{str(given.folder)!r} has control characters, and crontabs and units have lines: name another"
        )
    if given.only_these_addresses and not (given.program_address or given.program_interface):
        raise WrongUsage("--only-these-addresses needs --program-address or --program-interface: which are these?")
    if os.geteuid() == 0 and not given.yes:
        _say("note: it would run as root, which it never needs: best give it a user of its own")
    if not given.yes and not sys.stdin.isatty():
        raise WrongUsage("there is nobody to ask here: --yes installs without asking")


def _check_place(folder: Path) -> None:
    """Whoever may write into the home, or rename what it is in, can have a program of theirs run as this account."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    real = Path(os.path.realpath(there))
    for above in dict.fromkeys((there, *there.parents, real, *real.parents)):
        found = above.stat()
        if found.st_uid not in (0, os.geteuid(), _NOBODY):
            raise HomeUnusable(
                f"{above} belongs to another user ({found.st_uid}), who could have another program run in the place of"
                " this one: name a folder of your own with --folder DIR"
            )
        if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
            raise HomeUnusable(
                f"{above} may be written into by everybody, who could have another program run in the place of this"
                " one: name another folder with --folder DIR, or take that right from them (chmod o-w)"
            )


def _check_room(home: Home, offer: Offer) -> None:
    there = next(folder for folder in (home.folder, *home.folder.parents) if folder.exists())
    needed, free = ROOM * offer.file.stat().st_size, shutil.disk_usage(there).free
    if free < needed:
        raise HomeUnusable(f"{needed >> 20} MiB are needed in {there}, and {free >> 20} MiB are free: make room first")


def _stage(folder: Path) -> Home:
    """A home that is not in its place yet: beside it, in the nearest folder that is there."""
    for left in left_of(folder):
        if not remove_left(left):
            raise HomeUnusable(f"`seattle-node uninstall` or another installer is at work in {left}: wait for it")
    there = next(parent for parent in folder.parents if parent.exists())
    stage = Home(stage_of(there / folder.name))
    check_free(stage.folder)
    stage.folder.mkdir(mode=0o700)
    lock(stage)  # for as long as this process lives
    return stage


def _unpack(offer: Offer, stage: Home) -> None:
    stage.versions.mkdir()
    with offer.bundle() as bundle:
        bundle.unpack(stage.folder_of(offer.version), sys.executable)
    (stage.folder / STATEMENT).write_bytes(offer.statement)
    (stage.folder / SIGNATURE).write_bytes(offer.signature)


def _ask_release(stage: Home, offer: Offer, options: Sequence[str]) -> dict[str, Any]:
    """What the release says of the installer, and of this computer. Raises InstallerError."""
    python = stage.folder_of(offer.version) / "bin" / "python3"
    command = [str(python), "-I", "-m", "seattle.installer.setup", str(stage.folder), *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise InstallerError("this installer can't be used here: see above; nothing was installed")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _signed_by(given: argparse.Namespace) -> list[str]:
    return ["--signed-by", given.signed_by] if given.signed_by else []


def _node_options(given: argparse.Namespace) -> list[str]:
    words: list[str] = []
    for name in ("percent", "first_port"):
        if (value := getattr(given, name)) is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    for name in ("address", "program_address", "program_interface"):
        for value in getattr(given, name):
            words += [f"--{name.replace('_', '-')}", value]
    return [*words, "--only-these-addresses"] if given.only_these_addresses else words


def _say_what_it_is(offer: Offer, told: dict[str, Any]) -> None:
    called = f" for {offer.name}" if offer.name else ""
    _say(f"Seattle {offer.version}{called}, signed by {told['signed_by']}")
    if told["site"]:
        _say(f"  more of it:   {told['site']}")
    for number, vessel in enumerate(told["vessels"], 1):
        users = f", used by {', '.join(vessel['users'])}" if vessel["users"] else ""
        _say(f"  part {number}:       {vessel['percent']} % of what is lent, owned by {vessel['owner']}{users}")
    _say(f"  it talks to:  {', '.join(told['fabric'])}")
    _say(f"  updates from: {told['updates'] or 'nobody: it stays as it is'}")


def _say_what_is_done(home: Home, service: Service, why_not: Sequence[str], told: dict[str, Any]) -> None:
    _say(f"It would lend {told['percent']:g} % of this computer, as the table shows, and install in {home.folder}.")
    _say(f"It would be started {service.words()}.")
    for why in why_not:
        _say(f"  ({why})")
    if told["failed"]:
        _say(f"note: {', '.join(told['failed'])} could not be measured; what is lent of them is assumed")


def _agreed(given: argparse.Namespace) -> bool:
    if given.yes:
        return True
    print("Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _put_in_place(stage: Home, home: Home, service: Service, record: Record) -> None:
    """Nothing of the donor's has changed until here; from here on, what fails is taken back."""
    places = [home.folder.parent]
    if isinstance(service, services.Systemd):
        places.append(service.unit.parent)
    record.folders = list(dict.fromkeys(str(folder) for place in places for folder in _missing(place)))
    try:
        command = stage.folder / NAME
        command.write_text(COMMAND.format(launcher=shlex.quote(str(home.launcher))), encoding="utf-8")
        command.chmod(0o755)
        link = Path.home() / ".local" / "bin" / NAME
        if link.parent.is_dir() and not os.path.lexists(link) and home.folder == default_home():
            record.link = str(link)
        record.write(stage)
        for place in places:
            place.mkdir(parents=True, exist_ok=True)
        if home.folder.exists():
            home.folder.rmdir()  # it is empty
        stage.folder.rename(home.folder)
    except BaseException:
        remove_empty(record.folders)
        raise
    try:
        (home.folder / LOCK).unlink(missing_ok=True)  # we hold it, and the supervisor makes one of its own
        if record.link:
            link.symlink_to(home.folder / NAME)
        service.add(home)
    except BaseException:
        remove_record(home, record)
        raise


def _missing(folder: Path) -> list[Path]:
    """Of a folder and those that it is in, which are to be made, the outermost first."""
    return [one for one in (folder, *folder.parents) if not one.exists()][::-1]


def _begin(home: Home, service: Service, given: argparse.Namespace, told: dict[str, Any]) -> int:
    command = NAME if read_record(home).link else str(home.folder / NAME)
    if given.no_start:
        _say(f"installed, and not started: `{command} start` does it")
    else:
        try:
            service.start(home)
            services.wait_until_up(home)
        except BaseException:
            _say_last_lines(home)
            uninstall(home)
            raise
        _say(f"installed and started: this is node {told['node']}")
    if hint := service.hint():
        _say(f"hint: {hint}")
    _say(f"`{command} status` shows what runs, `{command} pause` holds it, `{command} uninstall` removes all of it")
    return 0


def _say_last_lines(home: Home) -> None:
    """What the log says of why it does not come up: it goes with all the rest."""
    with contextlib.suppress(OSError):  # it did not get as far as a log
        for line in home.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]:
            _say(f"  {line}")


def is_older(version: str, than: str) -> bool:
    """Whether a version comes before another, as PEP 440 orders them, but for what stands behind a plus."""
    return _place(version) < _place(than)


def _place(version: str) -> tuple[int, list[int], tuple[str, int], int, float]:
    """What orders versions as they are written in bundles. One that is written in another way is older than any."""
    if (found := _VERSION.fullmatch(version)) is None:
        return -1, [], ("", 0), 0, 0
    epoch, release, before, number, after, unfinished = found.groups()
    numbers = [int(part) for part in release.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    stage = before or ("" if unfinished and not after else "z")  # `1.dev1` is before `1a1`, and `1` behind `1rc1`
    return (
        int(epoch or 0),
        numbers,
        (stage, int(number or 0)),
        int(after) if after else -1,
        int(unfinished) if unfinished else math.inf,
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
