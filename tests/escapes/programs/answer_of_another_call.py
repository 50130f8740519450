# What a generator's `finally` asks, when it is collected in the middle of a call, would be the answer to that call: of a
# layer's too, which then believes what the program beneath it likes.
refused, wrong, ran = [], [], 0


def late():
    global ran
    try:
        yield
    finally:
        ran += 1
        try:
            gethostbyname("2.2.2.2")
        except RuntimeError as why:
            refused.append(why)


for _attempt in range(2):
    waiting = late()
    next(waiting)
    cycle = [waiting]
    cycle.append(cycle)
    del waiting, cycle
    live, before = [], ran
    while (
        ran == before
    ):  # one object more each time: so the first collection comes where there are most, deep in a call
        live.append([])
        told = gethostbyname("1.1.1.1")
        if told != "1.1.1.1":
            wrong.append(told)
if wrong:
    print("LEAKED", wrong)
raise ValueError("refused")
