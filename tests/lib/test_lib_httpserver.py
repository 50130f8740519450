"""The reference's HTTP server: a function that gets a dict and returns one."""

import pytest
from tests.lib.conftest import Run

SERVER = """
import httpserver, io, socket, http.client
def serve(request):
    seen.append(request)
    body = request["datastream"].read()
    return {**reply, "message": reply.get("message", f"{request['verb']} {request['path']} {len(body)}")}
seen = []
reply = {"version": "1.1", "statuscode": 200, "statusmsg": "OK", "headers": {"X-A": "b"}}
number = httpserver.httpserver_registercallback(("127.0.0.1", 0), serve)
address = httpserver.address_of(number)
def tell(data):
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(data)
        return b"".join(iter(lambda: client.recv(65536), b""))
"""


def test_given_a_request_when_it_comes_then_the_callback_has_all_of_it(run: Run) -> None:
    program = """
headers = b"Host: h\\r\\nX: 1\\r\\nX: 2\\r\\nConnection: close\\r\\nContent-Length: 4"
tell(b"POST /a%%20b?c=d&c=e&f= HTTP/1.1\\r\\n%b\\r\\n\\r\\nbody" % headers)
one = seen[0]
for name in ("verb", "path", "querystr", "querydict", "version", "headers", "remoteipstr"):
    print(one[name])
print(one["httpdid"] == number, type(one["remoteportnum"]).__name__, one["datastream"].get_trailers())
"""
    assert run(SERVER + program).splitlines() == [
        "POST",
        "/a b",
        "c=d&c=e&f=",
        "{'c': 'e', 'f': ''}",
        "1.1",
        "{'Host': ['h'], 'X': ['1', '2'], 'Connection': ['close'], 'Content-Length': ['4']}",
        "127.0.0.1",
        "True int {}",
    ]


def test_given_a_kept_connection_when_requests_follow_then_all_are_served(run: Run) -> None:
    program = """
connection = http.client.HTTPConnection(*address)
for method, body in (("GET", None), ("POST", b"abc"), ("PUT", iter([b"ab", b"cdef"])), ("DELETE", None)):
    connection.request(method, f"/{method}", body)
    response = connection.getresponse()
    print(response.status, response.getheader("X-A"), response.read())
"""
    assert run(SERVER + program).splitlines() == [
        "200 b b'GET /GET 0'",
        "200 b b'POST /POST 3'",
        "200 b b'PUT /PUT 6'",
        "200 b b'DELETE /DELETE 0'",
    ]


def test_given_a_chunked_body_when_it_is_read_then_its_trailers_are_there(run: Run) -> None:
    program = """
body = b"3\\r\\nabc\\r\\n0\\r\\nX-End: yes\\r\\n\\r\\n"
tell(b"POST / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\nConnection: close\\r\\n\\r\\n" + body)
print(seen[0]["datastream"].get_trailers())
"""
    assert run(SERVER + program) == "{'X-End': ['yes']}\n"


@pytest.mark.parametrize(
    ("changes", "reply"),
    [
        ("message=io.BytesIO(b'x' * 70000)", "chunked 70000"),
        ("message=io.StringIO('text')", "chunked 4"),
        ("message=io.BytesIO(b'abc'), version='1.0'", "None 3"),
        ("message='é'", "None 2"),
        ("message='', statuscode=418, statusmsg='Tea'", "None 0"),
    ],
)
def test_given_a_reply_when_it_is_sent_then_the_client_gets_its_message(run: Run, changes: str, reply: str) -> None:
    program = f"""
reply = dict(reply, {changes})
connection = http.client.HTTPConnection(*address)
connection.request("GET", "/")
response = connection.getresponse()
print(response.getheader("Transfer-Encoding"), len(response.read()))
"""
    assert run(SERVER + program) == f"{reply}\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("GET / HTTP/1.1\\r\\nContent-Length: 1\\r\\n\\r\\nx", 400),
        ("DELETE / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n", 400),
        ("POST / HTTP/1.1\\r\\n\\r\\n", 411),
        ("POST / HTTP/1.1\\r\\nTransfer-Encoding: gzip\\r\\n\\r\\n", 501),
        ("POST / HTTP/1.1\\r\\nContent-Length: -1\\r\\n\\r\\n", 400),
        ("POST / HTTP/1.1\\r\\nContent-Length: 0x1\\r\\n\\r\\n", 400),
        ("POST / HTTP/1.1\\r\\nContent-Length: 3\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n", 400),
        ("POST / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n-1\\r\\n", 500),
        ("POST / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n1\\r\\nabc", 500),
        ("nonsense\\r\\n\\r\\n", 400),
        ("GET / HTTP/9.9\\r\\n\\r\\n", 505),
    ],
)
def test_given_a_request_that_is_none_when_it_comes_then_it_is_answered_with_a_status(
    run: Run, request_: str, status: int
) -> None:
    assert run(f'{SERVER}print(b"{status}" in tell(b"{request_}"))').endswith("True\n")


@pytest.mark.parametrize(
    "changes",
    [
        "statuscode='200'",
        "statuscode=99",
        "version='2.0'",
        "headers=[]",
        "headers={'X': 'a\\r\\nY: b'}",
        "headers={'X': 1}",
        "message=None",
        "statusmsg=None",
    ],
)
def test_given_a_reply_that_is_none_when_it_is_returned_then_the_client_is_told_500(run: Run, changes: str) -> None:
    program = f"""
reply = dict(reply, {changes})
print(tell(b"GET / HTTP/1.1\\r\\n\\r\\n").split()[1])
"""
    told = run(SERVER + program)
    assert told.endswith("b'500'\n")
    assert "the callback of an HTTP server failed" in told


@pytest.mark.parametrize("chunked", [False, True])
def test_given_a_body_without_end_when_it_is_read_whole_then_it_is_refused_at_a_bound(run: Run, chunked: bool) -> None:
    head = "Transfer-Encoding: chunked\\r\\n\\r\\nfff" if chunked else "Content-Length: 999999\\r\\n"
    program = f"""
httpserver.MAX_BODY = 1000
print(tell(b"POST / HTTP/1.1\\r\\n{head}\\r\\n" + bytes(3000)).split()[1])
"""
    told = run(SERVER + program)
    assert "the body has more than 1000 bytes; read it in pieces" in told
    assert told.endswith("b'500'\n")


def test_given_a_body_that_the_callback_leaves_when_it_has_replied_then_it_is_no_next_request(run: Run) -> None:
    program = """
def careless(request):
    seen.append(request["path"])
    return dict(reply, message="ok")
other = httpserver.register_callback(("127.0.0.1", 0), careless)
address = httpserver.address_of(other)
body = b"GET /smuggled HTTP/1.1\\r\\n\\r\\n"
tell(b"POST /first HTTP/1.1\\r\\nContent-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
print(seen)
"""
    assert run(SERVER + program) == "['/first']\n"


def test_given_a_server_that_was_stopped_when_it_is_stopped_again_then_it_is_said(run: Run) -> None:
    program = """
httpserver.httpserver_stopcallback(number)
try:
    tell(b"")
except ConnectionRefusedError:
    print("nobody")
try:
    httpserver.httpserver_stopcallback(number)
except ValueError as error:
    print(error)
"""
    assert run(SERVER + program) == "nobody\nnothing is served under the id 1\n"
