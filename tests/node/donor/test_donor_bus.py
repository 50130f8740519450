"""What logind and NetworkManager say, over a real message bus; the services on it are ours."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from jeepney import HeaderFields, MessageType, new_error, new_method_return  # type: ignore[import-untyped]
from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]
from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

from seattle.node.donor import bus
from seattle.node.donor.bus import NotOnBus, read_property
from seattle.node.donor.conditions.activity import LONG_AGO, read_idle
from seattle.node.donor.conditions.metered import read_metered

pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="there is no dbus-daemon")

MANAGER = "org.freedesktop.NetworkManager"
LOGIND = "org.freedesktop.login1"
NOW = 1_000_000.0
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/>
  </policy>
</busconfig>
"""
Properties = dict[str, tuple[str, Any]]  # by name: signature and value
Serve = Callable[[str, Properties], None]


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A computer whose system bus is one of our own."""
    socket = tmp_path / bus.SOCKET
    socket.parent.mkdir(parents=True)
    config = tmp_path / "bus.conf"
    config.write_text(CONFIG.format(socket=socket))
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"], stdout=subprocess.PIPE
    )
    try:
        assert daemon.stdout is not None
        assert daemon.stdout.readline()  # it is there
        yield tmp_path
    finally:
        daemon.terminate()
        daemon.wait(10)
        assert daemon.stdout is not None
        daemon.stdout.close()


@pytest.fixture
def serve(root: Path) -> Iterator[Serve]:
    """Put a service on the bus that tells these properties."""
    with ExitStack() as stack:

        def served(name: str, properties: Properties) -> None:
            connection = open_dbus_connection(f"unix:path={root / bus.SOCKET}")
            connection.send_and_get_reply(message_bus.RequestName(name), timeout=5)
            thread = threading.Thread(target=_answer, args=(connection, properties), daemon=True)
            thread.start()
            stack.callback(thread.join, 5)
            stack.callback(connection.sock.shutdown, 2)

        yield served


def _answer(connection: Any, properties: Properties) -> None:
    while True:
        try:
            call = connection.receive()
        except (OSError, EOFError):
            connection.close()
            return
        if call.header.message_type is not MessageType.method_call:
            continue
        interface, name = call.body
        assert interface.startswith(call.header.fields[HeaderFields.destination])
        if name in properties:
            connection.send(new_method_return(call, "v", (properties[name],)))
        else:
            connection.send(new_error(call, "org.freedesktop.DBus.Error.UnknownProperty", "s", ("no such property",)))


@pytest.mark.parametrize(("told", "value"), [(1, 1.0), (2, 0.0), (3, 1.0), (4, 0.0), (0, None), (99, None)])
def test_given_networkmanagers_flag_then_it_says_whether_the_connection_is_metered(
    root: Path, serve: Serve, told: int, value: float | None
) -> None:
    serve(MANAGER, {"Metered": ("u", told)})
    assert read_metered(root, ask_manager=True, interfaces=[]).value == value


def test_given_a_desktop_that_is_in_use_when_logind_is_asked_then_somebody_is_there(root: Path, serve: Serve) -> None:
    serve(LOGIND, {"IdleHint": ("b", False), "IdleSinceHint": ("t", 0)})
    (root / "tmp/.X11-unix").mkdir(parents=True)
    (root / "tmp/.X11-unix/X0").touch()
    reading = read_idle(root, clock=lambda: NOW)
    assert (reading.value, reading.words) == (0.0, "somebody was here 0 s ago (of all sessions)")


@pytest.mark.parametrize(("since", "value"), [(int((NOW - 600) * 1e6), 600.0), (0, LONG_AGO)])
def test_given_logind_that_knows_since_when_nobody_is_there_then_that_is_read(
    root: Path, serve: Serve, since: int, value: float
) -> None:
    serve(LOGIND, {"IdleHint": ("b", True), "IdleSinceHint": ("t", since)})
    assert read_idle(root, clock=lambda: NOW).value == pytest.approx(value)


@pytest.mark.parametrize("told", [("s", "busy"), ("as", ["x"])])
def test_given_a_service_that_tells_nonsense_then_nobody_is_thought_to_be_away(
    root: Path, serve: Serve, told: tuple[str, Any]
) -> None:
    serve(LOGIND, {"IdleHint": told})
    assert read_idle(root, clock=lambda: NOW).value == 0.0


def test_given_a_bus_without_the_service_or_the_property_then_the_error_names_it(root: Path, serve: Serve) -> None:
    with pytest.raises(NotOnBus, match=LOGIND):
        read_property(root, LOGIND, "/", f"{LOGIND}.Manager", "IdleHint")
    serve(LOGIND, {})
    with pytest.raises(NotOnBus, match="does not tell its IdleHint"):
        read_property(root, LOGIND, "/", f"{LOGIND}.Manager", "IdleHint")


def test_given_a_service_that_never_answers_then_nobody_waits_for_long(root: Path) -> None:
    connection = open_dbus_connection(f"unix:path={root / bus.SOCKET}")
    try:
        connection.send_and_get_reply(message_bus.RequestName(LOGIND), timeout=5)
        with pytest.raises(NotOnBus, match=r"in time|can't be asked"):
            read_property(root, LOGIND, "/", f"{LOGIND}.Manager", "IdleHint")
    finally:
        connection.close()


def test_given_a_socket_behind_which_nobody_is_then_there_is_no_bus(tmp_path: Path) -> None:
    (tmp_path / bus.SOCKET).parent.mkdir(parents=True)
    (tmp_path / bus.SOCKET).touch()
    with pytest.raises(NotOnBus):
        read_property(tmp_path, LOGIND, "/", f"{LOGIND}.Manager", "IdleHint")
