"""What each thread has for itself, daemons, and what threads do not catch."""

import threading

own = threading.local()
own.name = "main"
seen = []


def look():
    seen.append(hasattr(own, "name"))
    own.name = threading.current_thread().name
    seen.append(own.name)


thread = threading.Thread(target=look, name="other")
thread.start()
thread.join()
print(seen, own.name)


class Counter(threading.local):
    def __init__(self, start):
        self.count = start

    def up(self):
        self.count += 1
        return self.count


counter = Counter(10)
counter.up()
thread = threading.Thread(target=lambda: seen.append(counter.up()))
thread.start()
thread.join()
print(counter.count, seen[-1])


def report(args):
    print(args.exc_type.__name__, args.exc_value, args.thread.name)


threading.excepthook = report


def fail(error):
    raise error


for error in (ValueError("not caught"), SystemExit(3)):
    failing = threading.Thread(target=fail, args=(error,), name="failing")
    failing.start()
    failing.join()
print("and the program goes on")

begun = threading.Event()


def run_for_ever():
    begun.set()
    threading.Event().wait()
    print("never")


daemon = threading.Thread(target=run_for_ever, daemon=True)
daemon.start()
begun.wait()
print(daemon.daemon, daemon.is_alive())
try:
    daemon.daemon = False
except RuntimeError as why:
    print(why)
children = []
parent = threading.Thread(target=lambda: children.append(threading.Thread(target=print).daemon), daemon=True)
parent.start()
parent.join()
print(children)


def last():
    print("the last one")


threading.Thread(target=last).start()
