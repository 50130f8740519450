"""Where addresses are, by a real server of the examples; and what a server that is none can do."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.lib.conftest import Run
from tests.lib.small_servers import small_server, tcp_server
from tests.lib.test_lib_clearinghouse_client import http, replying

SERVER = Path(__file__).parents[2] / "examples" / "services" / "geoip_server.py"


@contextmanager
def started() -> Iterator[str]:
    """The URL of a server, at a port that programs may reach."""
    for _ in range(5):
        with small_server() as place:
            port = place.port
        # Somebody else may take the port now, though that is unlikely: then there is no line, and another is tried.
        with subprocess.Popen([sys.executable, SERVER, str(port)], stdout=subprocess.PIPE) as server:
            try:
                assert server.stdout is not None
                if line := server.stdout.readline():
                    yield line.split()[0].decode()
                    return
            finally:
                server.kill()
    raise AssertionError("it did not start")


def test_given_the_server_of_the_examples_when_addresses_are_located_then_it_tells_their_countries(run: Run) -> None:
    with started() as url:
        program = f"""
import geoip_client
geoip_client.geoip_init_client({url!r})
for address in ("193.99.144.80", "2001:4860:4860::8888", "10.0.0.1", "no address at all"):
    record = geoip_client.geoip_record_by_addr(address, timeout=20)
    print(geoip_client.geoip_location_str(record), record.get("country_code"), "latitude" in record)
print(geoip_client.geoip_record_by_name("127.0.0.1"))
"""
        assert run(program).splitlines() == [
            "Germany DE True",
            "United States US True",
            "nowhere None False",
            "nowhere None False",
            "{}",
        ]


def test_given_records_when_they_are_described_then_states_are_named_where_it_is_the_custom(run: Run) -> None:
    program = """
from geoip_client import describe
print(describe({"city": "Seattle", "region_name": "WA", "country_name": "United States"}))
print(describe({"city": "Vienna", "region_name": "09", "country_name": "Austria"}))
print(describe({"country_name": "Canada"}))
"""
    assert run(program) == "Seattle, WA, United States\nVienna, Austria\nCanada\n"


ASK = """
import geoip_client
geoip_client.use("http://127.0.0.1:%d")
try:
    print(geoip_client.locate("192.0.2.1", timeout=0.5))
except geoip_client.GeoIPError as why:
    print(type(why).__name__, len(str(why)) < 500)
"""


def value(xml: str) -> bytes:
    params = f"<methodResponse><params><param><value>{xml}</value></param></params></methodResponse>"
    return http(params.encode(), more="Content-Type: text/xml\r\n")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"", "GeoIPError True"),
        (http(b"<html>"), "GeoIPError True"),
        (http(b"", "404 Not Found"), "GeoIPError True"),
        (value("<string>here</string>"), "GeoIPError True"),
        (value("<struct><member><name>city</name><value><array><data/></array></value></member></struct>"), "{}"),
        (value("<struct/>"), "{}"),
    ],
)
def test_given_a_server_that_tells_no_record_when_it_is_asked_then_there_is_one_exception(
    run: Run, reply: bytes, said: str
) -> None:
    with tcp_server(replying(reply)) as server:
        assert run(ASK % server.port) == said + "\n"


def test_given_no_server_when_an_address_is_located_then_the_program_is_told_what_to_do(run: Run) -> None:
    program = """
import geoip_client
try:
    geoip_client.locate("192.0.2.1")
except geoip_client.GeoIPError as why:
    print(why)
try:
    geoip_client.use("https://geo.example")
except ValueError as why:
    print(why)
"""
    assert run(program) == (
        "there is no server: call use with the URL of one\nthis is no http: URL: 'https://geo.example'\n"
    )
