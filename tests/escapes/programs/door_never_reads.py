# Ask and ask, and never take an answer.
import socket

from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

try:
    while True:
        line.send(door.encode(door.GetResources()), socket.MSG_DONTWAIT)
except BlockingIOError:
    pass
while True:
    line.send(door.encode(door.GetResources()))
