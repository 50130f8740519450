# A second call before the answer to the first: the first has to wait for its budget.
from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

line.send(door.encode(door.RandomBytes()))
line.recv(door.MAX_FRAME)
for _ in range(3):
    line.send(door.encode(door.RandomBytes()))
sleep(1000)
