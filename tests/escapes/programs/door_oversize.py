# A frame one byte too long, otherwise well made.
from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

size = door.MAX_FRAME - 9 + 1  # the head takes nine bytes
line.send(b"\x92\xa3Log\xc6" + size.to_bytes(4, "big") + bytes(size))
sleep(1000)
