"""A pipeline of threads: dataclasses go through queues, and a summary comes out as JSON."""

import dataclasses
import json
import queue
import statistics
import threading


@dataclasses.dataclass(order=True, frozen=True)
class Sample:
    number: int
    host: str = dataclasses.field(compare=False)
    milliseconds: float = dataclasses.field(compare=False)


END = object()


def stage(function, source, target):
    def run():
        while (item := source.get()) is not END:
            for result in function(item):
                target.put(result)
        target.put(END)

    thread = threading.Thread(target=run, name=function.__name__)
    thread.start()
    return thread


def parse(line):
    number, host, milliseconds = line.split(",")
    yield Sample(int(number), host.strip(), float(milliseconds))


def keep(sample):
    if sample.milliseconds < 100:
        yield sample


lines, samples, kept = queue.Queue(2), queue.Queue(2), queue.Queue()
threads = [stage(parse, lines, samples), stage(keep, samples, kept)]
for number in range(12):
    lines.put(f"{number}, host{number % 3}, {number * 11}")
lines.put(END)
for thread in threads:
    thread.join()
found = []
while (sample := kept.get()) is not END:
    found.append(sample)
by_host = {}
for sample in sorted(found, reverse=True):
    by_host.setdefault(sample.host, []).append(sample.milliseconds)
summary = {host: {"mean": statistics.mean(times), "all": times} for host, times in sorted(by_host.items())}
print(json.dumps(summary, indent=1))
print(dataclasses.asdict(found[0]), [thread.name for thread in threads])
