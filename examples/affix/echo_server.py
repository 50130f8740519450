"""A server that can be reached wherever it is, by its name: `seattle run echo_server.py NAME`; see echo_client.py.

It needs a vessel elsewhere that runs `can_i_hear.py server`; and one that runs `tcp_relay.py`, if it is behind a NAT.
It prints how it can be reached. When its relay goes away, it looks for another one. Arguments: [NAME [PORT]].

Without a name it makes a key, and its name is the key's id: nobody else can answer to that, nor read what is sent.
"""

import threading

import ed25519
import nkey
from affix import AffixStack, Network

TRY_AGAIN = 2  # seconds


def main():
    private = None if callargs else ed25519.new_key()
    name = callargs[0] if callargs else nkey.id_of(ed25519.public_key(private))
    port = int(callargs[1]) if len(callargs) > 1 else min(getresources()[0]["connport"])
    outermost = "(EncryptionAffix)" if private else ""
    text = f"{outermost}(CoordinationAffix)(MakeMeHearAffix)(NamingAndResolverAffix,{name})"
    stack = AffixStack(text, Network(private=private))
    while True:
        try:
            listener = stack.listenforconnection(name, port)
        except (AddressBindingError, AdvertiseError) as why:
            print("not yet:", why)
            sleep(TRY_AGAIN)
            continue
        print(f"{name}:{port} is reached by {listener.advertisement}")
        try:
            serve(listener)
        except TCPServerSocketInvalidError as why:
            print("lost:", why)
            listener.close()


def serve(listener):
    while True:
        try:
            ip, port, connection = listener.getconnection()
        except SocketWouldBlockError:
            sleep(0.05)
            continue
        print(f"somebody has come from {ip}:{port}")
        threading.Thread(target=echo, args=(connection,), daemon=True).start()


def echo(connection):
    unsent = b""
    while True:
        try:
            unsent = unsent or connection.recv(4096)
            unsent = unsent[connection.send(unsent) :]
        except SocketWouldBlockError:
            sleep(0.01)
        except SocketClosedRemote:
            break
    connection.close()


main()
