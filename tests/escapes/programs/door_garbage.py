# Bytes that are no frame.
from seattle.repy.guest import channel

line = channel.mine()._socket

line.send(b"\xff\xc1" * 50)
sleep(1000)
