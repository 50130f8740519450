"""parallel-ssh: a connection to each place, SFTP, and the interpreter by its path.

python parallel_ssh.py PORT USER KEY INTERPRETER PROGRAM PLACES FOLDER
"""

import shlex
import sys
from pathlib import Path

from gevent import joinall
from pssh.clients import ParallelSSHClient


def main(port: str, user: str, key: str, interpreter: str, program: str, places: str, folder: str) -> None:
    """Do it for each line of stdin."""
    targets = [Path(folder, f"{number}", "hello.py") for number in range(int(places))]
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
    client = ParallelSSHClient(
        ["127.0.0.1"] * len(targets), port=int(port), user=user, pkey=key, pool_size=len(targets), allow_agent=False
    )
    copies = [{"here": program, "there": str(target)} for target in targets]
    commands = [{"command": shlex.join([interpreter, str(target)])} for target in targets]
    print("ready")
    for _ in sys.stdin:
        joinall(client.copy_file("%(here)s", "%(there)s", copy_args=copies), raise_error=True)
        for output in client.run_command("%(command)s", host_args=commands):
            for line in output.stdout:
                print(line)
        print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
