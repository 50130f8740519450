import time

begun = time.monotonic()
time.sleep(0.01)
passed = time.monotonic() - begun
print(0.01 <= passed < 5, time.perf_counter() >= 0, isinstance(time.time_ns(), int))
print(abs(time.time() - time.time_ns() / 1e9) < 1, time.time() > 1_700_000_000)
moment = time.gmtime(86400 * 365)
print(moment.tm_year, moment.tm_mon, moment.tm_mday, moment.tm_wday, moment.tm_yday, tuple(moment)[:6])
print(time.strftime("%Y-%m-%d %H:%M:%S", moment), time.strftime("%a, %d %b %Y", time.gmtime(0)))
parsed = time.strptime("30 Nov 2000 06:05", "%d %b %Y %H:%M")
print(parsed.tm_year, parsed.tm_hour, parsed.tm_yday, time.asctime(parsed))
for wrong in (lambda: time.sleep(-1), lambda: time.strptime("x", "%Y")):
    try:
        wrong()
    except ValueError as why:
        print(type(why).__name__)
