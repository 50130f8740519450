"""A security layer: the program talks to one host, and to nobody else.

    seattle run --layer examples/layers/one_host.py PROGRAM

At home it is `repy --layer`. HOST is yours to change. Looking up names would talk to other hosts as well, and what is
announced is read by anybody, so these calls are taken away.
"""

HOST = "127.0.0.1"


def check(destip):
    # Exactly this text: other ways to write the same address are not worth the risk.
    if destip != HOST:
        raise ResourceForbiddenError(f"this program may talk to {HOST} only, not to {destip}")


def open_to_host(destip, destport, localip, localport, timeout):
    check(destip)
    return openconnection(destip, destport, localip, localport, timeout)


def send_to_host(destip, destport, message, localip, localport):
    check(destip)
    return sendmessage(destip, destport, message, localip, localport)


class FromHost:
    """A listening socket that turns all others away."""

    def __init__(self, listener):
        self.listener = listener

    def getconnection(self):
        ip, port, connection = self.listener.getconnection()
        if ip != HOST:
            connection.close()
            raise SocketWouldBlockError("somebody else was turned away")
        return ip, port, connection

    def close(self):
        return self.listener.close()


def listen_to_host(localip, localport):
    return FromHost(listenforconnection(localip, localport))


class MessagesFromHost:
    """A socket for messages that drops those of all others."""

    def __init__(self, listener):
        self.listener = listener

    def getmessage(self):
        ip, port, message = self.listener.getmessage()
        if ip != HOST:
            raise SocketWouldBlockError("a message of somebody else was dropped")
        return ip, port, message

    def close(self):
        return self.listener.close()


def hear_from_host(localip, localport):
    return MessagesFromHost(listenformessage(localip, localport))


def function(target, args, returns):
    return {"type": "func", "args": args, "exceptions": RepyException, "return": returns, "target": target}


CHILD_CONTEXT_DEF["openconnection"] = function(open_to_host, (str, int, str, int, (int, float)), "any")
CHILD_CONTEXT_DEF["sendmessage"] = function(send_to_host, (str, int, (bytes, str), str, int), int)
CHILD_CONTEXT_DEF["listenforconnection"] = {
    "type": "objc",
    "args": (str, int),
    "exceptions": RepyException,
    "return": {
        "obj-type": FromHost,
        "name": "TCPServerSocket",
        "getconnection": function(FromHost.getconnection, None, tuple),
        "close": function(FromHost.close, None, bool),
    },
    "target": listen_to_host,
}
CHILD_CONTEXT_DEF["listenformessage"] = {
    "type": "objc",
    "args": (str, int),
    "exceptions": RepyException,
    "return": {
        "obj-type": MessagesFromHost,
        "name": "UDPServerSocket",
        "getmessage": function(MessagesFromHost.getmessage, None, tuple),
        "close": function(MessagesFromHost.close, None, bool),
    },
    "target": hear_from_host,
}
for name in ("gethostbyname", "advertise_announce", "advertise_lookup"):
    CHILD_CONTEXT_DEF.pop(name, None)  # a layer above may have taken it away already

secure_dispatch_module()
