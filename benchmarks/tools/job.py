"""A job that another process does: when its first line came, and when it was done."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

READY, GO, DONE = "ready", "go", "done"  # what a program that stays warm says and hears


@dataclass(frozen=True)
class Took:
    """In seconds, from the moment it was asked for."""

    first: float  # line of output
    done: float


@dataclass(frozen=True)
class Expected:
    """So many lines with this text have to come."""

    count: int
    text: str = "hello"


def whole_command(words: Sequence[str | os.PathLike[str]], expected: Expected, env: Mapping[str, str]) -> Took:
    """Run a command from its start to its end. A program that would stay warm is told to do its job once."""
    began = time.perf_counter()
    with _start(words, env) as process:
        stdin, stdout = _pipes(process)
        stdin.write(f"{GO}\n")
        stdin.close()
        first, _ = _lines(stdout, expected, until_done=False, words=words)
        code = process.wait()
        done = time.perf_counter()
    if code != 0:
        raise RuntimeError(f"{words[0]} ended with {code}")
    return Took(first - began, done - began)


class WarmProgram:
    """A program that has connected to all that it needs, and does its job each time that it is told to."""

    def __init__(self, words: Sequence[str | os.PathLike[str]], expected: Expected, env: Mapping[str, str]) -> None:
        self._words = words
        self._expected = expected
        self._process = _start(words, env)
        self._stdin, self._stdout = _pipes(self._process)

    def once(self) -> Took:
        """Do it."""
        began = time.perf_counter()
        self._stdin.write(f"{GO}\n")
        self._stdin.flush()
        first, done = _lines(self._stdout, self._expected, until_done=True, words=self._words)
        return Took(first - began, done - began)

    def __enter__(self) -> Self:
        for line in self._stdout:
            if line.strip() == READY:
                return self
        raise RuntimeError(f"{self._words[1]} did not get ready")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stdin.close()
        self._stdout.close()
        self._process.wait()


def _start(words: Sequence[str | os.PathLike[str]], env: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
    )


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _lines(
    stdout: IO[str], expected: Expected, *, until_done: bool, words: Sequence[str | os.PathLike[str]]
) -> tuple[float, float]:
    """When the first came, and when all was done. Raises RuntimeError if it was not all."""
    first, count = 0.0, 0
    for line in stdout:
        if expected.text in line:
            first = first or time.perf_counter()
            count += 1
        elif until_done and line.strip() == DONE:
            break
    if count != expected.count:
        raise RuntimeError(f"{words[1]} brought {count} lines of {expected.count}")
    return first, time.perf_counter()
