"""The small process that is the service: keeps the daemon up, looks for updates, switches, and goes back.

It holds no key and reads nothing from the network: all of that is done by processes that end. One thread, which waits
for a signal, for a word on the control socket, or for a moment to come; whatever it decides is read from the home and
written there first, so that it may be killed between any two steps.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from . import asking, guarding
from .asking import Listener
from .bounds import Bounds, delay
from .child import Child, spawn
from .codes import UpdateCode
from .errors import InstallerError
from .guarding import BYE, NEW, REFUSED, STAY, UP
from .journal import Log
from .locks import holder, openers, was_started_from
from .versions import Home, Trial

HEEDED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
NICE: Final = 10  # of what fetches and unpacks
LONGEST_WAIT: Final = 60.0  # seconds
DAY: Final = 24 * 3600.0  # seconds that a version is not tried whose failure may not be its fault
_LOCK_OF_NODE: Final = "lock"  # in the node's folder; a daemon holds it
_BUSY: Final = 0.2  # seconds until it is looked at again
_MORE: Final = 5.0  # seconds until a daemon that has no broker is asked again
_PATIENCE: Final = 5.0  # seconds for it to answer
_QUICK: Final = 120.0  # seconds for databases to be copied, and for a supervisor to be packed


class Supervisor:
    """What supervises one home. Times are of `time.monotonic`.

    Args:
        home: where it is.
        bounds: how patient it is.
        lock: a descriptor that says that it is the only one.
        chance: from 0 to 1, each as likely.
    """

    def __init__(self, home: Home, bounds: Bounds, lock: int, *, chance: Callable[[], float] | None = None) -> None:
        self._home, self._bounds, self._lock = home, bounds, lock
        self._chance = chance or _chance
        self._log = Log(home.log)
        self._launcher = ["/bin/sh", str(home.launcher)]
        now = time.monotonic()
        self._daemon: Child | None = None
        self._start_at = now
        self._busy_since: float | None = None  # another daemon is in the node's folder
        self._failures = 0  # of the daemon, one after the other
        self._deaths = 0  # of the daemon of what is on trial
        self._update: Child | None = None
        self._check_at = now + delay(bounds.first_check, self._chance)
        self._checked: dict[str, Any] | None = None
        self._renew = True  # whether to look if the supervisor on the disk is that of the current version
        self._guardian, self._stay_at = -1, now
        self._trouble = ""
        self._leaving = False
        self._restarting = False
        self._listener = Listener(home.folder)
        self._wake, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for number, handler in (
            (signal.SIGCHLD, self._hear_nothing),
            (signal.SIGTERM, self._hear_end),
            (signal.SIGINT, self._hear_end),
            (signal.SIGHUP, self._hear_restart),
        ):
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEEDED)

    def take_over(self, daemon: int, guardian: int) -> None:
        """Go on where an older supervisor was: with its daemon, if it had one, and its guardian."""
        now = time.monotonic()
        if daemon:
            self._daemon = Child(daemon, now, ready_since=now)
        self._guardian, self._stay_at = guardian, now + self._bounds.stay

    def run(self) -> None:
        """Supervise until SIGTERM, SIGINT or the verb `stop`; then the daemon ends, and its programs."""
        trial = self._home.trial()
        if trial is not None and trial.version == self._home.current() and trial.version in self._home.refused():
            self._put_records_back()
        self._home.recover()
        self._log.say("supervisor_started", pid=os.getpid(), version=self._home.current())
        while not self._leaving:
            self._step(time.monotonic())
            if self._guardian >= 0:
                guarding.say(self._guardian, UP)
            self._wait()
        self._leave()

    def _step(self, now: float) -> None:
        """Do what is due."""
        self._see_daemon(now)
        self._see_update(now)
        self._log.trim()
        trial = self._home.trial()
        if trial is not None:
            self._judge(trial, now)
        elif self._update is None and (version := self._home.next()) is not None:
            self._try_to_switch(version)
        if self._restarting:
            self._restarting = False
            self._end_daemon()
        if self._daemon is None and now >= self._start_at:
            self._start(now)
        if self._update is None and now >= self._check_at and self._home.trial() is None:
            self._begin_check()
        self._see_successor(now)

    def _wait(self) -> None:
        """Until there is something to do."""
        now = time.monotonic()
        readers: list[Any] = [self._wake, self._listener]
        moments = [now + LONGEST_WAIT, self._check_at]
        if self._update is not None:
            moments.append(self._update.began + self._bounds.check_within)
        if self._daemon is None:
            moments.append(self._start_at)
        elif self._daemon.ready_fd >= 0:
            readers.append(self._daemon.ready_fd)
        if self._home.trial() is not None and self._daemon is not None:
            since = self._daemon.ready_since
            until = self._daemon.began + self._bounds.ready_within if since is None else since + self._bounds.trial
            moments.append(until if until > now else now + _MORE)
        if self._guardian >= 0:
            moments.append(self._stay_at)
        ready, _, _ = select.select(readers, [], [], min(moment for moment in moments if moment > now) - now)
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):  # it is empty already
                os.read(self._wake, 4096)
        if self._daemon is not None and self._daemon.ready_fd in ready:
            self._daemon.hear(time.monotonic())
            if self._daemon.ready_since is not None:
                self._failures, self._trouble = 0, ""
        if self._listener in ready:
            self._listener.answer(
                {"status": self.status, "stop": self._stop, "check": self._check_now, "restart": self._restart}
            )

    # -- the daemon

    def _start(self, now: float) -> None:
        version = self._home.current()
        if version is None:
            self._fail(now, "nothing is installed here: run the installer")
            return
        if not self._has_python(version) and not self._mend(now):
            return
        if self._is_node_busy():
            self._wait_for_other(now)
            return
        self._busy_since, self._trouble = None, ""
        if (trial := self._home.trial()) is not None:
            with contextlib.suppress(OSError):  # a full disk: what we remember of its deaths must do
                self._home.set_trial(Trial(trial.version, trial.before, trial.since, trial.starts + 1))
        settings = str(self._home.node / "node.toml")
        # By the version's own path: were it `current`, what a daemon imports later would be of another version.
        command = [self._python(version), "-P", "-m", "seattle.node", "--settings", settings]
        self._daemon = spawn(command, log=self._log.fd, tells_ready=True)
        self._log.say("daemon_started", pid=self._daemon.pid, version=version)

    def _see_daemon(self, now: float) -> None:
        if self._daemon is None or not self._daemon.has_ended():
            return
        lived = now - self._daemon.began
        self._log.say("daemon_ended", pid=self._daemon.pid, code=self._daemon.code, lived=round(lived, 1))
        self._daemon = None
        self._deaths += 1
        self._failures = 1 if lived > self._bounds.longest_back_off else self._failures + 1
        self._start_at = now + min(
            self._bounds.first_back_off * 2.0 ** min(self._failures - 1, 30), self._bounds.longest_back_off
        )

    def _end_daemon(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it; with SIGTERM its programs run on until the next one adopts them."""
        if self._daemon is not None:
            code = self._daemon.end(number, within=self._bounds.end_within)
            self._log.say("daemon_ended", pid=self._daemon.pid, code=code)
        self._daemon, self._start_at = None, time.monotonic()

    def _has_python(self, version: str) -> bool:
        """Whether the version's interpreter is there, as far as can be seen without starting it."""
        return os.access(self._python(version), os.X_OK) and self._failures < 2

    def _mend(self, now: float) -> bool:
        """Have the current version given an interpreter if its own has gone; whether it has one now."""
        child = spawn([*self._launcher, "mend"], log=self._log.fd, nice=NICE)
        if child.finish(within=self._bounds.mend_within) == 0:
            return True
        self._deaths += 1  # what is on trial may have done that itself
        self._fail(now, "the Python that this ran on has gone, and no other will do: the log says what to install")
        return False

    def _fail(self, now: float, trouble: str) -> None:
        self._trouble = trouble
        self._log.say("daemon_not_started", trouble=trouble)
        self._start_at = now + self._bounds.longest_back_off

    def _is_node_busy(self) -> bool:
        """Whether another daemon is at work there: that of a supervisor that was killed ends at once."""
        try:
            fd = os.open(self._home.node / _LOCK_OF_NODE, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def _wait_for_other(self, now: float) -> None:
        """Another daemon is there. If it is one of ours that has missed the end of its supervisor, it is killed."""
        self._start_at = now + _BUSY
        self._busy_since = self._busy_since or now
        if now - self._busy_since < self._bounds.end_within:
            return
        if not self._kill_others():
            pid = holder(self._home.node / _LOCK_OF_NODE)
            self._fail(now, f"another daemon (process {pid}) works in the node's folder: end it first")

    def _kill_others(self) -> bool:
        """Kill daemons of ours that nobody supervises, and what they left their lock to; whether there were any."""
        file = self._home.node / _LOCK_OF_NODE
        ours = [pid for pid in openers(file) if was_started_from(pid, self._home.versions)]
        for pid in ours:
            self._log.say("daemon_killed", pid=pid, why="no supervisor is left that it answers to")
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(pid, signal.SIGKILL)
        return bool(ours)

    def _python(self, version: str) -> str:
        return str(self._home.folder_of(version) / "bin" / "python3")

    # -- versions

    def _try_to_switch(self, version: str) -> None:
        """Go to another version, or stay with this one, which serves on: the disk may be full."""
        try:
            self._switch(version)
        except OSError as why:
            self._log.say("not_switched", version=version, why=str(why))
            self._home.clear_next()  # an update step will come to it again
            self._home.recover()

    def _switch(self, version: str) -> None:
        """Go to another version, on trial. Each step may be the last one: `Home.recover` knows what to do then."""
        before = self._home.current()
        self._log.say("switching", version=version, before=before)
        self._end_daemon()
        if not self._do([*self._launcher, "keep-records"]):
            self._home.refuse(version, "the node's databases could not be copied", until=time.time() + DAY)
            self._home.clear_next()
            return
        self._home.set_trial(Trial(version, before or "", time.time()))
        self._home.switch(version)
        self._home.clear_next()
        self._deaths = self._failures = 0

    def _judge(self, trial: Trial, now: float) -> None:
        """Whether what is on trial is to be trusted, or gone back from."""
        bounds, daemon = self._bounds, self._daemon
        if daemon is None:
            if self._deaths >= bounds.deaths or trial.starts >= bounds.starts:
                self._go_back(trial, f"its daemon ended again and again ({max(self._deaths, trial.starts)} times)")
        elif daemon.ready_since is not None:
            if now - daemon.ready_since >= bounds.trial:
                self._log.say("version_proven", version=trial.version)
                self._home.end_trial()
                self._renew = True
                self._sweep()
        elif now - daemon.began >= bounds.ready_within:
            if not self._answers():
                self._go_back(trial, f"its daemon was not ready within {bounds.ready_within:g} s")
            elif now - daemon.began >= bounds.connect_within:  # which may not be its fault: so not for good
                why = f"its daemon has not reached the fabric within {bounds.connect_within:g} s"
                self._go_back(trial, why, until=time.time() + DAY)

    def _go_back(self, trial: Trial, why: str, *, until: float | None = None) -> None:
        self._log.say("going_back", version=trial.version, to=trial.before, why=why)
        with contextlib.suppress(OSError):  # a full disk must not keep what is broken
            self._home.refuse(trial.version, why, until=until)
        self._end_daemon()
        if self._is_node_busy():  # what it has left behind must not work in databases that are put back
            self._kill_others()
        self._put_records_back()
        self._home.go_back(trial)
        self._deaths = self._failures = 0

    def _put_records_back(self) -> None:
        if not self._do([*self._launcher, "put-records-back"]):
            self._log.say("records_not_put_back", hint=f"{self._home.records} has the databases as they were")

    def _answers(self) -> bool:
        """Whether the daemon serves its donor, so that nothing but the fabric is missing."""
        try:
            asking.ask(self._home.node, "status", patience=_PATIENCE)
        except InstallerError:
            return False
        return True

    def _sweep(self) -> None:
        with contextlib.suppress(OSError):  # the next time will do
            if gone := self._home.sweep():
                self._log.say("versions_removed", versions=gone)

    # -- updates

    def _begin_check(self) -> None:
        self._sweep()
        version = self._home.current()
        if version is None or not os.access(self._python(version), os.X_OK):
            self._check_at = time.monotonic() + delay(self._bounds.check, self._chance)
            return
        command = [self._python(version), "-P", "-m", "seattle.installer.update", "--home", str(self._home.folder)]
        self._update = spawn(command, log=self._log.fd, nice=NICE)

    def _see_update(self, now: float) -> None:
        if self._update is None:
            return
        if not self._update.has_ended():
            if now - self._update.began < self._bounds.check_within:
                return
            self._update.end(signal.SIGKILL, within=self._bounds.end_within)
        code = self._update.code
        result = UpdateCode(code).name.lower() if code in set(UpdateCode) else "failed"
        self._log.say("update_checked", result=result, code=code)
        self._checked = {"at": time.time(), "result": result}
        self._update = None
        self._check_at = now + delay(self._bounds.check, self._chance)

    # -- the next supervisor

    def _see_successor(self, now: float) -> None:
        """Become the supervisor of the current version, if that is another one and can be trusted."""
        if self._guardian >= 0:
            if now >= self._stay_at:
                self._stay()
            return
        is_quiet = self._update is None and self._home.trial() is None and self._home.next() is None
        if self._renew and is_quiet and self._daemon is not None and self._daemon.ready_since is not None:
            self._renew = False
            try:
                self._become_successor()
            except OSError as why:
                self._log.say("supervisor_not_replaced", why=str(why))

    def _stay(self) -> None:
        """We have lived for a while: take the old one's place."""
        with contextlib.suppress(FileNotFoundError):  # an earlier attempt has come as far as that
            (self._home.folder / NEW).replace(self._home.supervisor)
        guarding.say(self._guardian, STAY)
        os.close(self._guardian)
        self._guardian = -1
        self._log.say("supervisor_replaced", version=self._home.current())

    def _become_successor(self) -> None:
        folder = self._home.folder
        new, refused = folder / NEW, folder / REFUSED
        if not self._do([*self._launcher, "pack", str(self._home.current()), str(new)]):
            return
        ours, theirs = self._home.supervisor.read_bytes(), new.read_bytes()
        if theirs == ours or (refused.exists() and refused.read_bytes() == theirs):
            new.unlink()
            return
        if not self._do([*guarding.command(new, self._home, self._bounds), "look"]):
            self._log.say("supervisor_refused", version=self._home.current())
            new.replace(refused)
            return
        daemon = self._daemon.pid if self._daemon is not None else 0
        tell = guarding.fork_guardian(self._home, self._bounds)
        for fd in (self._lock, tell):
            os.set_inheritable(fd, True)  # noqa: FBT003 - the standard library's signature
        state = json.dumps({"format": 1, "lock": self._lock, "daemon": daemon, "guardian": tell})
        words = guarding.command(new, self._home, self._bounds, "--taking-over", state)
        signal.pthread_sigmask(signal.SIG_BLOCK, HEEDED)  # until there is somebody to heed them again
        try:
            os.execv(words[0], words)  # noqa: S606 - no shell
        except OSError:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HEEDED)
            guarding.say(tell, BYE)
            os.close(tell)
            raise

    def _do(self, command: list[str]) -> bool:
        """Whether a short process does well. Blocks."""
        return spawn(command, log=self._log.fd).finish(within=_QUICK) == 0

    # -- what can be asked, and what signals say

    def status(self) -> dict[str, Any]:
        """How all stands, as JSON has it."""
        now, daemon, trial = time.monotonic(), self._daemon, self._home.trial()
        return {
            "version": self._home.current(),
            "supervisor": os.getpid(),
            "daemon": None if daemon is None else daemon.pid,
            "ready": daemon is not None and daemon.ready_since is not None,
            "trouble": self._trouble if daemon is None else "",
            "trial": None if trial is None else asdict(trial),
            "next": self._home.next(),
            "refused": {version: asdict(refused) for version, refused in self._home.refused().items()},
            "checking": self._update is not None,
            "checked": self._checked,
            "next_check": max(0.0, round(self._check_at - now, 1)),
        }

    def _stop(self) -> dict[str, Any]:
        self._leaving = True
        return {}

    def _check_now(self) -> dict[str, Any]:
        self._check_at = time.monotonic()
        return {}

    def _restart(self) -> dict[str, Any]:
        self._restarting = True
        return {}

    def _hear_nothing(self, *_: object) -> None:
        """A child has ended: its wait is over."""

    def _hear_end(self, *_: object) -> None:
        self._leaving = True

    def _hear_restart(self, *_: object) -> None:
        self._restarting = True

    def _leave(self) -> None:
        if self._guardian >= 0:
            guarding.say(self._guardian, BYE)
        if self._update is not None:
            self._update.end(signal.SIGTERM, within=_PATIENCE)
        self._end_daemon(signal.SIGINT)
        self._listener.close()
        self._log.say("supervisor_ended", pid=os.getpid())


def _chance() -> float:
    return int.from_bytes(os.urandom(7), sys.byteorder) / 2.0**56
