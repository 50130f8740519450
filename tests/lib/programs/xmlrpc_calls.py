"""Values of all types through a server and back; what can't be sent."""

import datetime
import threading
import xmlrpc.client
import xmlrpc.server


def echo(*values):
    return list(values)


class Quiet(xmlrpc.server.SimpleXMLRPCRequestHandler):
    def log_request(self, code="-", size="-"):
        pass


def ask(name, *values):
    transport = xmlrpc.client.Transport()
    call = xmlrpc.client.dumps(values, name, allow_none=True)
    result = transport.request(address, "/RPC2", call.encode())
    transport.close()
    return result[0]


server = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), Quiet, allow_none=True)
address = "{}:{}".format(*server.server_address)
server.register_function(echo)
server.register_function(lambda a, b: a + b, "add")
server.register_function(pow)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
print(ask("add", 2, 3), ask("add", "a", "b"), ask("pow", 2, 10), ask("add", [1], ["x"]))
values = (
    0,
    -1,
    2**31 - 1,
    True,
    False,
    None,
    1.5,
    -0.1,
    1e300,
    "",
    "text",
    "<&>\"' é €",
    [],
    [[1], []],
    {},
    {"a": {"<b>": 1}},
)
print(ask("echo", *values))
print(ask("echo", *values) == list(values))
binary, moment = ask("echo", b"\0\1\xff" * 30, datetime.datetime(2026, 1, 31, 23, 59, 58))
print(binary == b"\0\1\xff" * 30, binary.data[:3], moment, moment == datetime.datetime(2026, 1, 31, 23, 59, 58))
print(ask("echo", (1, 2)), ask("echo", "  spaces \n and lines "))
for bad in (2**31, object(), {1: 2}, 1j, {1, 2}):
    try:
        ask("echo", bad)
    except (TypeError, OverflowError) as error:
        print(type(error).__name__)
server.shutdown()
server.server_close()
