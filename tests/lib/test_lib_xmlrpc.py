"""XML-RPC as programs use it, and what hostile callers and servers send."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lib.conftest import Run
from tests.repy.conftest import Finished

SERVER = """
import socket, threading, xmlrpc.client, xmlrpc.server
class Quiet(xmlrpc.server.SimpleXMLRPCRequestHandler):
    def log_message(self, format, *args):
        pass
server = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), Quiet, allow_none=True)
server.register_function(lambda a, b: a + b, "add")
server.register_function(lambda: [1, 2], "deep.er.list")
server.register_multicall_functions()
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
url = "http://127.0.0.1:%d" % server.server_address[1]
"""


def test_given_a_proxy_with_methods_when_they_are_called_then_they_are_the_server_s(run: Run) -> None:
    program = """
with xmlrpc.client.ServerProxy(url, methods=["add", "deep.er.list"], allow_none=True) as proxy:
    print(proxy.add(1, 2), proxy.deep.er.list(), proxy.call("add", "a", "b"), proxy)
    connection = proxy("transport")._connection[1]
    proxy.add(3, 4)
    print(proxy("transport")._connection[1] is connection)
    try:
        proxy.call("nothing")
    except xmlrpc.client.Fault as fault:
        print(fault.faultString)
"""
    first, kept, fault = run(SERVER + program).splitlines()
    assert first.startswith("3 [1, 2] ab <ServerProxy for 127.0.0.1:")
    assert (kept, fault) == ("True", "<class 'Exception'>:method \"nothing\" is not supported")


def test_given_several_calls_in_one_when_one_fails_then_it_alone_does(run: Run) -> None:
    program = """
calls = xmlrpc.client.MultiCall(xmlrpc.client.ServerProxy(url))
calls.add("add", 1, 2)
calls.add("nothing")
calls.add("add", 3, 4)
results = calls()
print(results[0], results[2])
try:
    results[1]
except xmlrpc.client.Fault as fault:
    print(fault.faultCode)
"""
    assert run(SERVER + program) == "3 7\n1\n"


def test_given_a_server_that_hung_up_meanwhile_when_it_is_called_again_then_the_call_is_made(run: Run) -> None:
    program = """
Quiet.timeout = 0.05
Quiet.protocol_version = "HTTP/1.1"
proxy = xmlrpc.client.ServerProxy(url)
print(proxy.call("add", 1, 2))
while proxy("transport")._connection[1].sock.recv(1):
    pass
print(proxy.call("add", 3, 4))
"""
    assert run(SERVER + program) == "3\n7\n"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Content-Length: 2097153", "413"),
        ("Content-Length: " + "9" * 5000, "413"),
        ("Content-Length: -1", "411"),
        ("Content-Length: 1_0", "411"),
        ("Transfer-Encoding: chunked", "411"),
    ],
)
def test_given_a_call_whose_length_can_t_be_when_made_then_it_is_refused(run: Run, head: str, status: str) -> None:
    program = f"""
with socket.create_connection(server.server_address) as client:
    client.sendall(b"POST /RPC2 HTTP/1.1\\r\\n{head}\\r\\n\\r\\n")
    print(client.recv(100).split()[1])
"""
    assert run(SERVER + program) == f"b'{status}'\n"


@pytest.mark.parametrize("piece", ["<value/>", "<value><int>1</int></value>", "&#x263a;", "<v a='1'/>", "\u263a"])
def test_given_a_small_vessel_when_the_largest_calls_come_then_it_outlives_them(
    repy: Callable[..., Finished], tmp_path: Path, piece: str
) -> None:
    program = f"""
head, piece = b"<methodCall><methodName>add</methodName><params><param><value><array><data>", {piece!r}.encode()
body = head + piece * ((xmlrpc.server.MAX_BODY - len(head)) // len(piece))
transport = xmlrpc.client.Transport()
for _ in range(2):
    try:
        transport.request("127.0.0.1:%d" % server.server_address[1], "/", body)
    except xmlrpc.client.Fault as fault:
        print("fault")
print(xmlrpc.client.ServerProxy(url).call("add", 1, 2))
"""
    (tmp_path / "program.py").write_text(SERVER + program)
    done = repy("--limit", "memory=64M", "program.py")
    assert (done.code, done.stdout) == (0, "fault\nfault\n3\n"), done.stderr


@pytest.mark.parametrize(
    "body",
    [
        "'no xml'",
        "'<methodCall/>'",
        "'<methodCall><params/></methodCall>'",
        "'<methodResponse><params/></methodResponse>'",
        "'<!DOCTYPE a [<!ENTITY x \"y\">]><methodCall><methodName>&x;</methodName></methodCall>'",
        "'<methodCall><methodName>add</methodName><params>' + '<param><value><array><data>' * 40",
        "'<methodCall><methodName>add</methodName><params><param><value><int>' + '9' * 5000 + '</int></value></param>'",
        "'<methodCall><methodName>add</methodName><params><param><value><int>x</int></value></param></params></methodCall>'",
    ],
)
def test_given_a_call_that_is_none_when_made_then_the_answer_is_a_fault(run: Run, body: str) -> None:
    program = f"""
transport = xmlrpc.client.Transport()
try:
    print(transport.request("127.0.0.1:%d" % server.server_address[1], "/RPC2", ({body}).encode()))
except xmlrpc.client.Fault as fault:
    print("fault", fault.faultCode)
"""
    assert run(SERVER + program) == "fault 1\n"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("b'HTTP/1.1 200 OK\\r\\n\\r\\n<a/>'", "ResponseError"),
        ("b'HTTP/1.1 500 Oh\\r\\n\\r\\n'", "ProtocolError"),
        ("b'HTTP/1.1 200 OK\\r\\nContent-Length: 99999999\\r\\n\\r\\n' + bytes(2000)", "ResponseError"),
        ("b'nonsense\\r\\n'", "BadStatusLine"),
        ("b''", "RemoteDisconnected"),
    ],
)
def test_given_a_reply_that_is_none_when_it_comes_then_the_caller_is_told(run: Run, reply: str, told: str) -> None:
    program = f"""
import socket, threading, xmlrpc.client
xmlrpc.client.MAX_BODY = 1000
listener = socket.create_server(("127.0.0.1", 0))
def serve():
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        try:
            connection.sendall({reply})
            connection.settimeout(0.2)
            connection.recv(1)
        except OSError:
            pass
threading.Thread(target=serve, daemon=True).start()
try:
    xmlrpc.client.ServerProxy("http://127.0.0.1:%d" % listener.getsockname()[1]).call("add", 1)
except Exception as error:
    print(type(error).__name__)
"""
    assert run(program) == f"{told}\n"


@pytest.mark.parametrize("name", ["_secret", "inner._secret", "inner.__init__", "inner", "add.__globals__"])
def test_given_a_server_of_an_object_when_a_private_name_is_called_then_it_is_refused(run: Run, name: str) -> None:
    program = f"""
class Thing:
    def _secret(self):
        return "secret"
class Outer(Thing):
    inner = Thing()
    def add(self, a, b):
        return a + b
server.register_instance(Outer(), allow_dotted_names=True)
try:
    print(xmlrpc.client.ServerProxy(url).call({name!r}))
except xmlrpc.client.Fault as fault:
    print("fault", "secret" in fault.faultString and "value")
"""
    assert run(SERVER + program).startswith("fault")


def test_given_the_reference_s_server_and_client_when_they_talk_then_values_come_back(run: Run) -> None:
    program = """
from xmlrpc_client import xmlrpc_client_Client
from xmlrpc_common import xmlrpc_common_Binary, xmlrpc_common_Fault
from xmlrpc_server import xmlrpc_server_SimpleXMLRPCServer
def fail():
    raise ValueError("as asked")
server = xmlrpc_server_SimpleXMLRPCServer(("127.0.0.1", 0))
server.register_function(lambda *values: list(values), "echo")
server.register_function(fail)
server.serve_nonblocking()
client = xmlrpc_client_Client("http://127.0.0.1:%d/RPC2" % server.server_address[1])
print(client.send_request("echo", (1, None, True, 2.5, "<&>é", [1, [2]], {"a": {"b": None}})))
print(client.send_request("echo", (xmlrpc_common_Binary(b"\\0\\xff"),), timeout=5)[0].data)
for name in ("fail", "nothing"):
    try:
        client.send_request(name, ())
    except xmlrpc_common_Fault as fault:
        print(fault.errno, fault.strerror)
server.shutdown()
"""
    assert run(program).splitlines() == [
        "[1, None, True, 2.5, '<&>é', [1, [2]], {'a': {'b': None}}]",
        r"b'\x00\xff'",
        "3 ValueError: as asked",
        "1 there is no function 'nothing'",
    ]


def test_given_nobody_when_the_reference_s_client_calls_then_each_failure_has_its_exception(run: Run) -> None:
    program = """
import socket, xmlrpc_client, xmlrpc_common
with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    gone = taken.getsockname()[1]
for listens in (False, True):
    listener = socket.create_server(("127.0.0.1", gone)) if listens else None
    try:
        xmlrpc_client.xmlrpc_client_Client(f"http://127.0.0.1:{gone}/").send_request("a", (), timeout=0.1)
    except (xmlrpc_common.xmlrpc_common_ConnectionError, xmlrpc_common.xmlrpc_common_Timeout) as error:
        print(type(error).__name__)
"""
    assert run(program) == "xmlrpc_common_ConnectionError\nxmlrpc_common_Timeout\n"


def test_given_the_reference_s_documents_when_made_and_read_then_they_are_the_same(run: Run) -> None:
    program = """
from xmlrpc_common import xmlrpc_common_call2python as uncall, xmlrpc_common_call2xml as call
from xmlrpc_common import xmlrpc_common_response2python as unreply, xmlrpc_common_response2xml as reply
from xmlrpc_common import xmlrpc_common_fault2xml as fault, xmlrpc_common_XMLParseError as Bad
print(uncall(call("some.name", (1, "<two>", 3.25))))
print(unreply(reply({"a": [1, None]})))
failed = unreply(fault("no & no", 7))
print(type(failed).__name__, failed.strerror, failed.errno)
for function, *args in (uncall, reply(1)), (unreply, call("a", ())), (unreply, "junk"), (call, "a", (2**40,)):
    try:
        function(*args)
    except (Bad, ValueError) as error:
        print(type(error).__name__)
"""
    assert run(program).splitlines() == [
        "('some.name', (1, '<two>', 3.25))",
        "{'a': [1, None]}",
        "xmlrpc_common_Fault no & no 7",
        *["xmlrpc_common_XMLParseError"] * 3,
        "ValueError",
    ]
