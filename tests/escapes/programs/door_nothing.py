# A frame of no bytes, which looks like the line's end.
from seattle.repy.guest import channel

line = channel.mine()._socket

line.send(b"")
while True:
    pass
