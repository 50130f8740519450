"""Dask: a hundred tasks on two worker processes of fifty threads.

python dask_tasks.py INTERPRETER PROGRAM PLACES
"""

import sys
from pathlib import Path

from distributed import Client, LocalCluster, as_completed
from place import run_in_a_place

WORKERS = 2  # processes


def main(interpreter: str, program: str, places: str) -> None:
    """Do it for each line of stdin."""
    count = int(places)
    with (
        LocalCluster(
            n_workers=WORKERS, threads_per_worker=count // WORKERS, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        client.upload_file(str(Path(__file__).with_name("place.py")))
        print("ready")
        for _ in sys.stdin:
            text = Path(program).read_bytes()
            tasks = client.map(run_in_a_place, [interpreter] * count, text=text, pure=False)
            for _, output in as_completed(tasks, with_results=True):
                print(output, end="")
            print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
