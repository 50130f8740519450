# Threads that nobody has asked the monitor for.
import _thread
import time

made = 0
try:
    while made < 2000:
        _thread.start_new_thread(time.sleep, (1000,))
        made += 1
except RuntimeError:
    print("refused: thread", made)
else:
    print("LEAKED: threads", made)
exitall()
