# A frame that ends in the middle; the rest comes in the next packet.
from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

frame = door.encode(door.Log(b"two halves"))
line.send(frame[:5])
line.send(frame[5:])
sleep(1000)
