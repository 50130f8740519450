# Hang up, and go on computing where nobody can call any more.
from seattle.repy.guest import channel

line = channel.mine()._socket

line.close()
while True:
    pass
