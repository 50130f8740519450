"""A replicated key-value store that survives: three replicas and a client, and one replica after the other ends.

    seattle get 4
    seattle run examples/store/survive.py 4

The last vessel is the client, all others are replicas. It stores 20 values, ends the first replica, finds all of them
and changes some; ends another replica, whereupon there is no majority of three, which it is told and not deceived
about: `all replicas: 20 of 20 values are right`, `one replica less: 20 of 20 values are right`, `two less: 1 of 3
replicas answer, and 2 have to`. `--name NAME` is for several runs at the same time.
"""

import rendezvous
from quorum import NoQuorumError, Store, ask
from replica import serve_at

name = callargs[callargs.index("--name") + 1] if "--name" in callargs else "store"
company = rendezvous.meet(name, int(callargs[0]))
replicas = company.places[:-1]
if company.place in replicas:
    serve_at(company.place, stoppable=True)
else:
    store = Store(replicas)
    values = {f"key {number}": f"value {number}" for number in range(20)}

    def end_one(place):
        ask(f"http://{rendezvous.format_place(place)}/", "stop")

    def wait_for_all():
        """They may have met, and not serve yet."""
        for place in replicas:
            while True:
                try:
                    ask(f"http://{rendezvous.format_place(place)}/", "read", "nothing")
                    break
                except OSError:
                    sleep(0.1)

    def count_right():
        return sum(store.get(key) == value for key, value in values.items())

    wait_for_all()
    for key, value in values.items():
        store.put(key, value)
    print("all replicas:", count_right(), "of 20 values are right")
    end_one(replicas[0])
    for key in list(values)[:5]:
        values[key] = "changed"
        store.put(key, "changed")
    print("one replica less:", count_right(), "of 20 values are right")
    for place in replicas[1:-1]:
        end_one(place)
    try:
        store.get("key 1")
    except NoQuorumError as why:
        print("two less:", why)
    end_one(replicas[-1])
