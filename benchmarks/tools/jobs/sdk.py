"""Ours: vessels that are known, over a connection that is there.

python sdk.py PROFILE PROGRAM
"""

import sys
from pathlib import Path

from seattle.client import connect


def main(profile: str, program: str) -> None:
    """Do it for each line of stdin."""
    with connect(profile) as testbed:
        vessels = testbed.browse()
        print("ready")
        for _ in sys.stdin:
            for line in vessels.launch(Path(program)).follow():
                print(line.text)
            print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
