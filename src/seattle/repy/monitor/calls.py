"""Which call goes where: the table that turns a frame into work."""

import os
from collections.abc import Callable
from typing import Any

from seattle.repy import door
from seattle.repy.door import Refusal
from seattle.repy.monitor.channels import Handler
from seattle.repy.monitor.files import Files
from seattle.repy.monitor.log import Log
from seattle.repy.monitor.metering import pay, wait_for
from seattle.repy.monitor.questions import Questions
from seattle.repy.monitor.refused import RefusedError
from seattle.repy.monitor.scheduler import Sleep, Task
from seattle.repy.monitor.sockets.sockets import Sockets
from seattle.resources.meter import Meter, TokenBucket

RANDOM_BYTES = 1024


def handlers(
    *,
    meter: Meter,
    log: Log,
    files: Files,
    sockets: Sockets,
    questions: Questions,
    new_thread: Callable[[door.NewThread], Task],
    finished: Callable[[door.Finished], None],
    resources: Callable[[], Any],
) -> dict[type, Handler]:
    """For each frame that a running guest may send, the function that does it.

    A handler returns the answer's value, or a task that does.
    """
    return {
        door.NewThread: new_thread,
        door.Finished: finished,
        door.Log: log_writer(log, meter.lograte),
        door.RandomBytes: lambda _call: _random_bytes(meter),
        door.GetResources: lambda _call: resources(),
        door.OpenFile: lambda call: files.open(call.name, create=call.create),
        door.ReadFile: lambda call: files.read(call.handle, call.offset, call.count),
        door.WriteFile: lambda call: files.write(call.handle, call.offset, call.data, call.following),
        door.FileSize: lambda call: files.size(call.handle),
        door.CloseFile: lambda call: files.close(call.handle),
        door.ListFiles: lambda call: files.list(call.after),
        door.RemoveFile: lambda call: files.remove(call.name),
        door.GetHostByName: lambda call: sockets.get_host_by_name(call.name),
        door.GetMyIp: lambda _call: sockets.get_my_ip(),
        door.SendMessage: lambda call: sockets.send_message(
            call.destip, call.destport, call.message, call.localip, call.localport
        ),
        door.ListenForMessage: lambda call: sockets.listen_for_message(call.localip, call.localport),
        door.GetMessage: lambda call: sockets.get_message(call.handle),
        door.OpenConnection: lambda call: sockets.open_connection(
            call.destip, call.destport, call.localip, call.localport, call.timeout
        ),
        door.ListenForConnection: lambda call: sockets.listen_for_connection(call.localip, call.localport),
        door.GetConnection: lambda call: sockets.get_connection(call.handle),
        door.Receive: lambda call: sockets.receive(call.handle, call.count),
        door.Send: lambda call: sockets.send(call.handle, call.data, call.half_closed),
        door.EndSending: lambda call: sockets.end_sending(call.handle),
        door.CloseSocket: lambda call: sockets.close(call.handle),
        door.WaitReady: lambda call: sockets.wait_ready(call.reading, call.writing, call.timeout),
        door.Announce: lambda call: questions.announce(call.key, call.value, call.lifetime),
        door.LookUp: lambda call: questions.look_up(call.key, call.most),
    }


def log_writer(log: Log, bucket: TokenBucket) -> Callable[[door.Log], Task | None]:
    """The function that writes a program's output to its log, as fast as `bucket` lets it."""
    charge, write = bucket.charge, log.write

    def write_log(call: door.Log) -> Task | None:
        seconds = charge(len(call.data))  # first: what is forbidden must not be written
        if seconds <= 0:
            return _written(write, call.data)
        own = len(call.data) / bucket.limit  # seconds; what is left of the wait is for those who came before
        return _write_slowly(write, call.data, before=seconds - own, after=min(own, seconds))

    return write_log


def _write_slowly(write: Callable[[bytes], Task | None], data: bytes, *, before: float, after: float) -> Task:
    if before > 0:  # other threads are in debt: nothing is written on top of that
        yield Sleep(before)
    rest = _written(write, data)
    if rest is not None:
        yield from rest
    yield Sleep(after)


def _written(write: Callable[[bytes], Task | None], data: bytes) -> Task | None:
    try:
        return write(data)
    except OSError as why:  # the donor's disk is full, or broken
        raise RefusedError(Refusal.EXHAUSTED, f"the log can't be written: {why.strerror}") from why


def _random_bytes(meter: Meter) -> Task:
    yield from wait_for(meter.random)
    data = os.urandom(RANDOM_BYTES)
    yield from pay(meter.random, RANDOM_BYTES)
    return data
