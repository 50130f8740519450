"""Put something into the store, or get it: store.py put KEY VALUE IP:PORT ..., store.py get KEY IP:PORT ...

The addresses are those of all replicas (replica.py), always the same ones.
"""

import rendezvous
from quorum import NoQuorumError, Store

command, key, *rest = callargs
try:
    if command == "put":
        value, *replicas = rest
        Store([rendezvous.parse_place(word) for word in replicas]).put(key, value)
        print("stored")
    else:
        print(Store([rendezvous.parse_place(word) for word in rest]).get(key))
except KeyError:
    print("error: there is no such key")
except NoQuorumError as why:
    print("error:", why)
