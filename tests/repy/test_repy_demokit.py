"""The programs of `examples/demokit`: each does in the sandbox what it says."""

import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from seattle.repy.language.check import check as violations_of
from seattle.resources.restrictions import parse_restrictions

DEMOKIT = Path(__file__).parents[2] / "examples" / "demokit"
PROGRAMS = sorted(DEMOKIT.glob("*.repy"))
HERE, THERE, MIDDLE = "127.0.0.2", "127.0.0.3", "127.0.0.4"
BOUND = 20  # seconds; far more than a page takes, or a ping

Ports = Callable[[int], list[int]]  # see conftest.py, as for the next
Start = Callable[..., Any]
NewVessel = Callable[..., Any]


def text(name: str, **constants: float) -> str:
    """A program, with some of its constants changed."""
    source = (DEMOKIT / name).read_text()
    for constant, value in constants.items():
        before = next(line for line in source.splitlines() if line.startswith(f"{constant} = "))
        source = source.replace(before, f"{constant} = {value}")
    return source


@pytest.fixture
def at(start: Start, tmp_path: Path) -> NewVessel:
    """Start one of the programs at an address of this computer, in a vessel of its own that has one port."""

    def at(ip: str, name: str, *arguments: object, port: int, files: dict[str, str] | None = None, **more: Any) -> Any:
        folder = tmp_path / ip
        folder.mkdir(exist_ok=True)
        for file, content in (files or {}).items():
            (folder / file).write_text(content)
        constants = {word: more.pop(word) for word in list(more) if word.isupper()}
        return start(
            text(name, **constants),
            *arguments,
            name=name,
            folder=folder,
            limits={"messport": [port], "connport": [port]},
            addresses=[ip],
            only_these_addresses="yes",
            **more,
        )

    return at


def page(ip: str, port: int, path: str = "/") -> str:
    with urllib.request.urlopen(f"http://{ip}:{port}{path}", timeout=BOUND) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_given_a_program_of_the_demokit_when_checked_then_it_is_repy(program: Path) -> None:
    assert violations_of(program.read_text(), program.name) == []


@pytest.mark.parametrize(
    ("name", "wrote"),
    [
        ("helloworld.repy", "Hello World\n"),
        ("example.1.1.repy", "Hello World!\n"),
        ("example.2.1.repy", "hello from a file\n"),
        ("example.4.1.repy", "localhost is 127.0.0.1\n"),
    ],
)
def test_given_a_short_program_when_run_then_it_writes_what_it_has_to_say(
    check: Callable[..., str], name: str, wrote: str
) -> None:
    assert check(text(name)) == wrote


def test_given_hello_file_when_the_program_about_listing_is_run_then_it_is_removed(
    check: Callable[..., str], vessel: Path
) -> None:
    (vessel / "hello.file").write_bytes((DEMOKIT / "hello.file").read_bytes())
    assert check(text("example.2.2.repy")) == "files: hello.file\nremoved hello.file; files:\n"


def test_given_the_endless_program_when_run_then_only_a_stop_ends_it(start: Start) -> None:
    run = start(text("infloop.repy"))
    run.stop()
    assert run.wait().kind == "stopped"


def test_given_a_ping_server_when_pinged_then_both_sides_log_the_other(at: NewVessel, ports: Ports) -> None:
    (port,) = ports(1)
    server = at(THERE, "udppingserver.repy", port, port=port)
    server.wait_for_output("listening")
    client = at(HERE, "udpping.repy", THERE, port, port=port, PATIENCE=1.0)
    said = client.wait().output
    assert said.startswith(f"sent 'ping' from {HERE} to {THERE}:{port}\nreceived 'got ping' from {THERE}:{port} after ")
    assert f"received 'ping' from {HERE}:{port}" in server.wait_for_output("received")


def test_given_a_forwarder_between_them_when_pinged_then_each_side_sees_the_middle(at: NewVessel, ports: Ports) -> None:
    (port,) = ports(1)
    server = at(THERE, "udppingserver.repy", port, port=port)
    server.wait_for_output("listening")
    at(MIDDLE, "udpforward.repy", HERE, THERE, port, port=port).wait_for_output("forwarding")
    client = at(HERE, "udpping.repy", MIDDLE, port, port=port, PATIENCE=1.0)
    assert f"received 'got ping' from {MIDDLE}:{port}" in client.wait().output
    assert f"received 'ping' from {MIDDLE}:{port}" in server.wait_for_output("received")


def test_given_neighbours_of_whom_one_is_dead_when_they_ping_then_the_page_is_full_but_for_its_row_and_column(
    at: NewVessel, ports: Ports
) -> None:
    (port,) = ports(1)
    neighbours = {"neighboriplist.txt": f"{HERE}\n{THERE}\n{MIDDLE}\n"}
    for ip in (HERE, THERE):
        at(ip, "allpairsping.repy", port, port=port, files=neighbours).wait_for_output("pinging")
    table = full_table(HERE, port, cells=2)
    assert [row.count("<td></td>") for row in table[1:]] == [1, 1, 2]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        page(HERE, port, "/other")


def full_table(ip: str, port: int, *, cells: int) -> list[str]:
    """The table's rows, as soon as so many of its cells have a number: everybody is pinged once a second."""
    deadline = time.monotonic() + BOUND
    rows: list[str] = []
    while time.monotonic() < deadline:
        rows = page(ip, port).partition("<table>")[2].split("<tr>")[1:]
        if sum(part[0].isdigit() for row in rows for part in row.split("<td>")[1:]) >= cells:
            return rows
    raise AssertionError(rows)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("example.1.2.repy", "Hello World!", "Hello World!"),
        ("example.1.3.repy", "visitor 1<", "visitor 2<"),
        ("example.1.4.repy", "Hello World!", "Hello World!"),
        ("example.1.5.repy", "Hello World!", "Hello World!"),
        ("example.1.6.repy", "visitor 1<", "visitor 2<"),
    ],
)
def test_given_a_web_page_when_it_is_looked_at_twice_then_it_is_as_the_tutorial_says(
    at: NewVessel, ports: Ports, name: str, first: str, second: str
) -> None:
    (port,) = ports(1)
    at(HERE, name, port, port=port).wait_for_output("serving")
    assert first in page(HERE, port)
    assert second in page(HERE, port)


def test_given_no_port_when_a_web_page_is_served_then_it_is_where_one_tries_it_at_home(start: Start) -> None:
    source = text("example.1.2.repy")
    home = restrictions("restrictions.test")
    with socket.socket() as probe:
        if not probe.connect_ex(("127.0.0.1", 12345)):
            pytest.skip("something else has port 12345 here")
    start(source, restrictions=home).wait_for_output("serving at http://127.0.0.1:12345/")
    assert "Hello World!" in page("127.0.0.1", 12345)


@pytest.mark.parametrize(
    ("name", "constant", "last"),
    [
        ("example.1.4.repy", "LONGEST", "time is over"),
        ("example.1.5.repy", "IDLE", "nobody comes any more"),
        ("example.1.6.repy", "IDLE", "0 visitors came"),
    ],
)
def test_given_a_web_page_for_a_time_when_that_is_over_then_the_program_ends_well(
    at: NewVessel, ports: Ports, name: str, constant: str, last: str
) -> None:
    (port,) = ports(1)
    ended = at(HERE, name, port, port=port, **{constant: 0.1}).wait()
    assert (ended.kind, ended.detail) == ("exited", "0")
    assert last in ended.output


@contextmanager
def web_server() -> Iterator[int]:
    """A page on this computer; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"this is {self.path}".encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("name", ["example.3.1.repy", "example.3.2.repy"])
def test_given_a_page_elsewhere_when_fetched_then_it_is_printed(at: NewVessel, ports: Ports, name: str) -> None:
    (port,) = ports(1)
    with web_server() as there:
        url = f"http://127.0.0.1:{there}/deep/page"
        ended = at("127.0.0.1", name, url, port, port=port, loopback_ports=f"{there}-{there}").wait()
    assert ended.kind == "exited"
    assert "this is /deep/page" in ended.output


def test_given_a_server_that_says_nothing_when_its_page_is_fetched_then_it_is_given_up_in_time(
    at: NewVessel, ports: Ports
) -> None:
    (port,) = ports(1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        there = silent.getsockname()[1]
        url = f"http://127.0.0.1:{there}/"
        ended = at(
            "127.0.0.1", "example.3.2.repy", url, port, port=port, loopback_ports=f"{there}-{there}", LONGEST=0.5
        ).wait()
    assert ended.output.startswith("no page: 0 bytes came")


def test_given_a_time_server_when_asked_then_its_time_is_told(at: NewVessel, ports: Ports) -> None:
    (port,) = ports(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(BOUND)
        there = server.getsockname()[1]
        run = at(
            "127.0.0.1",
            "example.4.2.repy",
            *(port, "localhost", there),
            port=port,
            loopback_ports=f"{there}-{there}",
            PATIENCE=BOUND,
        )
        question, asker = server.recvfrom(1024)
        assert question[0] & 7 == 3  # a client's
        server.sendto(bytes(40) + struct.pack("!II", 3_913_056_000, 1 << 31), asker)
        assert run.wait().output == "2024-01-01 00:00:00.500000+00:00\n"


def restrictions(name: str) -> str:
    return (DEMOKIT / name).read_text()


def test_given_the_restrictions_for_home_when_read_then_all_ports_that_the_programs_use_are_there() -> None:
    ports = frozenset({12345, *range(63100, 63200)})
    vector = parse_restrictions(restrictions("restrictions.allowallports")).vector
    assert (vector.messports, vector.connports) == (ports, ports)
