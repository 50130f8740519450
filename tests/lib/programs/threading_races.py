"""Many wake-ups, with and without patience: none is lost, and no lock is held by two."""

import queue
import threading

ROUNDS = 200

first, second = threading.Semaphore(0), threading.Semaphore(0)


def answer():
    for _ in range(ROUNDS):
        first.acquire(timeout=30)
        second.release()


answering = threading.Thread(target=answer)
answering.start()
answered = 0
for _ in range(ROUNDS):
    first.release()
    answered += second.acquire(timeout=30)
answering.join()
print(answered)

turn, condition, turns = 0, threading.Condition(), []


def take_turns(me):
    global turn
    for _ in range(ROUNDS):
        with condition:
            while turn != me:
                condition.wait(30)
            turns.append(me)
            turn = (me + 1) % 3
            condition.notify_all()


threads = [threading.Thread(target=take_turns, args=(number,)) for number in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(turns == [0, 1, 2] * ROUNDS)

seen = []
for _ in range(50):
    event = threading.Event()
    waiting = threading.Thread(target=lambda event=event: seen.append(event.wait(30)))
    waiting.start()
    event.set()
    waiting.join()
print(set(seen))

barrier, passed = threading.Barrier(5), queue.SimpleQueue()


def pass_through():
    for number in range(ROUNDS // 4):
        barrier.wait(30)
        passed.put(number)


threads = [threading.Thread(target=pass_through) for _ in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(passed.qsize(), barrier.broken)

lock, holders, most = threading.Lock(), 0, 0


def hold():
    global holders, most
    for _ in range(ROUNDS):
        while not lock.acquire(timeout=0.001):
            pass
        holders += 1
        most = max(most, holders)
        holders -= 1
        lock.release()


threads = [threading.Thread(target=hold) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(most, holders)
