"""What we use of nats-py. All of it comes in here, and without aiohttp.

nats-py loads aiohttp wherever that is installed, for websockets, which we never speak: it would be a third of all that
the start of `seattle` or seash takes.
"""

from seattle.fabric.leaving_out import leaving_out

with leaving_out("aiohttp"):
    from nats import errors
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription
    from nats.protocol.parser import Parser

__all__ = ["Client", "Msg", "Parser", "Subscription", "errors"]
