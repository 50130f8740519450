"""A bundle: what is in it is what its manifest says, and it is unpacked whole or not at all."""

import io
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.installer.making import HERE, bundle_of, manifest, wheel, write_bundle

from seattle.installer.standalone import bundles, wheels
from seattle.installer.standalone.bundles import Bundle
from seattle.installer.standalone.errors import BundleBroken, NoWheels, PythonUnusable
from seattle.installer.standalone.pythons import Interpreter, has_run
from seattle.installer.standalone.versions import KEPT

FILES = {
    "example/__init__.py": "WORD = 'hello'\n",
    "example/__main__.py": "import sys, example\nprint(example.WORD, sys.prefix)\n",
    "example-1.2.0.data/platlib/example_native.py": "FAST = True\n",
    "example-1.2.0.data/scripts/example": "#!python\n",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return bundle_of(tmp_path / "good.bundle", "1.2.0", FILES)


def say(folder: Path, *words: str) -> str:
    done = subprocess.run([folder / "bin" / "python3", *words], check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def test_given_a_bundle_when_it_is_unpacked_then_its_modules_run_in_an_environment_of_their_own(
    file: Path, tmp_path: Path
) -> None:
    with Bundle(file) as bundle:
        bundle.check()
        bundle.unpack(tmp_path / "1.2.0")
    folder = tmp_path / "1.2.0"
    assert say(folder, "-P", "-m", "example") == f"hello {folder}"
    assert say(folder, "-c", "import example_native; print(example_native.FAST)") == "True"
    assert sorted(path.name for path in (folder / "bin").iterdir()) == ["python", "python3"]
    assert (folder / KEPT).read_bytes() == file.read_bytes()
    assert has_run(folder)


def test_given_a_bundle_when_it_is_unpacked_then_bytecode_is_there_and_names_the_folder_where_it_is(
    file: Path, tmp_path: Path
) -> None:
    with Bundle(file) as bundle:
        bundle.unpack(tmp_path / "1.2.0")
    (code,) = (tmp_path / "1.2.0").rglob("__pycache__/__init__.*.pyc")
    assert str(tmp_path / "1.2.0" / "lib").encode() in code.read_bytes()
    assert b".part" not in code.read_bytes()


def test_given_a_bundle_inside_another_file_when_it_is_opened_there_then_it_is_unpacked_as_well(
    file: Path, tmp_path: Path
) -> None:
    outer = tmp_path / "outer"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(file, "seattle.bundle")
    with zipfile.ZipFile(outer) as archive, archive.open("seattle.bundle") as inner, Bundle(inner) as bundle:
        bundle.check()
        bundle.unpack(tmp_path / "1.2.0")
    assert (tmp_path / "1.2.0" / KEPT).read_bytes() == file.read_bytes()


def changed(file: Path, old: bytes, new: bytes) -> None:
    data = file.read_bytes()
    assert old in data
    file.write_bytes(data.replace(old, new))


GOOD = {"a.whl": wheel({"a.py": "1\n"})}


def with_manifest(**change: Any) -> Callable[[Path], object]:
    return lambda file: write_bundle(file, manifest("1.2.0", GOOD) | change, GOOD)


def with_entries(entries: Mapping[str, bytes], **options: Any) -> Callable[[Path], object]:
    return lambda file: write_bundle(file, manifest("1.2.0", GOOD), entries, **options)


def named(name: str) -> dict[str, Any]:
    """A manifest with a file of this name."""
    told = manifest("1.2.0", GOOD)
    told["files"] = {name: next(iter(told["files"].values()))}
    return told


CYRILLIC = "a.whl".replace("a", "\N{CYRILLIC SMALL LETTER A}")

BAD: dict[str, Callable[[Path], object]] = {
    "a name in capitals": with_entries({"A.whl": GOOD["a.whl"]}),
    "a name that looks the same": with_entries({CYRILLIC: GOOD["a.whl"]}),
    "a name with what another ends": with_entries({"a.whl\0.whl": GOOD["a.whl"] + b"!"}),
    "a name in a folder of its own": with_entries({"wheels/./a.whl": GOOD["a.whl"]}),
    "a wheel for a Python in capitals": with_manifest(pythons={HERE: ["A.whl"]}),
    "a size that is a truth": with_manifest(files={"wheels/a.whl": {"sha256": "0" * 64, "size": True}}),
    "a size that is a half": with_manifest(files={"wheels/a.whl": {"sha256": "0" * 64, "size": 1.5}}),
    "a version with another line": with_manifest(version="1.2.0\n"),
    "a version of other digits": with_manifest(version="\N{FULLWIDTH DIGIT ONE}.2.0"),
    "a version that is very long": with_manifest(version="1" * 65),
    "another manifest behind the first": with_entries({**GOOD, "/manifest.json": b"{}"}),
    "no zip": lambda file: file.write_bytes(b"what is this?" * 100),
    "nothing": lambda file: file.write_bytes(b""),
    "cut short": lambda file: file.write_bytes(bundle_of(file, "1.2.0", FILES).read_bytes()[:-50]),
    "the manifest is no JSON": lambda file: write_bundle(file, b"{", GOOD),
    "the manifest nests deeply": lambda file: write_bundle(file, b"[" * 200_000, GOOD),
    "the manifest is a list": lambda file: write_bundle(file, b"[]", GOOD),
    "of another format": with_manifest(format=2),
    "the version is no version": with_manifest(version="../../home"),
    "the version is a number": with_manifest(version=1),
    "no pythons": with_manifest(pythons={}),
    "a python that steers a terminal": with_manifest(pythons={HERE: ["a.whl"], "\x1b[2J": ["a.whl"]}),
    "a python that is several lines": with_manifest(pythons={HERE: ["a.whl"], "a\nsigned by": ["a.whl"]}),
    "a wheel that is not there": with_manifest(pythons={HERE: ["b.whl"]}),
    "a wheel twice": with_manifest(pythons={HERE: ["a.whl", "a.whl"]}),
    "a size that is none": with_manifest(files={"wheels/a.whl": {"sha256": "0" * 64, "size": -1}}),
    "a size that is too much": with_manifest(files={"wheels/a.whl": {"sha256": "0" * 64, "size": 2**40}}),
    "a digest that is none": with_manifest(files={"wheels/a.whl": {"sha256": "0", "size": 1}}),
    "a file elsewhere": lambda file: write_bundle(file, named("wheels/../../a.whl"), GOOD),
    "a file that is no wheel": lambda file: write_bundle(file, named("wheels/a.py"), GOOD),
    "an entry besides": with_entries(GOOD | {"b.whl": b""}),
    "an entry that is missing": with_entries({}),
    "a damaged wheel": with_entries({"a.whl": bytes(len(GOOD["a.whl"]))}),
    "a longer wheel": with_entries({"a.whl": GOOD["a.whl"] + b"!"}),
    "a compressed wheel": with_entries(GOOD, kind=zipfile.ZIP_DEFLATED),
    "too many entries": with_entries({f"{number}.whl": b"" for number in range(1100)}),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_given_a_bundle_that_is_not_as_it_should_be_when_it_is_checked_then_it_is_refused(
    bad: Callable[[Path], object], tmp_path: Path
) -> None:
    bad(tmp_path / "bad.bundle")
    with pytest.raises(BundleBroken), Bundle(tmp_path / "bad.bundle") as bundle:
        bundle.check()


def test_given_a_bundle_with_a_name_that_is_not_the_utf8_it_says_when_it_is_checked_then_it_is_refused(
    file: Path,
) -> None:
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        local = archive.infolist()[-1].header_offset
    central = whole.rindex(b"PK\1\2")
    for start, flags, name in ((local, 6, 30), (central, 8, 46)):  # APPNOTE.TXT, 4.3.7 and 4.3.12
        data = bytearray(whole)
        data[start + flags : start + flags + 2] = (0x800).to_bytes(2, "little")
        data[start + name] = 0xFF
        with pytest.raises(BundleBroken, match="can't be read"), Bundle(io.BytesIO(data)) as bundle:
            bundle.check()


def test_given_a_bundle_larger_than_any_when_it_is_opened_then_it_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.bundle").open("wb") as large:
        large.truncate(bundles.LARGEST + 1)
    with pytest.raises(BundleBroken, match="more than"):
        Bundle(tmp_path / "large.bundle")


def test_given_a_wheel_changed_after_the_check_when_it_is_unpacked_then_it_is_refused_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    plain = b"x = 1\n" * 40
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.py", plain)
    stored = {"a.whl": data.getvalue()}
    file = write_bundle(tmp_path / "b.bundle", manifest("1.2.0", stored), stored)
    with Bundle(file) as bundle:
        bundle.check()
        changed(file, plain, b"x = 2\n" * 40)
        with pytest.raises(BundleBroken):
            bundle.unpack(tmp_path / "1.2.0")
    assert [entry.name for entry in tmp_path.iterdir()] == ["b.bundle"]


def packed(kind: int) -> bytes:
    """A wheel that is packed in a way in which a few bytes become gigabytes at once."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", kind) as archive:
        archive.writestr("a.py", b"#" * 4096)
    return data.getvalue()


def spoiled() -> bytes:
    """A wheel whose one file can't be unpacked."""
    data = bytearray(wheel({"a.py": "import this\n" * 100}))
    data[34:44] = b"\xff" * 10  # behind the entry's head and name
    return bytes(data)


def entry(name: str, mode: int = 0) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, "../../../etc/passwd")
    return data.getvalue()


HOSTILE = {
    "above": entry("../a.py"),
    "far above": entry("a/../../../../a.py"),
    "absolute": entry("/tmp/a.py"),
    "a folder above": entry("../a/"),
    "out of the data": entry("a-1.data/purelib/../../../../a.py"),
    "with backslashes": entry("..\\a.py"),
    "a link": entry("a.py", stat.S_IFLNK | 0o777),
    "a device": entry("a.py", stat.S_IFCHR | 0o666),
    "no wheel": b"nothing of the kind",
    "packed with bzip2": packed(zipfile.ZIP_BZIP2),
    "packed with LZMA": packed(zipfile.ZIP_LZMA),
    "packed, and spoiled": spoiled(),
    "no name": wheel({"": "1"}),
    "a file below a file": wheel({"a": "1", "a/b.py": "2"}),
    "a file far below a file": wheel({"a": "1", "a/b/c/d.py": "2"}),
    "a file in a folder's place": wheel({"a/b.py": "1", "a": "2"}),
    "a name that is too long": wheel({f"{'a' * 300}.py": "1"}),
    "a path that is too long": wheel({f"{'a/' * 3000}b.py": "1"}),
    "folders in folders, so deep that nobody can remove them": wheel({f"{'a/' * 1500}b.py": "1"}),
    "the same name twice, one in the data": wheel({"a.py": "1", "x-1.data/purelib/a.py": "2"}),
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_given_a_wheel_with_an_entry_that_leads_elsewhere_when_it_is_unpacked_then_it_is_refused_and_nothing_is_left(
    hostile: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    entries = {"a.whl": hostile}
    file = write_bundle(tmp_path / "b.bundle", manifest("1.2.0", entries), entries)
    with Bundle(file) as bundle, pytest.raises(BundleBroken):
        bundle.unpack(folder / "1.2.0")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["b.bundle", "deep", "er"]


def test_given_two_wheels_with_the_same_file_when_they_are_unpacked_then_neither_is(tmp_path: Path) -> None:
    both = {"a.whl": wheel({"same.py": "1\n"}), "b.whl": wheel({"same.py": "2\n"})}
    file = write_bundle(tmp_path / "b.bundle", manifest("1.2.0", both), both)
    with Bundle(file) as bundle, pytest.raises(BundleBroken, match="there already"):
        bundle.unpack(tmp_path / "1.2.0")


def test_given_a_wheel_that_would_fill_the_disk_when_it_is_unpacked_then_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "MOST_BYTES", 1000)
    bomb = {"a.whl": wheel({"a.py": b"\0" * 1001})}
    file = write_bundle(tmp_path / "b.bundle", manifest("1.2.0", bomb), bomb)
    with Bundle(file) as bundle, pytest.raises(BundleBroken, match="larger than"):
        bundle.unpack(tmp_path / "1.2.0")


@pytest.mark.parametrize(
    ("python", "hint"),
    [
        (Interpreter("/usr/bin/python3", (3, 14), "x86_64"), "nothing for Python 3.14 on x86_64"),
        (Interpreter("/usr/bin/python3", (3, 12), "riscv64"), "nothing for riscv64, whichever Python"),
        (Interpreter("/usr/bin/python3", (3, 13), "x86_64", is_free_threaded=True), "free-threaded"),
        (Interpreter("/usr/bin/python3", (3, 12), "x86_64", libc=""), "without glibc"),
        (Interpreter("/usr/bin/pypy", (3, 11), "x86_64", implementation="pypy"), "pypy 3.11"),
        (Interpreter("/usr/bin/python3", (3, 12), "x86_64", is_64_bit=False), "32 bit"),
    ],
)
def test_given_a_python_that_there_are_no_wheels_for_when_they_are_asked_for_then_the_error_says_what_there_is(
    python: Interpreter, hint: str, tmp_path: Path
) -> None:
    tags = {f"cp3{minor}-x86_64": ["a.whl"] for minor in (11, 12, 13)}
    file = write_bundle(tmp_path / "b.bundle", manifest("1.2.0", GOOD, tags), GOOD)
    with Bundle(file) as bundle, pytest.raises(NoWheels, match=hint) as refused:
        bundle.wheels_for(python)
    assert "cp311-x86_64, cp312-x86_64, cp313-x86_64" in str(refused.value)


def test_given_something_that_is_no_python_when_a_bundle_is_unpacked_for_it_then_that_is_said(
    file: Path, tmp_path: Path
) -> None:
    with Bundle(file) as bundle, pytest.raises(PythonUnusable, match="/bin/false does not run"):
        bundle.unpack(tmp_path / "1.2.0", "/bin/false")


def test_given_an_attempt_that_was_cut_short_when_a_bundle_is_unpacked_then_nothing_of_it_is_left(
    file: Path, tmp_path: Path
) -> None:
    (tmp_path / ".1.2.0.part" / "lib").mkdir(parents=True)
    (tmp_path / ".1.2.0.part" / "lib" / "stale.py").touch()
    with Bundle(file) as bundle:
        bundle.unpack(tmp_path / "1.2.0")
    assert not (tmp_path / "1.2.0" / "lib" / "stale.py").exists()
    assert not (tmp_path / ".1.2.0.part").exists()


def test_given_an_environment_whose_python_has_gone_when_it_is_mended_then_it_runs_again(
    file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "1.2.0"
    with Bundle(file) as bundle:
        bundle.unpack(folder)
    (folder / "bin" / "python3").unlink()
    (folder / "bin" / "python3").symlink_to("/usr/bin/python-that-was-removed")
    (folder / "lib").rename(folder / "lib-of-another")
    (folder / "lib").mkdir()
    assert not has_run(folder)
    with Bundle(folder / KEPT) as bundle:
        bundle.mend(folder, sys.executable)
    assert say(folder, "-m", "example") == f"hello {folder}"


def test_given_a_disk_that_is_full_when_a_bundle_is_unpacked_then_nothing_is_left(file: Path, tmp_path: Path) -> None:
    """A limit on the size of files is met as a full disk is: by a write that fails."""
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from seattle.installer.standalone.bundles import Bundle\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with Bundle(Path(sys.argv[1])) as bundle:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "    try:\n"
        "        bundle.unpack(Path(sys.argv[2]))\n"
        "    except OSError as why:\n"
        "        print(why.strerror)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, file, tmp_path / "1.2.0"], check=True, capture_output=True, text=True
    )
    assert done.stdout == "File too large\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["good.bundle"]


def test_given_the_standalone_modules_alone_when_they_are_imported_then_nothing_but_the_standard_library_is_needed(
    tmp_path: Path,
) -> None:
    source = Path(bundles.__file__).parent
    shutil.copytree(source, tmp_path / "standalone", ignore=shutil.ignore_patterns("__pycache__"))
    names = sorted(path.stem for path in source.glob("*.py") if path.stem != "__init__")
    program = f"import sys; sys.path.insert(0, '.')\nfor name in {names}: __import__('standalone.' + name)\n"
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True, cwd=tmp_path, timeout=60)
