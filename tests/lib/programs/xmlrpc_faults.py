"""Calls that fail: exceptions, faults, functions that are not there, paths where nobody serves."""

import threading
import xmlrpc.client
import xmlrpc.server


class Quiet(xmlrpc.server.SimpleXMLRPCRequestHandler):
    def log_request(self, code="-", size="-"):
        pass


class Shop:
    def __init__(self):
        self.inner = Inner()

    def price(self, what):
        """What it costs."""
        return {"bread": 3}[what]

    def _secret(self):
        return "secret"


class Inner:
    def depth(self):
        return 2


def fail():
    raise ValueError("as asked")


def fault():
    raise xmlrpc.client.Fault(42, "my <own> fault")


def ask(name, *values, path="/RPC2", body=None):
    transport = xmlrpc.client.Transport()
    try:
        result = transport.request(address, path, body or xmlrpc.client.dumps(values, name).encode())[0]
        print(name, "returned", result)
    except xmlrpc.client.Fault as error:
        print(name, error.faultCode, error.faultString, isinstance(error, xmlrpc.client.Error))
    except xmlrpc.client.ProtocolError as error:
        print(name, "ProtocolError", error.errcode, error.url == address + path)
    transport.close()


server = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), Quiet)
address = "{}:{}".format(*server.server_address)
server.register_introspection_functions()
server.register_multicall_functions()
server.register_function(fail)
server.register_function(name="my.fault")(fault)
threading.Thread(target=server.serve_forever, args=(0.02,)).start()
ask("fail")
ask("my.fault")
ask("nothing")
ask("fail", path="/elsewhere")
ask("fail", 1)
ask("system.listMethods")
ask("system.methodSignature", "fail")
server.register_instance(Shop(), allow_dotted_names=True)
ask("price", "bread")
ask("price", "gold")
ask("_secret")
ask("inner.depth")
ask("inner._dict")
ask("system.methodHelp", "price")
calls = [{"methodName": "price", "params": ["bread"]}, {"methodName": "fail", "params": []}]
ask("system.multicall", calls)
server.shutdown()
server.server_close()
