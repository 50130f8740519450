"""What a guest or a vessel's owner names is never code, an environment or a path of the monitor's."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

Start = Callable[..., Any]  # see conftest.py

# What an interpreter that is not isolated would import or read from where it stands.
TEMPTING = (
    *("sitecustomize.py", "usercustomize.py", "encodings.py", "idna.py", "stringprep.py", "socket.py", "seattle.py"),
    *("msgspec.py", "json.py", "errno.py", "pyvenv.cfg", "resolv.conf", "hosts", "nsswitch.conf"),
)
USES_ALL = """
for name in listfiles():
    file = openfile(name, False)
    file.readat(None, 0)
    file.close()
for name in ("a" * 100, "\\xe4" * 100, "sitecustomize", "encodings.idna", "os", "hosts"):
    try:
        gethostbyname(name + "..invalid")
    except NetworkAddressError:
        pass
print("done")
"""


def test_given_a_monitor_when_looked_at_then_it_is_isolated_and_stands_outside_of_the_vessels_folder(
    start: Start,
) -> None:
    run = start("print('up')\nsleep(1000)")
    run.wait_for_output("up")
    words = Path(f"/proc/{run.monitor}/cmdline").read_bytes().split(b"\0")
    assert words[1:4] == [b"-I", b"-m", b"seattle.repy.nursery"]
    assert Path(f"/proc/{run.monitor}/cwd").readlink() == Path("/")


def test_given_files_named_like_modules_when_a_program_does_all_it_can_then_the_monitor_runs_none_of_them(
    start: Start, vessel: Path
) -> None:
    mark = vessel / "mark"
    for name in TEMPTING:
        (vessel / name).write_text(f"open({str(mark)!r}, 'w').close()\n")
    run = start(USES_ALL, limits={"netsend": 1e9, "netrecv": 1e9})
    assert run.wait().output == "done\n"
    assert sorted(os.listdir(vessel)) == sorted(TEMPTING)  # noqa: PTH208 - only the names count
