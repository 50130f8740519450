"""Talk with echo_server.py by its name: `seattle run echo_client.py NAME PORT [BYTES]`.

Sends random bytes (20000, if not said otherwise), and prints whether the same have come back. Where the server is, and
that there may be a relay between, is the stack's business. If NAME is the id of a key, the server has to prove that it
has that key.
"""

import secrets

from affix import AffixStack
from affix.signing import is_id

PATIENCE = 30  # seconds


def main():
    name, port = callargs[0], int(callargs[1])
    data = secrets.token_bytes(int(callargs[2]) if len(callargs) > 2 else 20000)
    outermost = "(EncryptionAffix)" if is_id(name) else ""
    stack = AffixStack(f"{outermost}(CoordinationAffix)(NamingAndResolverAffix)")
    here = min(getresources()[0]["connport"])
    connection = stack.openconnection(name, port, stack.getmyip(), here, PATIENCE)
    print("connected")
    sent, received = 0, b""
    while len(received) < len(data):
        try:
            sent += connection.send(data[sent:]) if sent < len(data) else 0
            received += connection.recv(4096)
        except SocketWouldBlockError:
            sleep(0.01)
    connection.close()
    print(f"{len(received)} bytes came back, {'the same' if received == data else 'others'}")


main()
