"""The same job by ours and by others: a hello program on a hundred places of this machine.

From the program's file to the last line of output: upload, start, first line, done, all output collected. Ours runs
each behind two walls, in a vessel of a node that checked who signed; `docs/benchmarks.md` says what is not alike.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.node.testbed import testbed
from benchmarks.rows import Row, Target, at_most
from benchmarks.timing import median
from benchmarks.tools import environment
from benchmarks.tools.job import Expected, Took, WarmProgram, whole_command
from benchmarks.tools.sshd import Sshd, sshd

NODES, VESSELS = 10, 10
PLACES = NODES * VESSELS
HELLO = 'print("hello")\n'
ROUNDS = 3
ANSIBLE_ROUNDS = 1  # it takes a minute
JOBS = Path(__file__).parent / "jobs"

Job = Callable[[], Took]


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory(prefix="seattle-bench-hello-") as folder:
        program = Path(folder) / "hello.py"
        program.write_text(HELLO)
        yield from asyncio.run(_measure(Path(folder), program))


async def _measure(folder: Path, program: Path) -> list[Row]:
    async with testbed(nodes=NODES, vessels=VESSELS) as bed:
        profile = bed.local.profile.folder
        return await asyncio.to_thread(_rows, folder, program, profile)


def _rows(folder: Path, program: Path, profile: Path) -> list[Row]:
    with ExitStack() as stack:
        server = None if environment.lacks_sshd() else stack.enter_context(sshd(folder / "ssh"))
        return [
            *_commands(folder, program, profile, server),
            *_warm(folder, program, profile, server),
        ]


def _commands(folder: Path, program: Path, profile: Path, server: Sshd | None) -> list[Row]:
    """Each a command as people type it, from its start to its end."""
    ours = [sys.executable, "-m", "seattle.cli", "run", "--profile", str(profile), str(program)]
    jobs: dict[str, Job] = {"seattle": lambda: whole_command(ours, Expected(PLACES), {})}
    if server is not None and not environment.lacks("pssh"):
        words = _parallel_ssh(server, program, folder)
        jobs["parallel-ssh"] = lambda: whole_command(words, Expected(PLACES), {})
    took = _by_turns(jobs)
    if server is not None and not environment.lacks("ansible"):
        play, env = _ansible(server, program, folder)
        expected = Expected(PLACES, '"stdout": "hello')
        took["Ansible"] = [whole_command(play, expected, env) for _ in range(ANSIBLE_ROUNDS)]
    name = f"`seattle run` hello on {PLACES} vessels"
    missing = environment.lacks_sshd()
    return [
        _row(name, took, "seattle", "parallel-ssh", missing or environment.lacks("pssh"), target=at_most(3)),
        _row(name, took, "seattle", "Ansible", missing or environment.lacks("ansible")),
        Row(name=f"{name}, first line", ours=median([one.first for one in took["seattle"]]), unit="s"),
    ]


def _warm(folder: Path, program: Path, profile: Path, server: Sshd | None) -> list[Row]:
    """Each a program that has its connections, and its workers if it has any."""
    words: dict[str, list[str]] = {"SDK": [sys.executable, str(JOBS / "sdk.py"), str(profile), str(program)]}
    if server is not None and not environment.lacks("pssh"):
        words["parallel-ssh"] = _parallel_ssh(server, program, folder)
    for name, module in (("Dask", "distributed"), ("Ray", "ray")):
        if not environment.lacks(module):
            script = JOBS / f"{name.lower()}_tasks.py"
            words[name] = [str(environment.PYTHON), str(script), sys.executable, str(program), str(PLACES)]
    with ExitStack() as stack:
        env = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}  # it would call home, and write there
        programs = {name: stack.enter_context(WarmProgram(one, Expected(PLACES), env)) for name, one in words.items()}
        took = _by_turns({name: one.once for name, one in programs.items()})
    name = f"hello on {PLACES} vessels by the SDK"
    return [
        _row(name, took, "SDK", "parallel-ssh", environment.lacks_sshd() or environment.lacks("pssh")),
        _row(name, took, "SDK", "Dask", environment.lacks("distributed")),
        _row(name, took, "SDK", "Ray", environment.lacks("ray")),
        Row(name=f"{name}, first line", ours=median([one.first for one in took["SDK"]]), unit="s"),
    ]


def _by_turns(jobs: dict[str, Job]) -> dict[str, list[Took]]:
    """Each in every round, after one that only warms up."""
    for job in jobs.values():
        job()
    rounds = [{name: job() for name, job in jobs.items()} for _ in range(ROUNDS)]
    return {name: [one[name] for one in rounds] for name in jobs}


def _row(
    name: str, took: dict[str, list[Took]], ours: str, peer: str, missing: str, *, target: Target | None = None
) -> Row:
    theirs = took.get(peer)
    return Row(
        name=name,
        unit="s",
        ours=median([one.done for one in took[ours]]),
        peer=None if theirs is None else median([one.done for one in theirs]),
        peer_name=peer,
        target=target,
        note=missing if theirs is None else f"its first line after {median([one.first for one in theirs]):.2f} s",
    )


def _parallel_ssh(server: Sshd, program: Path, folder: Path) -> list[str]:
    who = [str(server.port), server.user, str(server.key)]
    script = [str(environment.PYTHON), str(JOBS / "parallel_ssh.py")]
    return [*script, *who, sys.executable, str(program), str(PLACES), str(folder / "places")]


def _ansible(server: Sshd, program: Path, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Its command for one task on many hosts, all at once and with as few messages as it can; and its environment."""
    inventory = folder / "inventory"
    shared = folder / "connections"  # each place has one of its own, though all are at one address
    shared.mkdir()
    places = (f"place{at} ansible_host=127.0.0.1 ansible_control_path={shared}/{at}\n" for at in range(PLACES))
    inventory.write_text("".join(places))
    facts = {
        "ansible_port": server.port,
        "ansible_user": server.user,
        "ansible_ssh_private_key_file": server.key,
        "ansible_python_interpreter": sys.executable,
    }
    words = [
        *(str(environment.PYTHON), str(environment.BIN / "ansible"), "all", "-i", str(inventory), "-f", str(PLACES)),
        *("-m", "script", "-a", f"executable={sys.executable} {program}"),
        *("-e", " ".join(f"{key}={value}" for key, value in facts.items())),
    ]
    env = {
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_HOST_KEY_CHECKING": "false",
        "ANSIBLE_PIPELINING": "true",
        "ANSIBLE_SSH_ARGS": "-F /dev/null -o ControlMaster=auto -o ControlPersist=5s",  # its default is a minute
        "LC_ALL": "C.UTF-8",
        "PATH": f"{environment.BIN}:{os.environ['PATH']}",
    }
    return words, env
