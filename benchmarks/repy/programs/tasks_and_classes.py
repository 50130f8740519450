"""Method calls on objects of several classes: tasks that pass work on to each other, as in an operating system."""

from collections import deque


class Packet:
    """Work on its way."""

    def __init__(self, kind: str, size: int) -> None:
        self.kind = kind
        self.size = size


class Task:
    """Takes packets from its queue."""

    def __init__(self, scheduler: "Scheduler", name: str) -> None:
        self.scheduler = scheduler
        self.name = name
        self.queue: deque[Packet] = deque()
        self.done = 0

    @property
    def ready(self) -> bool:
        """Whether there is something to do."""
        return len(self.queue) > 0

    def step(self) -> None:
        """Do one thing."""
        packet = self.queue.popleft()
        self.done += 1
        self.work(packet)

    def work(self, packet: Packet) -> None:
        """Nothing by itself."""


class Device(Task):
    """Sends everything back, smaller."""

    def work(self, packet: Packet) -> None:
        """Hand it to a worker."""
        if packet.size > 1:
            self.scheduler.send("worker", Packet(packet.kind, packet.size - 1))


class Worker(Task):
    """Sends packets to the device that they are for."""

    def __init__(self, scheduler: "Scheduler", name: str) -> None:
        super().__init__(scheduler, name)
        self.turns = 0

    def work(self, packet: Packet) -> None:
        """By turns to one and to the other."""
        self.turns += 1
        self.scheduler.send(packet.kind if self.turns % 3 else "idle", packet)


class Idle(Task):
    """Wakes a device, chosen by a shift register."""

    def __init__(self, scheduler: "Scheduler", name: str) -> None:
        super().__init__(scheduler, name)
        self.register = 0x5EED

    def work(self, packet: Packet) -> None:
        """Pass it on."""
        self.register = (self.register >> 1) ^ (0xD008 if self.register & 1 else 0)
        self.scheduler.send("disk" if self.register & 1 else "line", packet)


class Scheduler:
    """Runs its tasks by turns until none has work."""

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        for kind, name in ((Idle, "idle"), (Worker, "worker"), (Device, "disk"), (Device, "line")):
            self.tasks[name] = kind(self, name)

    def send(self, name: str, packet: Packet) -> None:
        """Put a packet into a task's queue."""
        self.tasks[name].queue.append(packet)

    def run(self) -> int:
        """How much was done."""
        busy = True
        while busy:
            busy = False
            for task in self.tasks.values():
                if task.ready:
                    task.step()
                    busy = True
        return sum(task.done for task in self.tasks.values())


def run() -> int:
    """So much work."""
    scheduler = Scheduler()
    for number in range(300):
        scheduler.send("idle", Packet("disk" if number % 2 else "line", 60))
    return scheduler.run()
