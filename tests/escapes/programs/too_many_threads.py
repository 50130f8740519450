# As many threads as there may be, and one.
while True:
    createthread(lambda: sleep(1000))
