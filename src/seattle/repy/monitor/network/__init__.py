"""The network as programs see it: which addresses are valid, where packets may go, and the computer that sends them.

`interface.Network` is all that the calls in `seattle.repy.monitor.sockets` need; `host.HostNetwork` is this computer's own
network. Another implementation (an emulated one) can stand in without a change above.
"""
