"""timeit: how often it calls what it measures, and that time is a number."""

import timeit

calls = []
taken = timeit.timeit(lambda: calls.append(1), number=10)
print(len(calls), taken >= 0)
print(len(timeit.repeat(lambda: calls.append(1), repeat=3, number=2)), len(calls))
prepared = []
timer = timeit.Timer(lambda: prepared.append(len(prepared)), setup=lambda: prepared.append("setup"))
timer.timeit(2)
print(prepared)
seen = []
timeit.timeit("seen.append(x)", setup="x = 5", number=3, globals={"seen": seen})
timeit.timeit("if x:\n    seen.append(-x)\n", setup="x = 6", number=1, globals={"seen": seen})
print(seen)
print(timeit.timeit(number=100) < 1)
ticks = iter([10.0, 13.5])
print(timeit.Timer(lambda: None, timer=lambda: next(ticks)).timeit(1))
