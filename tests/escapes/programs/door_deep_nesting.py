# A frame nested deeper than any decoder's stack.
from seattle.repy.guest import channel

line = channel.mine()._socket

line.send(b"\x91" * 100_000)
sleep(1000)
