"""Repy modules in ordinary Python, seen in a process of its own: the language changes what its modules are."""

import subprocess
import sys
from pathlib import Path

import pytest

SESSION = """
import socket, threading
from seattle.repy.in_python import import_module

session = import_module("session")
here, there = socket.socketpair()
threading.Thread(target=lambda: there.sendall(b"5\\nhello")).start()
print(session.receive_message(here))
"""

OWN = """
from seattle.repy.in_python import import_module

mine = import_module("mine", folder=FOLDER)
mine.keep("kept")
print(mine.kept(), mine.talk())
"""

MINE = """
def keep(text):
    with open("kept.txt", "w") as file:
        file.write(text)

def kept():
    return open("kept.txt").read(), listfiles()

def talk():
    port = min(getresources()[0]["messport"])
    while True:
        try:
            listening = listenformessage("127.0.0.1", port)
            break
        except AlreadyListeningError:
            port += 1
    sendmessage("127.0.0.1", port, b"ping", "127.0.0.1", port)
    while True:
        try:
            return listening.getmessage()[2]
        except SocketWouldBlockError:
            sleep(0.001)
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)


def test_given_a_module_of_the_library_when_a_script_imports_it_then_it_works_over_ordinary_sockets() -> None:
    done = run(SESSION)
    assert done.stdout == "b'hello'\n", done.stderr


def test_given_a_module_of_one_s_own_when_it_is_imported_then_it_has_the_calls_for_files_and_network(
    tmp_path: Path,
) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    done = run(OWN.replace("FOLDER", repr(str(tmp_path))))
    assert done.stdout == "('kept', ['kept.txt', 'mine.py']) b'ping'\n", done.stderr


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("open('/etc/passwd')", "RepyArgumentError: '/etc/passwd' is no name of a file"),
        ("import subprocess", "RP021 the module 'subprocess' is left out of Repy"),
    ],
)
def test_given_a_module_that_reaches_beyond_when_it_is_imported_then_it_is_refused(
    tmp_path: Path, text: str, why: str
) -> None:
    (tmp_path / "mine.py").write_text(text)
    done = run(OWN.replace("FOLDER", repr(str(tmp_path))))
    assert done.returncode == 1
    assert why in done.stderr


def test_given_no_such_module_when_it_is_imported_then_that_is_said(tmp_path: Path) -> None:
    done = run(OWN.replace("FOLDER", repr(str(tmp_path))))
    assert "no file mine.py in the vessel" in done.stderr


def test_given_a_module_with_threads_when_it_is_imported_then_daemons_run_as_well() -> None:
    text = (
        "from seattle.repy.in_python import import_module\n"
        "threading = import_module('threading')\n"
        "threads = [threading.Thread(target=print, args=(daemon,), daemon=daemon) for daemon in (True, False)]\n"
        "for thread in threads:\n    thread.start()\n    thread.join()\n"
    )
    done = run(text)
    assert done.stdout == "True\nFalse\n", done.stderr


SOCKETS = """
from seattle.repy.in_python import import_module

socket, select = import_module("socket"), import_module("select")
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
there, _ = server.accept()
print(select.select([there], [client], [], 0)[1] == [client])
client.sendall(b"question")
client.shutdown(socket.SHUT_WR)
print(select.select([there], [], [], 20)[0] == [there], there.recv(100), there.recv(100), there.send(b"answer"))
print(client.recv(100))
client.settimeout(0.05)
try:
    client.recv(1)
except OSError as why:
    print(type(why).__name__)
"""


def test_given_the_library_s_socket_when_a_script_imports_it_then_it_waits_and_closes_halves() -> None:
    done = run(SOCKETS)
    assert done.stdout == "True\nTrue b'question' b'' 6\nb'answer'\nTimeoutError\n", done.stderr
