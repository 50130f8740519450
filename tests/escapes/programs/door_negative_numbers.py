# Numbers below zero where a count is meant.
from seattle.repy.guest import channel

line = channel.mine()._socket

import msgspec

line.send(msgspec.msgpack.encode(["ReadFile", 1, -1, -1]))
sleep(1000)
