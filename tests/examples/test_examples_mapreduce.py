"""MapReduce: words counted over vessels, held against a count in one place; and workers that fail on the way."""

import re
from collections import Counter
from pathlib import Path

from tests.examples.conftest import BOUND, EXAMPLES, RunAlone, RunOn, StartOn

from seattle.client import VesselGroup

TEXT = (EXAMPLES / "mapreduce" / "text.txt").read_bytes()
WORDS = Counter(re.findall(r"[a-z]+", TEXT.decode().lower()))
RESULT = "".join(f"{word}\t{WORDS[word]}\n" for word in sorted(WORDS)).encode()
SLOW_MAPPER = (
    (EXAMPLES / "mapreduce" / "mapper.py").read_text()
    + "\n\nsleep_in_map = map_func\n"
    + ("def map_func(key, value):\n    sleep(0.1)\n    return sleep_in_map(key, value)\n")
)


def test_given_a_text_when_workers_count_its_words_then_the_result_is_that_of_one_who_counts_alone(
    run_on: RunOn, vessels: VesselGroup
) -> None:
    primary, *workers = run_on(4, "mapreduce/wordcount.py", 4, files={"text.txt": TEXT})
    assert primary[-1].startswith("most frequent: the 2")
    assert vessels[:1].read("result.txt").values[0] == RESULT
    done = Counter(line.split()[0] for line in primary)
    assert (done["map"], done["reduce"]) == (3, 3)
    assert sum(len(lines) for lines in workers) == 6


def test_given_a_worker_that_is_stopped_in_the_middle_when_it_is_started_again_then_nothing_is_lost_or_counted_twice(
    start_on: StartOn, vessels: VesselGroup
) -> None:
    text = TEXT * 4
    places = [f"{vessel.addresses[0]}:{vessel.tcp_ports[0]}" for vessel in vessels[1:3]]
    workers = [start_on(number, "mapreduce/mapred.py", files={"mapper.py": SLOW_MAPPER.encode()}) for number in (1, 2)]
    vessels[1:3].put(SLOW_MAPPER.encode(), "mapper.py").raise_for_failures()
    for worker in workers:
        assert next(worker.follow()).text.startswith("worker at")
    primary = start_on(0, "mapreduce/mappri.py", "text.txt", *places, files={"text.txt": text})
    lines = primary.follow()
    said = [next(lines).text]
    workers[0].stop().raise_for_failures()
    said.append(next(lines).text)
    vessels[1:2].start("mapred.py").started.raise_for_failures()
    said += [line.text for line in lines]
    assert primary.wait(BOUND).values[0].exit_code == 0
    assert any(line.startswith(f"{places[0]} failed: ") for line in said), said
    assert said[-1] == f"{len(WORDS)} keys in result.txt"
    counted = dict(line.split("\t") for line in vessels[:1].read("result.txt").values[0].decode().splitlines())
    assert counted == {word: str(4 * count) for word, count in WORDS.items()}
    assert {line.rpartition(" ")[2] for line in said if " done by " in line} == set(places)


def test_given_a_worker_that_shows_no_sign_of_life_when_it_has_a_task_then_another_one_does_it(
    start_on: StartOn, run_alone: RunAlone, vessels: VesselGroup, tmp_path: Path
) -> None:
    (tmp_path / "silent.py").write_text(
        "import rendezvous\nlistener = listenforconnection(getmyip(), rendezvous.own_port())\nprint('worker')\n"
        "kept = []\nwhile True:\n    try:\n        kept.append(listener.getconnection())\n"
        "    except SocketWouldBlockError:\n        sleep(0.02)\n"
    )
    for worker in (start_on(1, tmp_path / "silent.py"), start_on(2, "mapreduce/mapred.py")):
        assert next(worker.follow()).text.startswith("worker")
    places = [f"{vessel.addresses[0]}:{vessel.tcp_ports[0]}" for vessel in vessels[1:3]]
    said = run_alone(0, "mapreduce/mappri.py", "text.txt", *places, files={"text.txt": TEXT})
    assert any(line.startswith(f"{places[0]} failed: ") for line in said)
    assert {line.rpartition(" ")[2] for line in said if " done by " in line} == {places[1]}
    assert vessels[:1].read("result.txt").values[0] == RESULT
