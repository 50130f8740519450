"""A relay for programs behind NATs: `seattle run tcp_relay.py --on NODE/VESSEL`, a vessel that others can connect to.

It prints where it relays, and goes on until it is stopped. Arguments: [PORT [KEY]].
"""

import tcp_relay

tcp_relay.main(callargs)
