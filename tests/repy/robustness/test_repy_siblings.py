"""Guests are forked from one warmed process, and share neither chance nor secrets: not with it, nor with each other."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.identity.keys import KeyPair

Start = Callable[..., Any]  # see conftest.py

SIBLINGS = 6

# An expression for each source of chance. Behind both walls, then in native code.
CHANCES = {
    "random.random": ("both", "import random\nprint(random.random())"),
    "random.Random": ("both", "import random\nprint(random.Random().getrandbits(128))"),
    "random.SystemRandom": ("both", "import random\nprint(random.SystemRandom().getrandbits(128))"),
    "random.shuffle": ("both", "from random import shuffle\nx = [*range(60)]\nshuffle(x)\nprint(x)"),
    "secrets": ("both", "import secrets\nprint(secrets.token_hex(16))"),
    "uuid": ("both", "import uuid\nprint(uuid.uuid4())"),
    "randombytes": ("both", "print(randombytes())"),
    "random.random in native code": ("kernel", "import random\nprint(random.random())"),
    "os.urandom in native code": ("kernel", "import os\nprint(os.urandom(16))"),
    "uuid in native code": ("kernel", "import uuid\nprint(uuid.uuid4())"),
}


@pytest.mark.parametrize("source", CHANCES)
def test_given_guests_of_one_nursery_when_they_roll_dice_then_no_two_get_the_same(start: Start, source: str) -> None:
    walls, program = CHANCES[source]
    runs = [start(program, walls=walls) for _ in range(SIBLINGS)]
    assert len({run.wait().output for run in runs}) == SIBLINGS


def test_given_a_guest_that_seeds_its_generator_when_the_next_one_rolls_dice_then_it_is_by_another_seed(
    check: Callable[..., str],
) -> None:
    seeded = check("import random\nrandom.seed(1)\nprint(random.random())")
    assert check("import random\nprint(random.random())") != seeded


def test_given_a_nursery_when_its_environment_is_looked_at_then_nothing_in_it_is_its_parents(
    new_nursery: Callable[[], Any], start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEATTLE_PASSPHRASE", "open sesame")
    nursery = new_nursery()
    start("print('up')", using=nursery).wait()  # until then it may be this process's fork
    words = Path(f"/proc/{nursery.process.pid}/environ").read_bytes().split(b"\0")
    assert {word.partition(b"=")[0] for word in words if word} == {b"PATH", b"LANG", b"PYTHONHASHSEED"}


def test_given_a_parent_with_a_private_key_when_a_nursery_and_its_guests_are_searched_then_it_is_in_none(
    new_nursery: Callable[[], Any], start: Start, family: Callable[[int], set[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = KeyPair.generate()
    key.sign(b"so that it has been used")
    monkeypatch.setenv("SEATTLE_SEED", key.seed.hex())
    nursery = new_nursery()
    start("print('up')\nsleep(1000)", using=nursery).wait_for_output("up")
    secrets = [key.seed, key.seed.hex().encode()]
    assert found_in(os.getpid(), secrets) == secrets  # a search finds what is there
    for process in {nursery.process.pid, *family(nursery.process.pid)}:
        assert found_in(process, [*secrets, b"seattle.repy.nursery"]) in ([b"seattle.repy.nursery"], None)


def test_given_a_program_with_secrets_when_other_processes_of_its_nursery_are_searched_then_they_are_in_none(
    new_nursery: Callable[[], Any], start: Start, family: Callable[[int], set[int]]
) -> None:
    nursery, word, text, drawn = new_nursery(), *(os.urandom(16).hex() for _ in range(3))
    program = f"text = {text!r}\nfile = openfile('f', True)\nfile.writeat({drawn!r}, 0)\nprint('up')\nsleep(1000)"
    run = start(program, word, using=nursery)
    run.wait_for_output("up")
    own = {run.guest, run.monitor}
    later = start("print('up')\nsleep(1000)", using=nursery, folder=nursery._path.parent)
    later.wait_for_output("up")
    secrets = [word.encode(), text.encode(), drawn.encode()]
    assert found_in(run.guest, secrets) == secrets
    for process in {nursery.process.pid, *family(nursery.process.pid)} - own:
        assert not found_in(process, secrets)


def found_in(process: int, wanted: list[bytes]) -> list[bytes] | None:
    """Which of these bytes are in memory that the process can write; None if it has ended, as midwives soon do."""
    found: set[bytes] = set()
    try:
        maps = Path(f"/proc/{process}/maps").read_text().splitlines()
        with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:  # noqa: PTH123 - unbuffered
            for line in maps:
                bounds, rights, *_ = line.split()
                if not rights.startswith("rw"):
                    continue
                start, end = (int(bound, 16) for bound in bounds.split("-"))
                try:
                    held = os.pread(memory.fileno(), end - start, start)
                except OSError:  # a page of the kernel's
                    continue
                found.update(one for one in wanted if one in held)
    except (FileNotFoundError, ProcessLookupError):
        return None
    except PermissionError:
        pytest.skip("only root may look into the memory of a process that forbids it")
    return [one for one in wanted if one in found]
