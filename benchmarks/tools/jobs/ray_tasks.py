"""Ray: a hundred tasks on its workers, one for each core.

python ray_tasks.py INTERPRETER PROGRAM PLACES
"""

import os
import sys
from pathlib import Path

import ray
from place import run_in_a_place


def main(interpreter: str, program: str, places: str) -> None:
    """Do it for each line of stdin."""
    ray.init(
        num_cpus=os.cpu_count(),
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        _node_ip_address="127.0.0.1",
    )
    task = ray.remote(run_in_a_place)
    print("ready")
    for _ in sys.stdin:
        text = Path(program).read_bytes()
        waiting = [task.remote(interpreter, text) for _ in range(int(places))]
        while waiting:
            ended, waiting = ray.wait(waiting)
            for output in ray.get(ended):
                print(output, end="")
        print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
