# The end of a run that only the monitor can know of.
from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

line.send(door.encode(door.Finished("stopped", "the donor")))
sleep(1000)
