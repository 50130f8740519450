"""The reference's random numbers: from `randombytes`, each byte a new one, and as evenly spread as they should be."""

from tests.lib.conftest import Run

LINKED = "r = dy_import_module('random.r2py')\n"


def test_given_many_bytes_when_taken_then_no_block_of_them_is_a_copy_of_another(run: Run) -> None:
    program = LINKED + (
        "data = r.random_randombytes(3000)\n"
        "print(len(data), len({data[at : at + 6] for at in range(0, 3000, 6)}), len(r.random_randombytes(0)))\n"
    )
    assert run(program) == "3000 500 0\n"


def test_given_a_layer_over_randombytes_when_numbers_are_taken_then_they_are_made_of_what_it_gives(run: Run) -> None:
    inner = (
        "r = dy_import_module('random.r2py')\n"
        "print(r.random_nbit_int(16), r.random_nbit_int(3), r.randomfloat(), r.random_randint(5, 5))"
    )
    program = (
        "def always():\n    return b'\\x80\\x01' * 512\n"
        f"createvirtualnamespace({inner!r}, 'inside').evaluate({{'randombytes': always, 'print': print, "
        "'dy_import_module': dy_import_module})\n"
    )
    assert run(program).split() == ["384", "0", str((0x80018001800180 >> 3) / 2**53), "5"]


def test_given_bounds_when_numbers_are_drawn_then_all_within_come_and_none_without(run: Run) -> None:
    program = LINKED + (
        "print(sorted({r.random_int_below(5) for _ in range(200)}))\n"
        "print(sorted({r.random_randint(-1, 1) for _ in range(100)}))\n"
        "print(sorted({r.random_randrange(0, 10, 4) for _ in range(100)}), r.random_randrange(1))\n"
        "print(sorted({r.random_nbit_int(2) for _ in range(100)}), r.random_nbit_int(0), r.random_int_below(1))\n"
        "print(all(0 <= r.randomfloat() < 1 for _ in range(100)))\n"
    )
    assert run(program).splitlines() == ["[0, 1, 2, 3, 4]", "[-1, 0, 1]", "[0, 4, 8] 0", "[0, 1, 2, 3] 0 0", "True"]


def test_given_a_list_when_shuffled_or_sampled_then_its_items_are_there_once(run: Run) -> None:
    program = LINKED + (
        "items = list(range(100))\nr.random_shuffle(items)\n"
        "print(items != sorted(items), sorted(items) == list(range(100)))\n"
        "taken = r.random_sample(items, 30)\nprint(len(set(taken)), set(taken) <= set(items), r.random_sample([], 0))\n"
    )
    assert run(program) == "True True\n30 True []\n"


def test_given_nothing_to_choose_from_when_a_number_is_drawn_then_a_value_error_says_so(run: Run) -> None:
    program = LINKED + (
        "for draw in (lambda: r.random_int_below(0), lambda: r.random_randint(2, 1), lambda: r.random_nbit_int(-1),\n"
        "             lambda: r.random_sample([1], 2)):\n"
        "    try:\n        print(draw())\n    except ValueError as why:\n        print(why)\n"
    )
    assert run(program).splitlines() == [
        "there is no number from 0 to -1",
        "there are no numbers in this range",
        "a number of bits can't be negative",
        "2 of 1 items can't be taken",
    ]
