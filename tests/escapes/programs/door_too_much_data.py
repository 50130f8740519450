# A frame of legal size with more data than a call may carry.
from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

line.send(door.encode(door.Log(bytes(door.MAX_DATA + 1))))
sleep(1000)
