"""What a daemon believes of whoever answers where a monitor should: little, and nothing that could hurt others."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seattle.node.control_sockets import ControlSockets
from seattle.node.errors import Busy
from seattle.node.folders import lock, opened
from seattle.node.runs import adopt
from seattle.repy import launch

pytestmark = pytest.mark.anyio
RUN = "v1.3"


@pytest.fixture
def sockets(tmp_path: Path) -> Iterator[ControlSockets]:
    with ControlSockets(tmp_path / "monitors") as made:
        yield made


@pytest.fixture
def bystander() -> Iterator["subprocess.Popen[bytes]"]:
    """A process of the donor's that no monitor has anything to do with."""
    with subprocess.Popen(["/bin/sleep", "1000"]) as process:
        yield process
        process.kill()


Answer = Callable[[socket.socket], object]


@pytest.fixture
def somebody(sockets: ControlSockets) -> Iterator[Callable[[Answer], int]]:
    """Somebody who holds the socket of `RUN`, in a process of its own: `somebody(answer)` is its id."""
    pids: list[int] = []

    def hold(answer: Answer) -> int:
        with sockets.listen(RUN) as listener:
            pid = os.fork()
            if pid == 0:
                try:
                    listener.setblocking(True)
                    line, _address = listener.accept()
                    answer(line)
                    signal.pause()
                finally:
                    os._exit(0)
        pids.append(pid)
        return pid

    yield hold
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


async def test_given_a_monitor_that_names_somebody_elses_process_when_its_run_is_stopped_then_that_process_lives(
    sockets: ControlSockets,
    somebody: Callable[[Answer], int],
    bystander: "subprocess.Popen[bytes]",
    alive: Callable[[int], bool],
) -> None:
    monitor = somebody(lambda line: line.send(launch.pack(launch.HERE, RUN, str(bystander.pid), "1.0")))
    run = await adopt(sockets, RUN)
    assert run is not None
    following = asyncio.create_task(run.follow())
    with pytest.raises(Busy):  # nobody here writes down that it has ended
        await run.stop("the donor")
    assert await following is None
    assert not alive(monitor)
    assert bystander.poll() is None


@pytest.mark.parametrize(
    "words",
    [
        (launch.HERE, "v1.4", "1", "1.0"),
        (launch.HERE, RUN),
        (launch.ENDED, "0", "exited", "0", "0"),
        ("\xff" * 100_000,),
    ],
)
async def test_given_somebody_who_is_not_the_monitor_of_this_run_when_it_answers_then_it_is_not_adopted(
    sockets: ControlSockets, somebody: Callable[[Answer], int], words: tuple[str, ...]
) -> None:
    somebody(lambda line: line.send(launch.pack(*words)))
    assert await adopt(sockets, RUN) is None


async def test_given_a_socket_that_nobody_holds_when_the_run_is_looked_for_then_there_is_none(
    sockets: ControlSockets,
) -> None:
    sockets.listen(RUN).close()
    assert await adopt(sockets, RUN) is None
    sockets.keep_only([])
    assert await adopt(sockets, RUN) is None


def test_given_a_folder_that_another_process_has_got_locked_when_it_is_to_be_locked_then_that_goes_when_it_has_died(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as first:
        assert lock(first)
        holder = subprocess.Popen(["/bin/sleep", "1000"], pass_fds=[first])
    with opened(tmp_path) as second:
        assert not lock(second)
        holder.kill()
        holder.wait()
        assert lock(second)
