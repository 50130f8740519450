"""A running vessel: one guest, its lines, its meters, and the one outcome that it comes to."""

import json
import signal
import socket
import time
import traceback
from contextlib import ExitStack, suppress
from itertools import count

import msgspec

from seattle.repy import door, launch
from seattle.repy.door import Refusal
from seattle.repy.monitor.calls import handlers
from seattle.repy.monitor.channels import Channel, NewLine, pair
from seattle.repy.monitor.control import Control
from seattle.repy.monitor.files import Files
from seattle.repy.monitor.gauges import Gauges
from seattle.repy.monitor.guest_process import GuestProcess
from seattle.repy.monitor.log import LogGoneError
from seattle.repy.monitor.network.interface import Network
from seattle.repy.monitor.order import Order
from seattle.repy.monitor.pace import REFUSALS, THREADS, Pace
from seattle.repy.monitor.questions import Questions
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Scheduler, Sleep, Task
from seattle.repy.monitor.sockets.sockets import Sockets
from seattle.repy.outcome import Outcome, OutcomeKind
from seattle.repy.walls.advice import ADVICE
from seattle.repy.walls.report import REQUIRED, Part, PartName, State, standing
from seattle.resources.kinds import Resource
from seattle.resources.meter import Meter, Slot

PATIENCE = 10.0  # seconds that a new guest gets to say that its walls stand, and to take its program

# Outcomes that a program may bring about by itself. A violation is one: of a contract between layers in the guest.
_BY_ITSELF = (OutcomeKind.EXITED, OutcomeKind.EXCEPTION, OutcomeKind.UNSAFE, OutcomeKind.VIOLATION)

_CLAIMABLE = {kind.value: kind for kind in OutcomeKind if kind in _BY_ITSELF}
"""The outcomes that a guest may claim."""


class Vessel:
    """Runs `order` in `guest`, on `network`, and obeys whoever is at `control` meanwhile."""

    def __init__(self, control: Control, guest: GuestProcess, network: Network, order: Order) -> None:
        self._control = control
        self._guest = guest
        self._order = order
        self._scheduler = Scheduler()
        self._meter = Meter(order.limits)
        self._outcome: Outcome | None = None
        self._started_at = 0.0  # seconds since 1970
        self._threads: dict[Channel, Slot] = {}
        self._refusals, self._beginnings = Pace(REFUSALS), Pace(THREADS)
        self._gauges = Gauges(
            self._scheduler,
            self._meter,
            guest,
            on_overdrawn=lambda detail: self._end(Outcome(OutcomeKind.KILLED, detail)),
            on_hidden=self._guest_hides,
        )
        new_handle = count(1).__next__
        self._files = Files(order.vessel_folder, self._meter, new_handle)
        self._sockets = Sockets(
            network,
            order.policy,
            self._meter,
            new_handle,
            note=self._note,
            preference=order.preference,
            budget=order.net_budget,
        )
        self._questions = Questions(control.tell, self._meter, answered=order.request.answers == "yes")
        self._handlers = handlers(
            meter=self._meter,
            log=order.log,
            files=self._files,
            sockets=self._sockets,
            questions=self._questions,
            new_thread=self._new_thread,
            finished=self._finished,
            resources=self.resources,
        )

    def run(self) -> Outcome:
        """From the program's text to its outcome. Whatever happens, the guest is not left alive."""
        try:
            self._begin()
            self._scheduler.run()
        except _NotStartedError as why:
            self._end(Outcome(OutcomeKind.VIOLATION, str(why)))
        except LogGoneError as why:
            self._end(Outcome(OutcomeKind.STOPPED, str(why)))
        except Exception as why:  # noqa: BLE001 - a bug of ours must end the guest, too
            traceback.print_exc()  # to the nursery's complaints; what it says may be the donor's alone to know
            self._end(Outcome(OutcomeKind.VIOLATION, f"the monitor failed: {type(why).__name__}"))
        finally:
            with suppress(OSError, ValueError):  # it has ended already
                self._gauges.update()
            self._guest.kill()
        assert self._outcome is not None
        return self._outcome

    def close(self) -> None:
        """Let go of all that the vessel holds of the system. For one that is not run, or not any more."""
        for channel in self._threads:
            channel.close()
        self._sockets.close_all()
        self._files.close_all()
        self._scheduler.close()
        self._gauges.close()

    def resources(self) -> list[object]:
        """Limits, usage, and stop times, as `getresources` shows them."""
        self._gauges.update()
        self._meter.diskused = self._files.used()
        usage: dict[str, object] = {**self._meter.usage(), "traffic": self.traffic}
        limits: dict[str, object] = {**self._meter.limits.to_mapping()}
        if self._sockets.budget.limit is not None:
            limits["traffic"] = self._sockets.budget.limit
        return [limits, usage, self._gauges.stop_times()]

    def account(self) -> dict[str, object]:
        """What the run has cost so far, for the donor's journal: `Account` in `seattle.repy.outcome_file`."""
        meter, destinations = self._meter, self._sockets.destinations
        return {
            "cpu": meter.cpu,
            "memory": max(self._gauges.peak, self._guest.most),
            "sent": round(meter.netsend.spent),
            "received": round(meter.netrecv.spent),
            "destinations": destinations.table(),
            "others": destinations.others,
        }

    @property
    def traffic(self) -> int:
        """Bytes that the program has exchanged with other computers, as they were charged."""
        return self._sockets.budget.used

    # --- beginning -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        line = self._guest.line
        line.settimeout(PATIENCE)
        self._check_walls(line)
        self._control.attend(
            self._scheduler,
            hear=self._hear_launcher,
            end=lambda why: self._end(Outcome(OutcomeKind.STOPPED, why)),
            introduce=self._introduce,
        )
        if self._outcome is not None:  # its launcher has given it up: not a line of it is run
            return
        self._started_at = time.time()
        self._control.tell(launch.STARTED, str(self._guest.pid))
        self._send_program(line)
        self._open_channel(line, self._meter.events.take())
        self._scheduler.watch_urgent(self._guest.fd, self._guest_is_gone)
        self._gauges.start()

    def _check_walls(self, line: socket.socket) -> None:
        """Hear how the walls stand. The guest has not seen a byte of the program yet, so it tells the truth."""
        try:
            ready = door.decode_call(line.recv(door.MAX_FRAME))
            if not isinstance(ready, door.Ready):
                raise _NotStartedError("the guest did not report on its walls")
            report = [Part(name, State(state), detail) for name, state, detail in ready.walls]
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as why:  # ValueError: no text, or no state
            raise _NotStartedError(f"the guest did not come to life: {why or 'it ended at once'}") from why
        if self._order.request.walls == "language":
            return
        if not standing(report):
            down = [part for part in report if part.name in REQUIRED and part.state is not State.UP]
            said = "; ".join(
                f"{part.name} is {part.state.value} ({part.detail}; remedy: {ADVICE[PartName(part.name)].remedy})"
                for part in down
            )
            raise _NotStartedError(f"the kernel wall does not stand, so nothing is run: {said or 'parts are missing'}")

    def _send_program(self, line: socket.socket) -> None:
        text = self._order.text
        try:
            line.send(self._order.head)
            for start in range(0, len(text), door.MAX_DATA):
                line.send(door.encode(door.ProgramText(text[start : start + door.MAX_DATA])))
        except OSError as why:
            raise _NotStartedError(f"the guest did not take the program: {why}") from why

    # --- while it runs -------------------------------------------------------------------------------------

    def _open_channel(self, line: socket.socket, slot: Slot) -> None:
        channel = Channel(
            line,
            self._scheduler,
            self._handlers,
            refusals=self._refusals,
            on_closed=self._channel_closed,
            on_violation=lambda detail: self._end(Outcome(OutcomeKind.VIOLATION, detail)),
        )
        self._threads[channel] = slot
        self._favour_the_only_line()

    def _new_thread(self, _call: door.NewThread) -> Task:
        if (seconds := self._beginnings.take()) > 0:
            yield Sleep(seconds)
        slot = self._meter.events.take()
        with ExitStack() as undo:
            undo.callback(slot.release)
            try:
                ours, theirs = map(undo.enter_context, pair())
                self._open_channel(ours, slot)
            except OSError as why:
                why_not = f"this computer has no room for a thread: {why.strerror}"
                raise RefusedError(Refusal.EXHAUSTED, why_not) from why
            undo.pop_all()
        return NewLine(theirs)

    def _channel_closed(self, channel: Channel) -> None:
        self._threads.pop(channel).release()
        self._favour_the_only_line()
        if not self._threads:
            self._scheduler.after(_LAST_BREATH, self._guest_has_hung_up)

    def _favour_the_only_line(self) -> None:
        """Most programs have one thread most of the time; with several, each has to be heard at once."""
        lines = list(self._threads)
        self._scheduler.favour(lines[0].hear_next if len(lines) == 1 else None)

    def _guest_has_hung_up(self) -> None:
        self._end(Outcome(OutcomeKind.VIOLATION, "the guest has closed its last line and lives on"))

    def _finished(self, call: door.Finished) -> None:
        kind = _CLAIMABLE.get(call.kind)
        if kind is None:
            self._end(
                Outcome(OutcomeKind.VIOLATION, f"the guest claims an end that is not its to claim, {call.kind!r}")
            )
        else:
            self._end(Outcome(kind, call.detail))

    def _introduce(self) -> None:
        """Tell a launcher that was not here at the start what it finds."""
        self._control.tell(launch.HERE, self._order.request.name, str(self._guest.pid), repr(self._started_at))

    def _hear_launcher(self, words: list[str]) -> None:
        match words:
            case [launch.STOP, who, *_]:
                self._end(Outcome(OutcomeKind.STOPPED, who))
            case [launch.USAGE]:
                self._tell_usage()
            case [launch.ANSWER, number, *words]:
                self._questions.hear(number, words)
            case [launch.FREEZE]:
                self._gauges.freeze()
            case [launch.THAW]:
                self._gauges.thaw()
            case [launch.CPU, share]:
                self._gauges.change_cpu(share)
            case _:
                self._end(Outcome(OutcomeKind.STOPPED, "its launcher, which is not to be understood"))

    def _tell_usage(self) -> None:
        try:
            resources = self.resources()
        except (OSError, ValueError, RefusedError):  # the guest has just ended, or the disk does not answer
            resources = [self._meter.limits.to_mapping(), self._meter.usage(), self._gauges.stop_times()]
        self._control.tell(launch.USAGE, json.dumps([*resources, self.account()]))

    def _guest_hides(self) -> None:
        """Its memory shows no more: it dies, and the kernel will soon say so, or its first thread alone has ended.

        To what dies already the stop is nothing.
        """
        self._guest.signal(signal.SIGSTOP)
        self._scheduler.after(_LAST_BREATH, self._guest_has_hidden)

    def _guest_has_hidden(self) -> None:
        self._end(Outcome(OutcomeKind.VIOLATION, "the guest has ended its first thread and lives on"))

    def _guest_is_gone(self, _events: int) -> None:
        """The guest died: after its last word, which may still be on the line, or without one."""
        for channel in list(self._threads):
            channel.hear_the_rest()
        if self._outcome is not None:
            return
        code = self._guest.reap()
        if self._guest.ran_out_of_memory():
            allowed = self._meter.limits[Resource.MEMORY]
            self._end(Outcome(OutcomeKind.KILLED, f"memory: the kernel ended it at the limit of {allowed} bytes"))
            return
        if code < 0:
            detail = f"signal {-code} ({signal.strsignal(-code)})"
        else:
            detail = f"the interpreter left with code {code} and no word"
        self._end(Outcome(OutcomeKind.CRASHED, detail))

    def _end(self, outcome: Outcome) -> None:
        """The first outcome counts."""
        if self._outcome is None:
            self._outcome = outcome
        self._scheduler.stop()

    def _note(self, text: str) -> None:
        """Say something to the vessel's owner: in the log, or by way of the launcher where that is a stream."""
        with suppress(OSError):  # the donor's disk is full
            self._order.log.note(f"\n{text}\n")
        if self._order.log_folder is None:
            self._control.tell(launch.NOTE, text)


_LAST_BREATH = 1.0
"""Seconds for a dying guest, whose memory and lines are gone a moment before the kernel says that the guest is dead."""


class _NotStartedError(Exception):
    """The guest did not get as far as the program."""
