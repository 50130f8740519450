"""The control socket: the donor's own line to the daemon, and nobody else's."""

import asyncio
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair
from seattle.node.asking import ask
from seattle.node.control import MAX_CONNECTIONS, SOCKET, Control
from seattle.node.errors import BadReply, ControlRefused, NodeError, NotRunning
from seattle.node.overview import STATUS, GetStatus, Status
from seattle.node.verbs import MAX_REPLY, MAX_REQUEST, Done, Order, Verb, Verbs

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]

NOBODY = 65534  # a user's id


class Echo(Order, frozen=True, tag="echo"):
    count: int = 1


class Echoed(Done, frozen=True):
    text: str = ""


class Fail(Order, frozen=True, tag="fail"):
    pass


ECHO, FAIL = Verb(Echo, Echoed), Verb(Fail, Done)


class TroubleError(NodeError):
    code = "trouble"
    hint = "look elsewhere"


async def _echo(request: Echo) -> Echoed:
    return Echoed("x" * request.count)


async def _fail(_request: Fail) -> Done:
    raise TroubleError("it can't be done")


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "node"
    folder.mkdir(mode=0o700)
    return folder


def _control(folder: Path) -> Control:
    verbs = Verbs()
    verbs.add(ECHO, _echo)
    verbs.add(FAIL, _fail)
    return Control(folder, verbs)


async def _raw(folder: Path, data: bytes) -> dict[str, Any]:
    """The reply to these bytes."""
    reader, writer = await asyncio.open_unix_connection(str(folder / SOCKET))
    try:
        writer.write(data)
        async with asyncio.timeout(10):
            reply: dict[str, Any] = json.loads(await reader.readline())
            return reply
    finally:
        writer.close()


async def test_given_a_verb_when_it_is_asked_for_then_its_answer_comes_typed(folder: Path) -> None:
    async with _control(folder):
        assert await asyncio.to_thread(ask, folder, ECHO, Echo(3)) == Echoed("xxx")


async def test_given_a_verb_that_refuses_when_it_is_asked_for_then_code_words_and_hint_travel(folder: Path) -> None:
    async with _control(folder):
        with pytest.raises(ControlRefused, match="it can't be done") as no:
            await asyncio.to_thread(ask, folder, FAIL, Fail())
    assert (no.value.code, no.value.hint) == ("trouble", "look elsewhere")


@pytest.mark.parametrize(
    ("request_line", "code"),
    [
        (b'{"verb": "fly"}\n', "unknown-verb"),
        (b'{"verb": "echo", "count": "three"}\n', "bad-request"),
        (b'{"verb": "echo", "other": 1}\n', "bad-request"),
        (b"no JSON\n", "bad-request"),
        (b'{"verb": "echo\xff"}\n', "bad-request"),
        (b"[" * 60_000 + b"\n", "bad-request"),
        (b"x" * (MAX_REQUEST + 1), "bad-request"),
        (json.dumps({"verb": "echo", "count": MAX_REPLY}).encode() + b"\n", "too-long"),
    ],
)
async def test_given_a_request_that_is_not_as_it_should_be_when_it_comes_then_it_is_refused_and_the_next_answered(
    folder: Path, request_line: bytes, code: str
) -> None:
    async with _control(folder):
        reply = await _raw(folder, request_line)
        assert (reply["is"], reply["code"]) == ("refusal", code)
        assert (await _raw(folder, b'{"verb": "echo"}\n'))["value"] == {"text": "x"}


async def test_given_one_connection_when_it_carries_several_requests_then_all_are_answered_in_order(
    folder: Path,
) -> None:
    async with _control(folder):
        reader, writer = await asyncio.open_unix_connection(str(folder / SOCKET))
        writer.write(b"".join(b'{"verb": "echo", "count": %d}\n' % count for count in (1, 2, 3)))
        replies = [json.loads(await reader.readline()) for _ in range(3)]
        writer.close()
    assert [reply["value"]["text"] for reply in replies] == ["x", "xx", "xxx"]


async def test_given_as_many_silent_connections_as_may_be_when_another_comes_then_it_is_told_so(folder: Path) -> None:
    async with _control(folder):
        silent = [await asyncio.open_unix_connection(str(folder / SOCKET)) for _ in range(MAX_CONNECTIONS)]
        reader, writer = await asyncio.open_unix_connection(str(folder / SOCKET))
        assert json.loads(await reader.readline())["code"] == "busy"
        for _, one in (*silent, (reader, writer)):
            one.close()


async def test_given_silent_connections_when_the_daemon_ends_then_it_does_not_wait_for_them(folder: Path) -> None:
    async with asyncio.timeout(10):
        async with _control(folder):
            reader, writer = await asyncio.open_unix_connection(str(folder / SOCKET))
            assert await _raw(folder, b'{"verb": "echo"}\n')
        assert await reader.read() == b""
        writer.close()
    assert not (folder / SOCKET).exists()


async def test_given_the_socket_of_a_daemon_that_was_killed_when_the_next_begins_then_it_takes_its_place(
    folder: Path,
) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(folder / SOCKET))
    with pytest.raises(NotRunning) as nobody:
        ask(folder, ECHO, Echo())
    assert "seattle node run" in nobody.value.hint
    async with _control(folder):
        assert await asyncio.to_thread(ask, folder, ECHO, Echo()) == Echoed("x")


async def test_given_a_folder_with_a_long_path_when_the_daemon_is_asked_then_it_answers(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30)
    folder.mkdir(mode=0o700)
    async with _control(folder):
        assert await asyncio.to_thread(ask, folder, ECHO, Echo()) == Echoed("x")


async def test_given_a_node_that_never_was_when_it_is_asked_then_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="no daemon runs"):
        ask(tmp_path / "nowhere", ECHO, Echo())


async def test_given_a_daemon_that_hangs_up_when_it_is_asked_then_the_error_says_so(folder: Path) -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_unix_server(hang_up, str(folder / SOCKET)):
        with pytest.raises(BadReply):
            await asyncio.to_thread(ask, folder, ECHO, Echo())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_given_a_folder_that_anybody_can_enter_when_another_user_asks_then_the_daemon_refuses(
    folder: Path,
) -> None:
    """The folder is closed to others. This is what stands behind it, should its mode be changed."""
    public = Path("/tmp") / f"seattle-test-{os.getpid()}"
    public.mkdir(mode=0o755)
    script = (
        "import os, socket, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
        's.sendall(b\'{"verb": "echo"}\\n\'); print(s.makefile().readline())'
    )
    try:
        async with _control(public):
            assert stat.S_IMODE((public / SOCKET).stat().st_mode) == 0o600
            (public / SOCKET).chmod(0o666)
            said = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-c", script, str(public / SOCKET)],
                capture_output=True,
                check=False,
                timeout=20,
            )
    finally:
        shutil.rmtree(public)
    assert json.loads(said.stdout)["code"] == "not-allowed", said.stderr


async def test_given_a_running_program_when_the_donor_asks_for_the_status_then_it_says_what_runs_and_what_it_uses(
    node: Any, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.start("print('on')\nwhile True:\n    sleep(0.1)\n", "one")
    await hands.until_it_says(b"on")
    status: Status = await asyncio.to_thread(ask, node.folder, STATUS, GetStatus())
    v1, v2 = status.vessels
    assert (status.node, status.process, status.disconnected) == (node.public.id, os.getpid(), "")
    assert v1.run is not None
    assert (v1.state, v1.owner, v1.run.program, v1.run.arguments) == ("started", owner.id, "program.py", ["one"])
    assert v1.limits["memory"] > v1.usage["memory"] > 0  # type: ignore[operator]
    assert (v2.state, v2.run) == ("fresh", None)


async def test_given_a_broker_that_is_away_when_the_donor_asks_then_the_daemon_answers_and_says_so(
    prepare: Any, spawn: Any, server: EmbeddedServer, until: Any
) -> None:
    node = await spawn(prepare(server.url))
    await server.stop()
    folder = node.prepared.folder
    await until(lambda: ask(folder, STATUS, GetStatus()).disconnected != "")
