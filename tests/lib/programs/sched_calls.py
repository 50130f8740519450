"""A scheduler: order, priorities, cancelling, and not waiting."""

import sched

now = 0.0


def clock():
    return now


def wait(seconds):
    global now
    if seconds:
        print("waits", seconds)
    now += seconds


scheduler = sched.scheduler(clock, wait)
scheduler.enter(5, 1, print, ("at five",))
scheduler.enter(1, 2, print, ("at one, second",))
scheduler.enter(1, 1, print, argument=("at", "one"), kwargs={"sep": "-"})
dropped = scheduler.enterabs(3, 1, print, ("never",))
print([(event.time, event.priority) for event in scheduler.queue], scheduler.empty())
scheduler.cancel(dropped)
try:
    scheduler.cancel(dropped)
except ValueError:
    print("cancelled before")
print(scheduler.run(blocking=False))


def again(left):
    print("again", left)
    if left:
        scheduler.enter(0.5, 1, again, (left - 1,))


scheduler.enter(2, 1, again, (2,))
scheduler.run()
print(scheduler.empty(), now, scheduler.run())

real = sched.scheduler()
real.enter(0.01, 1, print, ("later",))
real.enter(0, 1, print, ("sooner",))
real.run()
