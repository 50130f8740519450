"""What a worker of Dask or Ray does for one place: it has no sandbox, and no place of its own."""

import subprocess
import tempfile
from pathlib import Path


def run_in_a_place(interpreter: str, text: bytes) -> str:
    """Put the program into a new folder, run it there as a process, and return what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "hello.py")
        program.write_bytes(text)
        done = subprocess.run([interpreter, program], cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout
