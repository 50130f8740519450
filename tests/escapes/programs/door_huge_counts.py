# Numbers that would be a denial of service if anybody allocated them.
from seattle.repy.guest import channel

line = channel.mine()._socket

import msgspec

line.send(msgspec.msgpack.encode(["ReadFile", 1, 0, 2**40]))
sleep(1000)
