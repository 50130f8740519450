"""sys.exit in the main part: clean-up first, then the threads come to their ends, then the exit code."""

import sys
import threading
import time

stop = threading.Event()


def work():
    while not stop.wait(0.005):
        pass
    print("the worker ends")


def main():
    threading.Thread(target=work).start()
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    return 1


try:
    sys.exit(main())
finally:
    print("cleaning up")
    stop.set()
