# A frame that is well-formed but for a text whose bytes are none.
from seattle.repy import door
from seattle.repy.guest import channel

line = channel.mine()._socket

line.send(door.encode(door.GetHostByName("abc")).replace(b"abc", b"\xed\xa0\x80"))
sleep(1000)
