"""Programs that bring their files along."""

from pathlib import Path

from tests.lib.conftest import Run

HELPER = "def greet(name):\n    return f'hello {name}'\n"
PROGRAM = "import helper\nprint(helper.greet(open('name.txt').read()))\nprint(len(open('data.bin', 'rb').read()))\n"
FILES = {"helper.py": HELPER, "name.txt": "Zoë", "data.bin": bytes(range(256)) * 40}


def test_given_a_program_with_files_when_packed_then_the_bundle_runs_alone(run: Run, tmp_path: Path) -> None:
    text = run(f"import bundle\nprint(bundle.pack({PROGRAM!r}, {FILES!r}), end='')")
    assert len(text) < 2000  # it is compressed
    assert run(text) == "hello Zoë\n10240\n"
    assert (tmp_path / "data.bin").read_bytes() == FILES["data.bin"]


def test_given_a_bundle_when_split_then_program_and_files_are_as_they_were(run: Run) -> None:
    program = (
        "import bundle\n"
        f"program, files = {PROGRAM!r}, {FILES!r}\n"
        "found, contents = bundle.split(bundle.pack(program, files))\n"
        "print(found == program, contents['name.txt'].decode(), contents['data.bin'] == files['data.bin'])\n"
        "print(bundle.split('no bundle'), bundle.split(''), bundle.split(bundle.pack('', {})))\n"
    )
    assert run(program).splitlines() == ["True Zoë True", "('no bundle', {}) ('', {}) ('', {})"]


def test_given_a_bundle_that_was_damaged_when_read_then_an_error_says_so(run: Run) -> None:
    program = (
        "import base64, bundle, serialize, zlib\n"
        "def wrapped(data):\n    return base64.b85encode(zlib.compress(data)).decode()\n\n"
        "good = bundle.pack('', {'a': 'b'})\n"
        "bomb = wrapped(bytes(20 * 2**20))\n"
        "for line in (good[:40] + good[45:], good[:35] + ',' + good[36:]):\n"
        "    try:\n        print(bundle.split(line))\n    except bundle.BundleError as why:\n        print('damaged')\n"
        "for data in (bomb, wrapped(b'N'), wrapped(b'L0:'), wrapped(serialize.dump({'a': 1})), 'x', '',\n"
        "             wrapped(serialize.dump({1: b'a'}))):\n"
        "    try:\n        bundle.unpack(data)\n    except bundle.BundleError as why:\n        print('damaged')\n"
    )
    assert run(program) == "damaged\n" * 9


def test_given_a_name_that_files_can_t_have_when_unpacked_then_the_vessel_refuses_it(run: Run) -> None:
    program = (
        "import base64, bundle, serialize, zlib\n"
        "for name in ('../outside', '/etc/passwd', 'a/b'):\n"
        "    packed = base64.b85encode(zlib.compress(serialize.dump({name: b'x'})))\n"
        "    try:\n        bundle.unpack(packed)\n    except RepyArgumentError as why:\n        print('refused')\n"
    )
    assert run(program) == "refused\n" * 3


def test_given_the_reference_s_calls_when_a_bundle_is_made_and_changed_then_it_runs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import helper\nprint(helper.greet('you'))\n")
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "extra.txt").write_text("extra")
    program = (
        "b = dy_import_module('bundle.r2py')\n"
        "made = b.bundle_Bundle('x.bundle.py', 'w', 'main.py')\n"
        "made.add_files(['helper.py', 'extra.txt'])\nmade.add_string('note', 'hi')\nmade.close()\n"
        "changed = b.bundle_Bundle('x.bundle.py', 'a')\nchanged.remove('extra.txt')\nchanged.close()\n"
        "removefile('helper.py')\n"
        "read = b.bundle_Bundle('x.bundle.py', 'r')\n"
        "print(read.list(), read.extract_to_string('note'))\nread.extract('note')\nprint(open('note').read())\n"
        "for attempt in (lambda: read.add_string('a', 'b'), lambda: read.extract('none'),\n"
        "                lambda: read.remove('note'), lambda: b.bundle_Bundle('x', 'rw')):\n"
        "    try:\n        attempt()\n    except b.bundle_InvalidOperationError as why:\n        print(why)\n"
    )
    assert run(program).splitlines() == [
        "['helper.py', 'note'] b'hi'",
        "hi",
        "the bundle was opened for reading: open it with a to change it",
        "the bundle has no file 'none'",
        "the bundle was opened for reading: open it with a to change it",
        "a bundle is opened with r, w or a, not 'rw'",
    ]
    bundle = (tmp_path / "x.bundle.py").read_text()
    assert not (tmp_path / "helper.py").exists()
    assert run(bundle) == "hello you\n"
    (tmp_path / "copy").write_text(bundle)
    run("import bundle\nbundle.bundle_clear_bundle_from_file('copy')\nprint('done')")
    assert (tmp_path / "copy").read_text() == (tmp_path / "main.py").read_text()
