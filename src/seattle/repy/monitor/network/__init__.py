"""The network as programs see it: which addresses are valid, where packets may go, and the computer that sends them.

`interface.Network` is all that `seattle.repy.monitor.sockets` needs; `host.HostNetwork` is this computer's own.
Another implementation (an emulated network) can stand in without a change above.
"""
