# Give answers instead of asking.
from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

line.send(door.encode(door.Done(1)))
sleep(1000)
