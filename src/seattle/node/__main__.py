"""`python -m seattle.node --settings FILE`: see `command.py`."""

import typer

from seattle.node.command import run

if __name__ == "__main__":
    typer.run(run)
