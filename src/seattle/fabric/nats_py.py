"""What we use of nats-py. All of it comes in here, and without aiohttp.

nats-py loads aiohttp wherever that is installed, for websockets, which we never speak: it would be a third of all that
the start of `seattle` or seash takes.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def leaving_out(package: str) -> Iterator[None]:
    """What is imported in the block finds that this package is not installed. If it is loaded already, nothing changes.

    Another thread that imports the package meanwhile would not find it either.
    """
    modules: dict[str, object] = sys.modules  # type: ignore[assignment] # None: Python's word for "there is none"
    if package in modules:
        yield
        return
    modules[package] = None
    try:
        yield
    finally:
        del modules[package]


with leaving_out("aiohttp"):
    from nats import errors
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription
    from nats.protocol.parser import AWAITING_CONTROL_LINE, Parser

__all__ = ["AWAITING_CONTROL_LINE", "Client", "Msg", "Parser", "Subscription", "errors", "leaving_out"]
