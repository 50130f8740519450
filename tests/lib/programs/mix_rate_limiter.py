"""A token bucket on a clock that is handed in, and one on the real one."""

import time


class Bucket:
    def __init__(self, rate, burst, clock=time.monotonic):
        self.rate, self.burst, self.clock = rate, burst, clock
        self.tokens, self.since = burst, clock()

    def take(self, amount=1):
        now = self.clock()
        self.tokens = min(self.burst, self.tokens + (now - self.since) * self.rate)
        self.since = now
        if self.tokens < amount:
            return False
        self.tokens -= amount
        return True


now = [0.0]
bucket = Bucket(2, 3, lambda: now[0])
taken = []
for tick in range(12):
    now[0] = tick * 0.25
    taken.append(bucket.take())
print(taken)
real = Bucket(1000, 1)
print(real.take(), real.take(5))
begun = time.perf_counter()
while not real.take():
    time.sleep(0.0005)
print(time.perf_counter() - begun < 5)
print(
    time.strftime("%H:%M:%S", time.gmtime(3 * 3600 + 7)),
    f"{divmod(3725, 60)[0] // 60}:{3725 // 60 % 60:02}:{3725 % 60:02}",
)
