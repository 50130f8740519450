"""Attacks on security layers: programs that are held by one, and try to do what it forbids all the same."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

LAYERS = Path(__file__).parents[2] / "examples" / "layers"
PROGRAMS = Path(__file__).parent / "programs" / "layers"
DIARY = "dear diary,\ntoday I was written.\n"
PORT = 63100
LIMITS = f"""
resource cpu 1
resource memory 100000000
resource diskused 1000000
resource events 20
resource filesopened 5
resource insockets 5
resource outsockets 5
resource fileread 100000000
resource filewrite 100000000
resource netsend 10000000
resource netrecv 10000000
resource loopsend 10000000
resource looprecv 10000000
resource lograte 10000000
resource random 1024
resource messport {PORT}
resource connport {PORT}
resource connport {PORT + 1}
"""
FAILED = 1

# By name: the exit code and the last line of the errors, or what it begins with.
ON_APPEND_ONLY: dict[str, tuple[int, str]] = {
    "copy_of_a_file": (FAILED, "TypeError: AppendOnlyFile objects can't be copied"),
    "deep_in_the_stack": (FAILED, "ResourceForbiddenError: files can only grow"),
    "dispatched_program": (FAILED, "ResourceForbiddenError: files can only grow: 0"),
    "dylink_module": (FAILED, "ResourceForbiddenError: files can only grow: 0"),
    "full_disk": (FAILED, "ResourceForbiddenError: files can only grow"),
    "hidden_names": (FAILED, "NameError: name 'open' is not defined"),
    "inner_file": (FAILED, "AttributeError: 'AppendOnlyFile' object has no attribute 'file'"),
    "insides_of_open": (FAILED, "ResourceForbiddenError: files can only grow: 0"),
    "method_of_another": (FAILED, "RepyArgumentError: AppendOnlyFile.writeat belongs to objects of another kind"),
    "name_taken_away": (FAILED, "ResourceForbiddenError: files can only grow: 'diary.txt' cannot be removed"),
    "namespace_of_its_own": (FAILED, "ResourceForbiddenError: files can only grow: 0"),
    "number_that_lies": (FAILED, "RepyArgumentError: argument 2 of AppendOnlyFile.writeat has to be int, not Liar"),
    "open_anew": (FAILED, "ResourceForbiddenError: files can only grow: 'diary.txt' cannot be removed"),
    "open_to_change": (FAILED, "ResourceForbiddenError: files can only grow: 0"),
    "own_module": (FAILED, "ResourceForbiddenError: files can only grow: 0"),
    "remove": (FAILED, "ResourceForbiddenError: files can only grow: 'diary.txt' cannot be removed"),
    "text_that_changes": (FAILED, "RepyArgumentError: argument 1 of AppendOnlyFile.writeat has to be bytes or str"),
    "text_that_lies": (FAILED, "RepyArgumentError: argument 1 of AppendOnlyFile.writeat has to be bytes or str"),
    "two_threads": (FAILED, "ResourceForbiddenError: nothing was written over"),
    "write_at_the_start": (FAILED, "ResourceForbiddenError: files can only grow: 0"),
}

ON_ONE_HOST: dict[str, tuple[int, str]] = {
    "announcement": (FAILED, "NameError: name 'advertise_announce' is not defined"),
    "another_host": (FAILED, "ResourceForbiddenError: this program may talk to 127.0.0.1 only"),
    "another_host_by_tcp": (FAILED, "ResourceForbiddenError: this program may talk to 127.0.0.1 only"),
    "another_spelling": (FAILED, "ResourceForbiddenError: this program may talk to 127.0.0.1 only"),
    "dylink_module": (FAILED, "ResourceForbiddenError: this program may talk to 127.0.0.1 only"),
    "error_that_tells": (FAILED, "ResourceForbiddenError: this program may talk to 127.0.0.1 only"),
    "keywords": (FAILED, "RepyArgumentError: sendmessage takes its arguments by position"),
    "listener_of_the_layer": (FAILED, "RepyArgumentError: TCPServerSocket.getconnection belongs to objects of another"),
    "look_up": (FAILED, "NameError: name 'advertise_lookup' is not defined"),
    "name_of_a_host": (FAILED, "NameError: name 'gethostbyname' is not defined"),
    "names_of_the_layer": (FAILED, "ResourceForbiddenError: there is nothing of the layer here"),
    "namespace": (FAILED, "ResourceForbiddenError: this program may talk to 127.0.0.1 only"),
    "own_module": (FAILED, "ResourceForbiddenError: this program may talk to 127.0.0.1 only"),
    "text_that_lies": (FAILED, "RepyArgumentError: argument 1 of sendmessage has to be str, not Liar"),
    "thread": (FAILED, "ResourceForbiddenError: this program may talk to 127.0.0.1 only"),
    "too_few_arguments": (FAILED, "RepyArgumentError: argument 1 of sendmessage has to be str, not list"),
}

# Those that do their harm where there is no layer. The others look for ways that only a layer could open.
HARMFUL = (
    *("write_at_the_start", "open_anew", "open_to_change", "remove", "own_module", "dylink_module"),
    *("dispatched_program", "deep_in_the_stack", "full_disk", "insides_of_open"),
)


class Ended(NamedTuple):
    """How an attack ended."""

    code: int
    output: str
    errors: str

    @property
    def last_line(self) -> str:
        return self.errors.rstrip("\n").rpartition("\n")[2]


@pytest.fixture
def vessel(tmp_path: Path) -> Path:
    folder = tmp_path / "vessel"
    folder.mkdir()
    (folder / "diary.txt").write_text(DIARY)
    for name in ("helper.py", "overwrite.py"):
        (folder / name).write_bytes((PROGRAMS / name).read_bytes())
    (tmp_path / "restrictions").write_text(LIMITS)
    return folder


@pytest.fixture
def run(vessel: Path, environment: dict[str, str]) -> Callable[..., Ended]:
    """Run a program text beneath layers."""

    def run(program: str, *layers: Path) -> Ended:
        file = vessel.parent / "program.py"
        file.write_text(program.replace("PORT", str(PORT)))
        options = ["--restrictions", str(vessel.parent / "restrictions"), "--cwd", str(vessel)]
        for layer in layers:
            options += ["--layer", str(layer)]
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys; from seattle.repy.cli import main; sys.exit(main())",
                *options,
                str(file),
            ],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


Run = Callable[..., Ended]


def attack_on(layer: str, name: str) -> str:
    return (PROGRAMS / layer / f"{name}.py").read_text()


def test_every_attack_is_in_a_list() -> None:
    assert {path.stem for path in (PROGRAMS / "append_only").glob("*.py")} == set(ON_APPEND_ONLY)
    assert {path.stem for path in (PROGRAMS / "one_host").glob("*.py")} == set(ON_ONE_HOST)


@pytest.mark.parametrize("name", ON_APPEND_ONLY)
def test_given_a_file_that_can_only_grow_when_attacked_then_all_that_was_written_is_still_there(
    run: Run, vessel: Path, name: str
) -> None:
    ended = run(attack_on("append_only", name), LAYERS / "append_only.py")
    assert (vessel / "diary.txt").read_text().startswith(DIARY)
    assert "LEAKED" not in ended.output + ended.errors
    code, why = ON_APPEND_ONLY[name]
    assert (ended.code, ended.last_line[: len(why)]) == (code, why), ended.errors


@pytest.mark.parametrize("name", HARMFUL)
def test_given_no_layer_when_the_same_attack_is_made_then_it_does_its_harm(run: Run, vessel: Path, name: str) -> None:
    run(attack_on("append_only", name))
    diary = (vessel / "diary.txt").read_text()
    assert not diary.startswith(DIARY) or "Y" in diary[: len(DIARY) + 1]


def test_given_a_file_that_can_only_grow_when_it_grows_then_nothing_is_in_the_way(run: Run, vessel: Path) -> None:
    program = """
with open("diary.txt", "a") as diary:
    print("a line", file=None)
    diary.write("more\\n")
diary = openfile("diary.txt", False)
diary.writeat("and more\\n", len(diary.readat(None, 0)))
diary.close()
with open("new.txt", "x") as new:
    new.write("new")
print(open("new.txt").read(), len(open("diary.txt").readlines()))
"""
    ended = run(program, LAYERS / "append_only.py")
    assert (ended.code, ended.output, ended.errors) == (0, "a line\nnew 4\n", "")
    assert (vessel / "diary.txt").read_text() == DIARY + "more\nand more\n"


@pytest.mark.parametrize("name", ON_ONE_HOST)
def test_given_one_host_to_talk_to_when_another_is_wanted_then_nothing_is_sent(run: Run, name: str) -> None:
    # What is sent can be heard by the program itself, at the address that it may not send to.
    hear = "import_ears = listenformessage('127.0.0.2', PORT)\n"
    ended = run(hear + attack_on("one_host", name), LAYERS / "one_host.py")
    assert "LEAKED" not in ended.output + ended.errors
    code, why = ON_ONE_HOST[name]
    assert (ended.code, ended.last_line[: len(why)]) == (code, why), ended.errors


@pytest.mark.parametrize("name", ["another_host", "own_module", "dylink_module", "namespace", "thread"])
def test_given_no_layer_when_another_host_is_wanted_then_it_hears(run: Run, name: str) -> None:
    hear = "ears = listenformessage('127.0.0.2', PORT)\n"
    tell = "sleep(0.3)\nprint(ears.getmessage()[2])\n"
    ended = run(hear + attack_on("one_host", name) + tell)
    assert (ended.code, ended.output) == (0, "b'hello'\n"), ended.errors


def test_given_one_host_to_talk_to_when_others_send_messages_then_only_that_ones_are_heard(run: Run) -> None:
    program = """
ears = listenformessage("127.0.0.1", PORT)
print("listening")
heard = []
while b"end" not in heard:
    try:
        heard.append(ears.getmessage()[2])
    except SocketWouldBlockError:
        sleep(0.001)
print(heard, ears.close())
"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other, socket.socket(type=socket.SOCK_DGRAM) as host:
        other.bind(("127.0.0.2", 0))
        host.bind(("127.0.0.1", 0))
        there = ("127.0.0.1", PORT)

        def send() -> None:
            while not is_over.wait(0.01):  # until they are listened to
                for message, sender in ((b"do this", other), (b"end", host)):
                    sender.sendto(message, there)

        is_over = threading.Event()
        sending = threading.Thread(target=send)
        sending.start()
        try:
            ended = run(program, LAYERS / "one_host.py")
        finally:
            is_over.set()
            sending.join()
    assert (ended.code, ended.output) == (0, "listening\n[b'end'] True\n"), ended.errors


def test_given_one_host_to_talk_to_when_it_is_wanted_then_it_hears_and_answers(run: Run) -> None:
    program = """
listener = listenforconnection("127.0.0.1", PORT)
there = openconnection("127.0.0.1", PORT, "127.0.0.1", PORT1, 5)
while True:
    try:
        ip, port, here = listener.getconnection()
        break
    except SocketWouldBlockError:
        sleep(0.01)
there.send("hello")
while True:
    try:
        print(ip, here.recv(10))
        break
    except SocketWouldBlockError:
        sleep(0.01)
print(listener.close())
""".replace("PORT1", str(PORT + 1))
    ended = run(program, LAYERS / "one_host.py")
    assert (ended.code, ended.output, ended.errors) == (0, "127.0.0.1 b'hello'\nTrue\n", "")


def test_given_both_layers_when_a_program_breaks_either_then_it_is_refused(run: Run, vessel: Path) -> None:
    program = """
for attempt in (lambda: removefile("diary.txt"), lambda: sendmessage("127.0.0.2", PORT, "", "127.0.0.1", PORT)):
    try:
        attempt()
    except ResourceForbiddenError as why:
        print(why)
"""
    layers = (LAYERS / "one_host.py", LAYERS / "append_only.py")
    for order in (layers, layers[::-1]):
        ended = run(program, *order)
        assert (ended.code, ended.errors) == (0, "")
        assert "cannot be removed" in ended.output
        assert "may talk to 127.0.0.1 only" in ended.output
