"""Versions that are small and do as they are told: what a supervisor has to do with whatever it is given.

Each is a bundle like any other, with the real modules of `standalone` and a daemon of a page: it holds the node's lock,
says when it is ready, and keeps a diary in the node's folder, `VERSION PID WORD` in a line.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.installer.making import bundle_of

from seattle.installer.standalone import bundles

Unpack = Callable[[str, dict[str, Any]], Path]  # where a stand-in of this version, which behaves like this, is unpacked

DAEMON = """
import fcntl, os, signal, sys, time
from pathlib import Path
VERSION = {version!r}
folder = Path(sys.argv[sys.argv.index("--settings") + 1]).parent
tell = int(sys.argv[sys.argv.index("--ready-fd") + 1])
def note(word):
    with (folder / "diary").open("a") as diary:
        diary.write(f"{{VERSION}} {{os.getpid()}} {{word}}\\n")
def end(number, frame):
    note("handed over" if number == signal.SIGTERM else "ended")
    os._exit(0)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, end)
lock = open(folder / "lock", "w")
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    note("folder in use")
    sys.exit(1)
note("began")
{before_ready}
os.write(tell, b"ready\\n")
os.close(tell)
{when_ready}
while True:
    time.sleep(1000)
"""
UPDATE = """
import sys
from pathlib import Path
home = Path(sys.argv[sys.argv.index("--home") + 1])
with (home / "node" / "diary").open("a") as diary:
    diary.write("update looked\\n")
{update}
"""
SETUP = """
import json, sys
from pathlib import Path
home = Path(sys.argv[1])
{setup}
told = {{"signed_by": "UA" * 28, "name": "", "site": "", "fabric": ["nats://127.0.0.1:4222"], "updates": None,
        "vessels": [{{"percent": 100, "owner": "UB" * 28, "users": []}}]}}
if "--only-check" not in sys.argv:
    (home / "node").mkdir()
    (home / "node" / "node.toml").write_text("words = " + json.dumps(sys.argv[2:]))
    told |= {{"node": "UC" * 28, "percent": 10.0, "measured": {{}}, "failed": []}}
print(json.dumps(told))
"""
EXITS = "sys.exit(3)"
HANGS = "time.sleep(1000)"
DIES_SOON = "time.sleep(0.2); os._exit(4)"


def stand_in(
    file: Path,
    version: str,
    *,
    before_ready: str = "",
    when_ready: str = "",
    update: str = "",
    health: str = "",
    setup: str = "",
    standalone: dict[str, str] | None = None,
) -> Path:
    """A bundle of such a version. `standalone`: modules that are others than ours, by file name."""
    modules = {path.name: path.read_text() for path in Path(bundles.__file__).parent.glob("*.py")}
    modules |= standalone or {}
    return bundle_of(
        file,
        version,
        {
            "seattle/__init__.py": "",
            "seattle/node/__init__.py": "",
            "seattle/node/__main__.py": DAEMON.format(
                version=version, before_ready=before_ready, when_ready=when_ready
            ),
            "seattle/installer/__init__.py": "",
            "seattle/installer/update.py": UPDATE.format(update=update),
            "seattle/installer/health.py": f"import sys\n{health}\nprint('well')\n",
            "seattle/installer/setup.py": SETUP.format(setup=setup),
            "seattle/cli/__init__.py": "",
            "seattle/cli/__main__.py": "import sys\nprint(*sys.argv[1:])\n",
            **{f"seattle/installer/standalone/{name}": text for name, text in modules.items()},
        },
    )
