"""Keys, masks, and what a selector refuses."""

import selectors
import socket

ours, theirs = socket.socketpair()
with selectors.DefaultSelector() as selector:
    key = selector.register(ours, selectors.EVENT_READ, data="ours")
    print(key.fileobj is ours, key.fd == ours.fileno(), key.events, key.data)
    print(selector.get_key(ours) == key, selector.get_map()[ours.fileno()] == key, ours in selector.get_map())
    print(selector.select(0), selector.select(timeout=-1))
    theirs.sendall(b"x")
    print([(found.data, mask) for found, mask in selector.select(5)])
    selector.modify(ours, selectors.EVENT_READ | selectors.EVENT_WRITE, "both")
    print([(found.data, mask) for found, mask in selector.select(5)])
    for call in (
        lambda: selector.register(ours, selectors.EVENT_READ),
        lambda: selector.register(theirs, 0),
        lambda: selector.register("text", selectors.EVENT_READ),
        lambda: selector.unregister(theirs),
        lambda: selector.modify(theirs, selectors.EVENT_READ),
        lambda: selector.get_map()[theirs],
    ):
        try:
            call()
        except (KeyError, ValueError) as why:
            print(type(why).__name__)
    ours.close()
    print(selector.unregister(ours).data, len(selector.get_map()))
print(selector.get_map())
try:
    selector.get_key(theirs)
except RuntimeError as why:
    print(why)
print(selectors.EVENT_READ, selectors.EVENT_WRITE)
