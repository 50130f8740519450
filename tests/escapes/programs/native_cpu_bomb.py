# More than one CPU: threads in C code, which need no lock of the interpreter's and ask nobody.
import _thread
import time
import zlib


def burn():
    while True:
        zlib.crc32(block)


block = bytes(4 << 20)
for _ in range(4):
    _thread.start_new_thread(burn, ())
began, used = time.monotonic(), time.process_time()
time.sleep(2)
share = (time.process_time() - used) / (time.monotonic() - began)
print("refused: a second CPU" if share < 1.3 else "LEAKED: a second CPU", round(share, 2))
exitall()
