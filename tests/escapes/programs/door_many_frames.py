# Many small frames, as fast as they are answered: the time that the monitor spends on them is the vessel's.
import time

from seattle.repy import door
from seattle.repy.guest import channel

for _ in range(20_000):
    channel.ask(door.Log(b""))
charged, own = getresources()[1]["cpu"], time.process_time()
print("refused: a free ride" if charged > 1.2 * own else "LEAKED: a free ride", charged, own)
