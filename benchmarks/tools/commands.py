"""How long people wait before anything happens: the help page of `seattle`, and the first prompt of seash."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.rows import Row, at_most
from benchmarks.timing import by_turns, median
from benchmarks.tools import environment
from benchmarks.tools.terminal import Terminal
from seattle.client.profile import write_profile
from seattle.identity.keys import KeyPair

ROUNDS = 9
PROMPT = "!>"  # what follows it may be a movement of the cursor
BIN = Path(sys.executable).parent


def measure() -> Iterator[Row]:
    """The rows of this file."""
    with tempfile.TemporaryDirectory(prefix="seattle-bench-commands-") as name:
        folder = Path(name)
        # A testbed that nobody runs: neither page nor prompt may wait for it.
        write_profile(folder / "profile", urls=["nats://127.0.0.1:1"], key=KeyPair.generate(), credential="none")
        env = {"HOME": name, "XDG_CONFIG_HOME": name, "SEATTLE_PROFILE": str(folder / "profile"), "LC_ALL": "C.UTF-8"}
        yield from _help_pages(env)
        ours, bare = by_turns(lambda: _prompt(env), lambda: _python_prompt(env), rounds=ROUNDS)
        yield Row(
            name="first prompt of seash",
            ours=median(ours) * 1e3,
            peer=median(bare) * 1e3,
            peer_name="the prompt of `python3`",
            unit="ms",
            target=at_most(300),
        )


def _help_pages(env: Mapping[str, str]) -> Iterator[Row]:
    ours, bare = by_turns(
        _command([BIN / "seattle", "--help"], env), _command([sys.executable, "-c", "pass"], env), rounds=ROUNDS
    )
    name = "`seattle --help`"
    yield Row(
        name=name,
        ours=median(ours) * 1e3,
        peer=median(bare) * 1e3,
        peer_name="`python3 -c pass`",
        unit="ms",
        target=at_most(150),
    )
    for tool, module in (("ansible", "ansible"), ("dask", "distributed"), ("ray", "ray")):
        if missing := environment.lacks(module):
            yield Row(name=name, ours=median(ours) * 1e3, unit="ms", note=missing)
            continue
        words = [environment.PYTHON, environment.BIN / tool, "--help"]
        again, theirs = by_turns(_command([BIN / "seattle", "--help"], env), _command(words, env), rounds=3)
        yield Row(
            name=name, ours=median(again) * 1e3, peer=median(theirs) * 1e3, peer_name=f"`{tool} --help`", unit="ms"
        )


def _command(words: Sequence[object], env: Mapping[str, str]) -> Callable[[], float]:
    def once() -> float:
        began = time.perf_counter()
        subprocess.run(
            [str(word) for word in words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **env},
            check=True,
        )
        return time.perf_counter() - began

    return once


def _prompt(env: Mapping[str, str]) -> float:
    with Terminal([BIN / "seash"], env) as terminal:
        return terminal.wait_for(PROMPT) - terminal.began


def _python_prompt(env: Mapping[str, str]) -> float:
    with Terminal([sys.executable, "-q"], env) as terminal:
        return terminal.wait_for(">>> ") - terminal.began
