"""How the supervisor is kept running: by the user's own systemd, by cron at each boot, or by nobody but ourselves.

None of it takes the rights of another user.
"""

import contextlib
import getpass
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from . import asking
from .child import environment
from .errors import InstallerError, ServiceUnusable, SupervisorAway
from .guarding import lock
from .versions import Home

PATIENCE: Final = 30.0  # seconds for a command of the system's
COMES_UP: Final = 20.0  # seconds for the supervisor to answer
GOES_DOWN: Final = 60.0  # seconds for it to end, with all that runs
_ANSWERS: Final = 5.0  # seconds until it is asked again
KINDS: Final = ("systemd", "cron", "none")
# Told to end, the supervisor ends all that runs. When it has died, programs are left for the next one to adopt.
UNIT: Final = """\
[Unit]
Description=Seattle: a slice of this computer for programs of others
After=network.target

[Service]
ExecStart="{launcher}"
Restart=always
RestartSec=10
Delegate=cpu memory pids
KillMode=process
TimeoutStopSec=60

[Install]
WantedBy=default.target
"""


@dataclass(frozen=True)
class Systemd:
    """A unit of the user's own systemd."""

    unit: Path

    kind = "systemd"

    def words(self) -> str:
        """What it is, for people."""
        return f"by systemd, as the unit {self.unit.name} of {getpass.getuser()}, in {self.unit.parent}"

    def add(self, home: Home) -> None:
        """Have it started at each login, or at each boot where lingering is on. Raises ServiceUnusable, OSError."""
        self.unit.parent.mkdir(parents=True, exist_ok=True)
        self.unit.write_text(_text(home), encoding="utf-8")
        _run(["systemctl", "--user", "daemon-reload"])
        _run(["systemctl", "--user", "enable", "--quiet", self.unit.name])

    def start(self, home: Home) -> None:
        """Start it now. Raises as `add`."""
        del home
        _run(["systemctl", "--user", "start", self.unit.name])

    def stop(self, home: Home) -> None:
        """Stop it, with all that runs. Raises as `add`."""
        del home
        _run(["systemctl", "--user", "stop", self.unit.name], patience=GOES_DOWN + PATIENCE)

    def remove(self, home: Home) -> None:
        """Nobody starts it any more."""
        del home
        _try(["systemctl", "--user", "disable", "--quiet", self.unit.name])
        self.unit.unlink(missing_ok=True)
        _try(["systemctl", "--user", "daemon-reload"])

    def hint(self) -> str:
        """What is left for the donor to do."""
        user = getpass.getuser()
        if _said(["loginctl", "show-user", user, "--property=Linger", "--value"]) == "yes":
            return ""
        return f"it runs while {user} is logged in; `loginctl enable-linger` has it run from each boot on"


@dataclass(frozen=True)
class Cron:
    """A line of the user's crontab."""

    kind = "cron"

    def words(self) -> str:
        """What it is, for people."""
        return f"by cron at each boot, with a line in the crontab of {getpass.getuser()}"

    def add(self, home: Home) -> None:
        """Have it started at each boot. Raises ServiceUnusable, OSError."""
        _write_crontab([*_without(_crontab(), home), _line(home)])

    def start(self, home: Home) -> None:
        """Start it now. Raises ServiceUnusable, OSError."""
        start_alone(home)

    def stop(self, home: Home) -> None:
        """Stop it, with all that runs. Raises ServiceUnusable."""
        stop_alone(home)

    def remove(self, home: Home) -> None:
        """Nobody starts it any more. Raises ServiceUnusable."""
        before = _crontab()
        if (after := _without(before, home)) != before:
            _write_crontab(after)

    def hint(self) -> str:
        """What is left for the donor to do."""
        return ""


@dataclass(frozen=True)
class Nobody:
    """Started by hand."""

    kind = "none"

    def words(self) -> str:
        """What it is, for people."""
        return "by nobody after a restart of this computer: `seattle-node start` does it"

    def add(self, home: Home) -> None:
        """There is nothing to do."""

    def start(self, home: Home) -> None:
        """Start it now. Raises ServiceUnusable, OSError."""
        start_alone(home)

    def stop(self, home: Home) -> None:
        """Stop it, with all that runs. Raises ServiceUnusable."""
        stop_alone(home)

    def remove(self, home: Home) -> None:
        """There is nothing to do."""

    def hint(self) -> str:
        """What is left for the donor to do."""
        return ""


Service = Systemd | Cron | Nobody


def service(kind: str, home: Home) -> Service:
    """That of this kind, for a home."""
    match kind:
        case "systemd":
            return Systemd(_unit(home))
        case "cron":
            return Cron()
        case _:
            return Nobody()


def choose(wanted: str, home: Home) -> tuple[Service, list[str]]:
    """The kind that is wanted, or with "auto" the best that works here; and why others do not.

    Raises ServiceUnusable if what is wanted does not work here.
    """
    troubles: dict[str, Callable[[], str]] = {
        "systemd": lambda: _no_systemd(home),
        "cron": _no_cron,
        "none": str,
    }
    if wanted != "auto":
        if trouble := troubles[wanted]():
            raise ServiceUnusable(f"--service {wanted} does not work here: {trouble}")
        return service(wanted, home), []
    why_not: list[str] = []
    for kind in KINDS:
        if not (trouble := troubles[kind]()):
            return service(kind, home), why_not
        why_not.append(f"not by {kind}: {trouble}")
    raise AssertionError(wanted)


def start_alone(home: Home) -> None:
    """Start a supervisor that outlives us, if none runs. Raises ServiceUnusable if it does not come up."""
    if is_running(home):
        return
    with home.log.open("ab") as log:
        supervisor = subprocess.Popen(
            ["/bin/sh", str(home.launcher)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment(os.environ),
            start_new_session=True,
        )
    wait_until_up(home, has_ended=lambda: supervisor.poll() is not None)


def wait_until_up(home: Home, *, has_ended: Callable[[], bool] = lambda: False) -> None:
    """Return when the supervisor answers. Raises ServiceUnusable if it does not in time, or has ended."""
    until = time.monotonic() + COMES_UP
    while True:
        try:
            asking.ask(home.folder, "status")
        except SupervisorAway:
            if time.monotonic() > until or has_ended():
                raise ServiceUnusable(f"it does not come up: {home.log} says why") from None
            time.sleep(0.1)
        else:
            return


def stop_alone(home: Home) -> None:
    """Have the supervisor end, with all that runs. Raises ServiceUnusable if it does not."""
    until = time.monotonic() + GOES_DOWN
    while True:
        with contextlib.suppress(SupervisorAway):  # or it does something that takes a while, and answers later
            asking.ask(home.folder, "stop", patience=_ANSWERS)
        if (fd := lock(home, within=min(_ANSWERS, GOES_DOWN))) >= 0:
            os.close(fd)
            return
        if time.monotonic() > until:
            raise ServiceUnusable(f"it has not ended within {GOES_DOWN:g} s: {home.log} says what it waits for")


def is_running(home: Home) -> bool:
    """Whether a supervisor answers."""
    try:
        asking.ask(home.folder, "status")
    except InstallerError:
        return False
    return True


def _unit(home: Home) -> Path:
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return config / "systemd" / "user" / f"{home.folder.name}.service"


def _no_systemd(home: Home) -> str:
    if shutil.which("systemctl") is None:
        return "there is no systemd"
    unit = _unit(home)
    # What is there would be written over, and removed one day; what the system has under that name, hidden.
    if not _is_ours(unit, home) and (os.path.lexists(unit) or _said(["systemctl", "--user", "cat", unit.name])):
        return f"there is a unit {unit.name} already, which is not ours"
    if not _said(["systemctl", "--user", "show-environment"]):
        return f"the systemd of user {getpass.getuser()} does not answer (in `su` and `sudo` it does not)"
    return ""


def _text(home: Home) -> str:
    return UNIT.format(launcher=_quoted(home.launcher))


def _is_ours(unit: Path, home: Home) -> bool:
    """Whether it was left behind by an installation in the same place."""
    try:
        return not unit.is_symlink() and unit.read_bytes() == _text(home).encode()
    except OSError:
        return False


def _no_cron() -> str:
    if shutil.which("crontab") is None:
        return "there is no crontab"
    try:
        _crontab()
    except ServiceUnusable as why:
        return str(why)
    return "" if _is_cron_at_work() else "no cron daemon runs"


def _is_cron_at_work() -> bool:
    for process in os.listdir("/proc"):  # noqa: PTH208 - names
        if process.isdigit():
            try:
                name = Path("/proc", process, "comm").read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                continue
            if name in ("cron", "crond", "cronie", "fcron", "dcron"):
                return True
    return False


def _line(home: Home) -> bytes:
    # A percent sign would end the command, as cron has it.
    return os.fsencode(f"@reboot {shlex.quote(str(home.launcher))} >/dev/null 2>&1".replace("%", r"\%"))


def _without(lines: list[bytes], home: Home) -> list[bytes]:
    return [line for line in lines if line != _line(home)]


def _crontab() -> list[bytes]:
    """Its lines, as cron has them: of whatever bytes, and for a text more signs than one would end a line."""
    try:
        done = _ended(["crontab", "-l"], patience=PATIENCE)
    except (OSError, subprocess.SubprocessError) as why:
        raise ServiceUnusable(f"the crontab of {getpass.getuser()} can't be used: {why}") from why
    if done.returncode != 0 and b"no crontab for" not in done.stderr:
        raise ServiceUnusable(f"the crontab of {getpass.getuser()} can't be used: {_in_words(done.stderr)}")
    return done.stdout.removesuffix(b"\n").split(b"\n") if done.returncode == 0 and done.stdout else []


def _write_crontab(lines: list[bytes]) -> None:
    if lines:
        _run(["crontab", "-"], given=b"\n".join(lines) + b"\n")
    else:
        _run(["crontab", "-r"])


def _run(command: list[str], *, given: bytes = b"", patience: float = PATIENCE) -> None:
    try:
        done = _ended(command, given=given, patience=patience)
    except (OSError, subprocess.SubprocessError) as why:
        raise ServiceUnusable(f"`{' '.join(command)}` fails: {why}") from why
    if done.returncode != 0:
        raise ServiceUnusable(f"`{' '.join(command)}` fails: {_in_words(done.stderr) or done.returncode}")


def _try(command: list[str]) -> None:
    try:
        _run(command)
    except ServiceUnusable as why:
        print(f"note: {why}", file=sys.stderr)


def _said(command: list[str]) -> str:
    try:
        done = _ended(command, patience=PATIENCE)
    except (OSError, subprocess.SubprocessError):
        return ""
    return _in_words(done.stdout) if done.returncode == 0 else ""


def _in_words(said: bytes) -> str:
    return said.decode("utf-8", "replace").strip()


def _ended(command: list[str], *, given: bytes = b"", patience: float) -> "subprocess.CompletedProcess[bytes]":
    """A command of the system's once it has ended; it hears what it is `given`. Raises OSError, SubprocessError."""
    return subprocess.run(command, input=given, capture_output=True, timeout=patience, check=False)


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
