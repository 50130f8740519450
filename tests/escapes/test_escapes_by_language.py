"""Attacks written in Repy's own syntax: the language wall refuses them, with the kernel wall behind it or alone."""

from collections.abc import Callable
from typing import Any

import pytest

Attack = Callable[..., Any]  # see conftest.py

FAILED, REFUSED, KILLED = 1, 4, 5

# By name: the exit code, and what the error has to say.
ATTACKS: dict[str, tuple[int, str]] = {
    "a_port_not_theirs": (FAILED, "ResourceForbiddenError: this vessel may not use TCP port 22"),
    "answer_of_another_call": (FAILED, "ValueError: refused"),
    "attributes_by_operator": (FAILED, "AttributeError: the attribute name '__class__'"),
    "class_by_a_text_that_lies": (FAILED, "TypeError: attribute name must be a plain string"),
    "class_by_another_alphabet": (REFUSED, ":2:13: RP010"),
    "class_by_format": (REFUSED, ":2:7: RP010"),
    "class_by_format_map": (FAILED, "AttributeError: the attribute name '__class__'"),
    "class_by_getattr": (FAILED, "AttributeError: the attribute name '__class__'"),
    "class_by_keyword": (REFUSED, ":6:9: RP010"),
    "class_by_match": (REFUSED, ":3:10: RP010"),
    "class_in_an_f_string": (REFUSED, ":2:13: RP010"),
    "class_of_a_tuple": (REFUSED, "RP010 the attribute '__class__'"),
    "deep_data": (FAILED, "RecursionError"),
    "deep_recursion": (FAILED, "RecursionError"),
    "deep_syntax": (REFUSED, "RP022"),
    "evaluate_a_text": (REFUSED, "RP020 the builtin 'eval'"),
    "fill_the_disk": (FAILED, "ResourceExhaustedError: diskused"),
    "frame_of_a_generator": (REFUSED, "RP011"),
    "frame_of_an_exception": (REFUSED, "RP010 the attribute '__traceback__'"),
    "globals_by_a_context_in_itself": (FAILED, "KeyError: '__builtins__'"),
    "globals_by_a_context_that_changes": (FAILED, "ValueError: refused"),
    "globals_of_an_api_call": (REFUSED, "RP010 the attribute '__globals__'"),
    "handle_of_a_file": (REFUSED, "RP010 the attribute 'the__handle'"),
    "import_a_private_module": (FAILED, "ModuleNotFoundError: there is no module '_io'"),
    "import_by_hand": (REFUSED, "RP010 the name '__import__'"),
    "import_from_a_package": (FAILED, "ModuleNotFoundError: there is no module 'seattle.repy.guest'"),
    "import_posix": (REFUSED, ":2:8: RP021 the module 'posix'"),
    "inside_an_api_call": (FAILED, "AttributeError: the attribute name '__wrapped__'"),
    "memory_behind_a_buffer": (FAILED, "TypeError: cannot create 'BufferedReader' instances"),
    "metaclass": (FAILED, "TypeError: 'type' cannot be a base class"),
    "modules_behind_a_facade": (FAILED, "AttributeError: module 'random' has no attribute '_os'"),
    "open_a_link": (FAILED, "FileNotFoundError: 'link' is not a regular file"),
    "open_a_path_upwards": (FAILED, "RepyArgumentError: the file name '../canary'"),
    "open_etc_passwd": (FAILED, "RepyArgumentError: the file name '/etc/passwd'"),
    "open_the_canary": (FAILED, "RepyArgumentError: the file name '/"),
    "poison_a_builtin_type": (FAILED, "TypeError: cannot set 'real'"),
    "poison_a_module": (FAILED, "AttributeError: cannot set 'sqrt'"),
    "register_a_subclass": (FAILED, "TypeError: registering virtual subclasses is not part of Repy"),
    "remove_a_link": (FAILED, "FileNotFoundError: 'link' is not a regular file"),
    "send_spam": (FAILED, "DonorPolicyError: the donor's policy keeps programs from mail servers"),
    "subclasses_of_object": (REFUSED, "RP010 the attribute '__subclasses__'"),
    "the_donors_network": (
        FAILED,
        "DonorPolicyError: the donor's policy keeps programs from private networks: 192.168.1.1",
    ),
    "the_donors_services": (
        FAILED,
        "DonorPolicyError: the donor's policy keeps programs from services of this computer itself: TCP port 5432",
    ),
    "the_metadata_service": (FAILED, "DonorPolicyError: the donor's policy keeps programs from metadata services"),
    "the_metadata_service_in_disguise": (
        FAILED,
        "DonorPolicyError: the donor's policy keeps programs from metadata services",
    ),
    "too_many_files": (FAILED, "ResourceExhaustedError: this vessel may hold 5 open files"),
    "too_many_threads": (FAILED, "ResourceExhaustedError: this vessel may hold 20 threads"),
}


def test_every_attack_is_in_a_list(names: list[str]) -> None:
    mine = {name for name in names if not name.startswith(("native_", "door_"))}
    assert mine == {*ATTACKS, "twice_the_memory", "memory_in_small_pieces", "memory_again_and_again"}


@pytest.mark.parametrize("walls", ["both", "language"])
@pytest.mark.parametrize("name", ATTACKS)
def test_given_an_attack_in_repy_when_run_then_it_is_refused_and_says_why(
    attack: Attack, name: str, walls: str
) -> None:
    code, why = ATTACKS[name]
    ended = attack(name, walls=walls)
    assert (ended.code, ended.output) == (code, "")
    assert why in ended.errors


@pytest.mark.parametrize(
    "name", ["twice_the_memory", pytest.param("memory_in_small_pieces", marks=pytest.mark.unwatched)]
)
def test_given_too_much_memory_when_wanted_then_it_is_a_memory_error(attack: Attack, name: str) -> None:
    ended = attack(name, walls="both")
    assert ended.code == FAILED
    assert ended.errors.endswith("MemoryError\n")


@pytest.mark.parametrize("name", ["twice_the_memory", "memory_in_small_pieces"])
def test_given_no_kernel_to_refuse_memory_when_too_much_is_taken_then_the_monitor_ends_the_vessel(
    attack: Attack, name: str
) -> None:
    ended = attack(name, walls="language")
    assert ended.code == KILLED
    assert ended.errors.startswith("repy: killed: memory: ")


@pytest.mark.parametrize("walls", ["both", "kernel"])
def test_given_too_much_memory_when_wanted_again_and_again_then_each_refusal_can_be_caught(
    attack: Attack, walls: str
) -> None:
    ended = attack("memory_again_and_again", walls=walls)
    assert (ended.code, ended.errors) == (0, "")
    assert ended.output.count("refused") == 4
