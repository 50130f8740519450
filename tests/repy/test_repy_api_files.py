"""The vessel's files as programs see them, by the reference's calls and by Python's `open`."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Check = Callable[..., str]  # see conftest.py, as for the next
Run = Callable[..., Any]

REFUSED = """
def refused(call, *args):
    try:
        return call(*args)
    except RepyException as why:
        return type(why)
"""


def test_given_a_new_file_when_written_and_read_then_the_bytes_are_those(check: Check, vessel: Path) -> None:
    program = """
        f = openfile("f", True)
        assert f.writeat(b"\\x00\\xff", 0) is None
        f.writeat("ä", 2)
        f.writeat(bytearray(b"end"), 4)
        print(f.readat(None, 0))
        assert f.close() is None
        """
    assert check(program) == "b'\\x00\\xff\\xc3\\xa4end'\n"
    assert (vessel / "f").read_bytes() == b"\x00\xff\xc3\xa4end"


def test_given_more_than_a_frame_holds_when_written_and_read_then_it_is_all_there(check: Check, vessel: Path) -> None:
    program = """
        f = openfile("f", True)
        f.writeat("head", 0)
        f.writeat(b"0123456789" * 50_000, 3)
        print(len(f.readat(None, 0)), f.readat(400_000, 3) == b"0123456789" * 40_000)
        """
    assert check(program) == "500003 True\n"
    assert (vessel / "f").read_bytes() == b"hea" + b"0123456789" * 50_000


def test_given_files_when_listed_and_removed_then_the_folder_agrees(check: Check, vessel: Path) -> None:
    (vessel / "README.Not-Ours").write_text("upper case")
    program = """
        for name in "b", "a":
            openfile(name, True).close()
        print(listfiles())
        removefile("b")
        print(listfiles())
        """
    assert check(program) == "['README.Not-Ours', 'a', 'b']\n['README.Not-Ours', 'a']\n"
    assert not (vessel / "b").exists()


def test_given_very_many_files_when_listed_then_all_are_there(check: Check, vessel: Path) -> None:
    for number in range(2600):
        (vessel / f"{number:0120}").touch()
    program = """
        names = listfiles()
        print(len(names), names == sorted(names), len(set(names)))
    """
    assert check(program) == "2600 True 2600\n"


def test_given_wrong_moments_when_files_are_used_then_each_has_its_exception(check: Check) -> None:
    program = f"""{REFUSED}
f = openfile("f", True)
f.writeat("1234", 0)
print(refused(openfile, "missing", False), refused(openfile, "f", True), refused(removefile, "f"))
print(refused(removefile, "missing"), refused(f.readat, 1, 5), refused(f.writeat, "x", 5), f.readat(1, 4))
f.close()
print(refused(f.close), refused(f.readat, 1, 99), refused(f.writeat, "", 99))
print(openfile("f", False).readat(None, 0))
"""
    names = [line.replace("<class '", "").replace("'>", "") for line in check(program).splitlines()]
    assert [[part.rpartition(".")[2] for part in line.split()] for line in names] == [
        ["FileNotFoundError", "FileInUseError", "FileInUseError"],
        ["FileNotFoundError", "SeekPastEndOfFileError", "SeekPastEndOfFileError", "b''"],
        ["FileClosedError", "FileClosedError", "FileClosedError"],
        ["b'1234'"],
    ]


def test_given_a_stale_handle_when_closed_again_then_the_new_one_keeps_its_unit(check: Check) -> None:
    program = f"""{REFUSED}
old = openfile("f", True)
old.close()
new = openfile("f", False)
refused(old.close)
print(refused(openfile, "g", True))
new.close()
openfile("g", True)
"""
    assert "ResourceExhaustedError" in check(program, limits={"filesopened": 1})


def test_given_charges_when_usage_is_asked_for_then_the_levels_show_them(check: Check) -> None:
    program = """
        def levels():
            usage = getresources()[1]
            return usage["fileread"], usage["filewrite"]
        f = openfile("f", True)
        print("opened", *levels())
        f.writeat(b"x" * 5000, 0)
        print("wrote", *levels())
        f.readat(8, 4090)
        print("read", *levels())
        usage = getresources()[1]
        print("usage", usage["filesopened"], usage["diskused"])
        """
    lines = [line.split() for line in check(program).splitlines()]
    block, second = 4096, 10_000_000  # levels fall meanwhile, by so many bytes a second
    found = {name: [float(number) for number in numbers] for name, *numbers in lines}
    assert found["usage"] == [1, 5000 + block]
    read, write = 0, 0
    for name, more_read, more_write in (("opened", 1, 1), ("wrote", 0, 2), ("read", 2, 0)):
        read, write = read + more_read * block, write + more_write * block
        assert 0 <= found[name][0] <= read
        assert 0 <= found[name][1] <= write
    assert second > block


def test_given_a_slow_disk_when_charged_then_the_level_is_exactly_what_was_used(check: Check) -> None:
    # So slow that a level falls by less than a block while this runs; a block more than the burst would be waited for.
    program = """
        f = openfile("f", True)
        f.writeat(b"x" * 5000, 0)
        f.readat(8, 4090)
        usage = getresources()[1]
        print(usage["fileread"] / 4096, usage["filewrite"] / 4096)
        """
    read, write = map(float, check(program, limits={"fileread": 4096 * 3, "filewrite": 4096 * 3}).split())
    assert 0 < read <= 3
    assert 0 < write <= 3


def test_given_a_full_disk_when_written_then_nothing_is_and_the_program_goes_on(check: Check, vessel: Path) -> None:
    program = """
        f = openfile("f", True)
        f.writeat(b"x" * 1000, 0)
        try:
            f.writeat(b"y" * 5000, 0)
        except ResourceExhaustedError as why:
            print(why)
        print(f.readat(None, 0) == b"x" * 1000)
        """
    output = check(program, limits={"diskused": 4096 + 1000})
    assert "diskused" in output
    assert output.endswith("True\n")
    assert (vessel / "f").read_bytes() == b"x" * 1000


def test_given_a_number_larger_than_any_file_when_used_then_it_is_one_like_any_other(check: Check) -> None:
    program = f"""{REFUSED}
f = openfile("f", True)
f.writeat("1234", 0)
for much in 2**31, 2**62, 2**62 + 1, 2**63, 2**64, 10**100:
    assert f.readat(much, 1) == b"234", much
    assert refused(f.readat, 1, much) is refused(f.writeat, "x", much) is SeekPastEndOfFileError, much
for wrong in -1, -10**100, 1.0, True, "1", None:
    assert refused(f.readat, 1, wrong) is refused(f.writeat, "x", wrong) is RepyArgumentError, wrong
    assert wrong is None or refused(f.readat, wrong, 0) is RepyArgumentError, wrong
print(f.readat(0, 0), f.readat(0, 4), refused(f.readat, 0, 5))
"""
    assert check(program).startswith("b'' b'' <class")


def test_given_a_write_of_many_frames_when_the_quota_has_no_room_for_all_then_not_a_byte_is_written(
    check: Check, vessel: Path
) -> None:
    program = f"""{REFUSED}
f = openfile("f", True)
f.writeat(b"x" * 1000, 0)
print(refused(f.writeat, b"y" * 1_000_000, 500))
print(f.readat(None, 0) == b"x" * 1000, getresources()[1]["diskused"])
f.writeat(b"y" * 499_500, 500)
"""
    output = check(program, limits={"diskused": 4096 + 500_000})
    assert "ResourceExhaustedError" in output
    assert output.endswith("True 5096\n")
    assert (vessel / "f").read_bytes() == b"x" * 500 + b"y" * 499_500


def test_given_a_vessel_that_was_stopped_when_it_starts_again_then_its_files_still_count(check: Check) -> None:
    limits = {"diskused": 4096 + 1000}
    check("openfile('f', True).writeat(b'x' * 1000, 0)", limits=limits)
    program = f"""{REFUSED}
print(getresources()[1]["diskused"])
f = openfile("f", False)
print(refused(f.writeat, "y", 1000), refused(openfile, "g", True))
"""
    first, second = check(program, limits=limits).splitlines()
    assert first == "5096"
    assert second.count("ResourceExhaustedError") == 2


def test_given_a_thread_that_reads_when_another_closes_the_file_then_the_reading_completes_first(check: Check) -> None:
    # On a busy machine the thread may come too late to read at all; then once more.
    program = """
        openfile("f", True).writeat(b"x" * 200_000, 0)
        def attempt():
            f = openfile("f", False)
            f.readat(None, 0)  # two of these are more than a second's worth: the next one waits
            begun, ended, order = createlock(), createlock(), []
            begun.acquire(True)
            ended.acquire(True)
            def read():
                begun.release()
                try:
                    order.append(len(f.readat(None, 0)))
                except FileClosedError:
                    order.append("too late")
                ended.release()
            createthread(read)
            begun.acquire(True)
            sleep(0.1)
            f.close()
            order.append("closed")
            ended.acquire(True)
            return order
        for _ in range(10):
            order = attempt()
            if "too late" not in order:
                break
        print(200_000 in order, "closed" in order)
        """
    assert check(program, limits={"fileread": 300_000}) == "True True\n"


def test_given_threads_that_write_much_when_others_read_then_they_see_one_or_the_other_and_no_mixture(
    check: Check,
) -> None:
    program = """
        f = openfile("f", True)
        size = 400_000
        f.writeat(b"a" * size, 0)
        going = [True]
        def write():
            for letter in (b"b", b"a") * 10:
                f.writeat(letter * size, 0)
            going.clear()
        createthread(write)
        looks = 0
        while going or not looks:
            data = f.readat(None, 0)
            looks += 1
            assert data in (b"a" * size, b"b" * size)
        print(looks > 0)
        """
    plenty = {"fileread": 1e9, "filewrite": 1e9}
    assert check(program, limits=plenty) == "True\n"


def test_given_a_file_that_nobody_holds_any_more_when_it_is_wanted_then_it_is_free(check: Check) -> None:
    program = """
        for number in range(5):
            openfile("f", True).writeat(str(number), 0)
        print(openfile("f", False).readat(None, 0), getresources()[1]["filesopened"])
        """
    assert check(program, limits={"filesopened": 1}) == "b'4' 0\n"


def test_given_a_monitor_that_is_killed_in_the_middle_of_a_write_then_the_file_holds_a_beginning_of_it(
    start: Run, vessel: Path, until_gone: Callable[[int], None]
) -> None:
    (vessel / "f").write_bytes(b"o" * 300_000)
    program = """
        f = openfile("f", False)
        print("writing")
        f.writeat(b"n" * 1_000_000, 0)
        """
    run = start(program, limits={"filewrite": 131_072})  # a frame a second, the first two at once
    run.wait_for_output("writing")
    for _ in range(1000):
        if (vessel / "f").read_bytes()[:1] == b"n":
            break
        time.sleep(0.01)  # nobody tells of a file that changes
    os.kill(run.monitor, signal.SIGKILL)
    until_gone(run.guest)
    held = (vessel / "f").read_bytes()
    new = held.rstrip(b"o")
    assert new
    assert new == b"n" * len(new)
    assert len(held) == max(300_000, len(new))


# --- Python's open -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "written"),
    [
        ("with open('f', 'w') as f:\n    print(f.write('a\\nb\\n'))\nprint(open('f').read())", "4\na\nb\n\n"),
        ("open('f', 'w').write('one')\nprint(list(open('f')))", "['one']\n"),
        ("with open('f', 'wb') as f:\n    f.write(b'\\xff')\nprint(open('f', 'rb').read())", "b'\\xff'\n"),
        ("for _ in range(2):\n    with open('f', 'a') as f:\n        f.write('x')\nprint(open('f').read())", "xx\n"),
        ("open('f', 'x').close()\ntry:\n    open('f', 'x')\nexcept FileExistsError:\n    print('exists')", "exists\n"),
        ("try:\n    open('missing')\nexcept FileNotFoundError as why:\n    print('missing')", "missing\n"),
        ("try:\n    open('missing')\nexcept OSError as why:\n    print('missing')", "missing\n"),
        ("with open('f', 'w+') as f:\n    f.write('abc')\n    f.seek(1)\n    print(f.read(), f.tell())", "bc 3\n"),
        ("with open('f', 'wb') as f:\n    f.seek(5)\n    f.write(b'x')\nprint(open('f', 'rb').read())",
         "b'\\x00\\x00\\x00\\x00\\x00x'\n"),
        ("with open('f', 'wb') as f:\n    f.write(b'x' * 5_000_000)\nprint(len(open('f', 'rb').read()))", "5000000\n"),
        ("open('f', 'w').write('abc')\nf = open('f', 'r+')\nf.seek(7)\nprint(repr(f.read()))", "''\n"),
        ("f = open('f', 'wb')\nf.seek(2_500_000)\nf.write(b'x')\nf.close()\nprint(open('f', 'rb').read()[-2:])",
         "b'\\x00x'\n"),
        ("with open('f', 'w', encoding='latin-1') as f:\n    f.write('ä')\nprint(open('f', 'rb').read())",
         "b'\\xe4'\n"),
        ("with open('f', 'w') as f:\n    f.write('a\\nb\\nc')\nfor line in open('f'):\n    log(repr(line))",
         "'a\\n' 'b\\n' 'c'"),
        ("f = open('f', 'w')\nf.write('x' * 100_000)\nf.close()\nprint(f.closed, len(open('f').read()))",
         "True 100000\n"),
        ("try:\n    open('f', 'q')\nexcept ValueError:\n    print('mode')", "mode\n"),
        ("try:\n    open('../f', 'w')\nexcept RepyArgumentError:\n    print('name')", "name\n"),
        ("try:\n    open('f', 'w', encoding='nonsense')\nexcept LookupError:\n    print(listfiles())", "['f']\n"),
    ],
)  # fmt: skip
def test_given_open_when_used_as_in_python_then_it_works_as_in_python(check: Check, program: str, written: str) -> None:
    assert check(program) == written


@pytest.mark.parametrize("end", ["", "raise SystemExit"])
def test_given_a_file_that_was_never_closed_when_the_program_ends_then_its_data_is_there(
    check: Check, vessel: Path, end: str
) -> None:
    check(f"f = open('f', 'w')\nf.write('last words')\n{end}")
    assert (vessel / "f").read_text() == "last words"


def test_given_the_idiom_without_close_when_repeated_then_no_handle_is_lost(check: Check) -> None:
    program = """
        for number in range(20):
            open("f", "w").write(str(number))
            assert open("f").read() == str(number)
        print(getresources()[1]["filesopened"])
        """
    assert check(program, limits={"filesopened": 1}) == "0\n"


def test_given_open_files_in_garbage_when_collected_in_the_middle_of_a_call_then_the_door_stays_in_order(
    check: Check, vessel: Path
) -> None:
    # Plain Python behind the kernel wall alone can make collections come all the time.
    program = """
        import gc
        gc.set_threshold(2, 1, 1)
        class Node:
            pass
        def litter(number):
            node = Node()
            node.me = node
            node.file = open("f" + str(number % 5) + ".txt", "w")
            node.file.write("x")
        for number in range(300):
            try:
                litter(number)
            except (FileInUseError, ResourceExhaustedError):
                pass
            createthread(lambda: None)
            log("")
            keep = [[] for _ in range(5)]
        for _ in range(1000):
            gc.collect()  # does nothing while a thread that ends collects; that one gives back what it found, later
            usage = getresources()[1]
            if usage["events"] == 1 and usage["filesopened"] == 0:
                break
            sleep(0.01)
        log("done", usage["filesopened"])
        """
    assert check(program, walls="kernel", limits={"events": 400, "filesopened": 3}).split() == ["done", "0"]
    assert {path.read_text() for path in vessel.iterdir()} == {"x"}
