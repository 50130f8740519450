# An end that does not exist.
from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

line.send(door.encode(door.Finished("triumph", "")))
sleep(1000)
