"""Attacks in ordinary Python, native code included: the kernel wall alone holds them, and the monitor at the door."""

from collections.abc import Callable
from typing import Any

import pytest

Attack = Callable[..., Any]  # see conftest.py

REFUSED, BROKEN = 4, 7

# Programs that try many things and go on: how many they try, and the ways in which each may be refused. A wrong way
# (ENOENT, say) would mean that the kernel looked for what should be out of reach.
HARMLESS: dict[str, tuple[int, set[str]]] = {
    "native_files": (19, {"PermissionError"}),
    "native_proc": (8, {"PermissionError"}),
    "native_network": (18, {"PermissionError", "gaierror"}),
    "native_processes": (111, {"PermissionError", "ImportError", "ModuleNotFoundError"}),
    "native_system_calls": (32, {"1"}),  # EPERM
    "native_executable_memory": (11, set()),
    "native_threads": (1, set()),
    "native_memory_bomb": (1, set()),
    "native_cpu_bomb": (1, set()),
    "door_past_the_stubs": (
        31,
        {
            *("RepyArgumentError", "FileNotFoundError", "FileClosedError", "SocketClosedLocal"),
            *("ResourceForbiddenError", "NetworkAddressError", "DonorPolicyError"),
        },
    ),
    "door_many_lines": (1, set()),
    "door_many_frames": (1, set()),
}

# Programs that the monitor, or their own doing, ends: what it says.
DEADLY: dict[str, str] = {
    "native_abort": "crashed: the interpreter left with code 3 and no word",
    "native_crash": "crashed: signal 11",
    "native_first_thread_ends": "violation: the guest has ended its first thread and lives on",
    "door_answers": "violation: the guest broke the protocol",
    "door_closes_and_spins": "violation: the guest has closed its last line",
    "door_deep_nesting": "violation: the guest broke the protocol",
    "door_forged_outcome": "violation: the guest claims an end",
    "door_garbage": "violation: the guest broke the protocol",
    "door_half_a_frame": "violation: the guest broke the protocol",
    "door_huge_counts": "violation: the guest broke the protocol: Expected `int` <= 131072",
    "door_negative_numbers": "violation: the guest broke the protocol: Expected `int` >= 0",
    "door_never_reads": "violation: the guest does not listen",
    "door_no_text": "violation: the guest broke the protocol: 'utf-8' codec can't decode",
    "door_nothing": "violation: the guest has closed its last line",
    "door_oversize": "violation: the guest broke the protocol: a frame of more than 147456 bytes",
    "door_ready_again": "violation: the guest broke the protocol: Ready has no place here",
    "door_too_much_data": "violation: the guest broke the protocol: Expected `bytes` of length <= 131072",
    "door_two_calls": "violation: the guest broke the protocol: a second call before the answer",
    "door_unknown_outcome": "violation: the guest claims an end",
}

ELSEWHERE = {"native_techniques", "native_vsyscall", "native_x32_calls"}  # test_escapes_by_technique.py


def test_every_native_attack_is_in_a_list(names: list[str]) -> None:
    mine = {name for name in names if name.startswith(("native_", "door_"))}
    assert mine == {*HARMLESS, *DEADLY, *ELSEWHERE}


@pytest.mark.parametrize("name", HARMLESS)
def test_given_native_code_when_it_tries_what_it_may_not_then_every_attempt_is_refused(
    attack: Attack, name: str
) -> None:
    attempts, ways = HARMLESS[name]
    ended = attack(name, walls="kernel")
    complaints = [line for line in ended.errors.splitlines() if not line.startswith("repy: the donor's policy")]
    assert (ended.code, complaints) == (0, [])
    lines = [line for line in ended.output.splitlines() if line.startswith("refused: ")]
    assert len(lines) == attempts
    if ways:
        assert {line.split()[-1] for line in lines} <= ways


@pytest.mark.parametrize("name", DEADLY)
def test_given_native_code_when_it_breaks_the_rules_then_the_vessel_ends_with_the_reason(
    attack: Attack, name: str
) -> None:
    ended = attack(name, walls="kernel")
    assert (ended.code, ended.output) == (BROKEN, "")
    assert ended.errors.startswith(f"repy: {DEADLY[name]}")


@pytest.mark.parametrize("walls", ["both", "language"])
@pytest.mark.parametrize("name", [*HARMLESS, *DEADLY, *sorted(ELSEWHERE)])
def test_given_native_code_when_the_language_wall_stands_then_nothing_of_it_is_done(
    attack: Attack, name: str, walls: str
) -> None:
    ended = attack(name, walls=walls)
    assert ended.output == ""
    if ended.code != REFUSED:
        # There is no such module; or it is SeattleLib's, which has nothing of what the attack begins with.
        why = ended.errors.splitlines()[-1].partition(":")[0]
        assert (ended.code, why in {"ModuleNotFoundError", "AttributeError"}) == (1, True)
