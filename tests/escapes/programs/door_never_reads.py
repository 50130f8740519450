# Ask and ask, and never take an answer.
from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

while True:
    line.send(door.encode(door.GetResources()))
