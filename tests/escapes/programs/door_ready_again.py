# Report on the walls once more, now that the program can lie.
from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

line.send(door.encode(door.Ready([("seccomp", "up", "really")])))
sleep(1000)
