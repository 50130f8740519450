"""What a home keeps: whatever stands in its files, the version that works is found, and nothing grows for ever."""

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seattle.installer.standalone import asking, journal, services
from seattle.installer.standalone.asking import Listener, ask
from seattle.installer.standalone.errors import HomeUnusable, ServiceUnusable, SupervisorAway
from seattle.installer.standalone.guarding import lock
from seattle.installer.standalone.journal import Log
from seattle.installer.standalone.mending import keep_records, put_records_back
from seattle.installer.standalone.record import read_record
from seattle.installer.standalone.versions import Home


def home_in(folder: Path) -> Home:
    """One with version 1.0, which is current, and 1.1; nobody looks into them here."""
    home = Home(folder)
    for version in ("1.0", "1.1"):
        home.folder_of(version).mkdir(parents=True)
        (home.folder_of(version) / "pyvenv.cfg").touch()
    home.node.mkdir()
    home.switch("1.0")
    return home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path / "home")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same home for many examples: each leaves it as it was."""
    return home_in(tmp_path_factory.mktemp("kept") / "home")


# Files of state that are damaged, or of a version that writes others.

STATES = ("next", "trial.json", "refused.json")
ODD = st.one_of(
    st.binary(max_size=64),
    st.builds(lambda text: text.encode("utf-8", "surrogatepass"), st.text(max_size=300)),
    st.sampled_from(
        [
            b'{"version": 5, "before": null, "since": "x", "starts": "y"}',
            b'{"version": "1.0", "before": ["1.1"], "since": 0, "starts": 0}',
            b'{"version": "1.0", "before": "../../node", "since": 0, "starts": 0}',
            b'{"version": "1.0", "before": "' + b"x" * 300 + b'", "since": 0, "starts": 0}',
            b'{"1.1": {"why": 1, "at": "x", "until": "y"}, "1.0": 5}',
            b'{"1.1": {"why": "", "at": 0, "until": [1]}}',
            b"x" * 300,
            b"../../../../etc",
            b"..",
            b"[" * 100_000,
        ]
    ),
)


@given(state=st.sampled_from(STATES), data=ODD)
@example("next", b"x" * 300)
@example("trial.json", b'{"version": "1.0", "before": "1.1", "since": 0, "starts": "y"}')
@example("trial.json", b'{"version": "1.0", "before": "' + b"x" * 300 + b'", "since": 0, "starts": 0}')
@example("trial.json", b'{"version": "1.0", "before": "..", "since": 0, "starts": 0}')
def test_given_a_file_of_state_with_anything_in_it_when_a_home_recovers_then_the_version_that_is_there_stays(
    kept: Home, state: str, data: bytes
) -> None:
    (kept.folder / state).write_bytes(data)
    try:
        kept.recover()
        trial = kept.trial()
        if trial is not None:
            assert (type(trial.starts), type(trial.since)) in ((int, int), (int, float))
            kept.go_back(trial)
        kept.next()
        kept.refused()
        assert kept.current() in ("1.0", "1.1")
    finally:
        kept.switch("1.0")
        for name in STATES:
            (kept.folder / name).unlink(missing_ok=True)


def test_given_a_record_that_nests_deeply_when_it_is_read_then_it_is_no_installation(home: Home) -> None:
    (home.folder / "installed.json").write_bytes(b"[" * 60_000)
    with pytest.raises(HomeUnusable, match="is no installation"):
        read_record(home)


def test_given_many_versions_refused_for_long_reasons_when_they_are_read_then_none_is_forgotten(home: Home) -> None:
    for number in range(100):
        home.refuse(f"1.{number}", "\N{SNOWMAN}" * 5_000)
    assert len(home.refused()) == 100


def test_given_a_clock_that_was_wrong_when_a_version_was_refused_for_a_day_then_it_is_not_refused_for_years(
    home: Home,
) -> None:
    now, wrong = 1.8e9, 4.1e9  # seconds since 1970; the year 2099
    home.refuse("1.1", "it was not ready", until=wrong + 24 * 3600)
    assert "1.1" in home.refused(wrong + 3600)
    assert home.refused(now) == {}


# Databases.


def store(home: Home) -> Path:
    file = home.node / "store.sqlite"
    with closing(sqlite3.connect(file)) as db:
        db.executescript("CREATE TABLE vessels (name); INSERT INTO vessels VALUES ('v1'); PRAGMA user_version = 1;")
    return file


HARM: dict[str, Callable[[Path], object]] = {
    "overwritten": lambda file: file.write_bytes(b"no database any more" * 500),
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:100]),
    "emptied": lambda file: file.write_bytes(b""),
    "removed": lambda file: file.unlink(),
    "overwritten, with a journal beside it": lambda file: (
        file.write_bytes(b"x" * 4096),
        file.with_name("store.sqlite-wal").write_bytes(b"y" * 4096),
    ),
}


@pytest.mark.parametrize("harm", HARM.values(), ids=HARM)
def test_given_a_version_that_has_ruined_a_database_when_it_is_gone_back_from_then_the_old_one_finds_its_own(
    home: Home, harm: Callable[[Path], object]
) -> None:
    file = store(home)
    keep_records(home)
    harm(file)
    assert put_records_back(home) == ["store.sqlite"]
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT name FROM vessels").fetchall() == [("v1",)]
    assert put_records_back(home) == []


# The log.


def test_given_a_daemon_that_floods_the_log_when_it_begins_anew_then_no_more_of_it_is_kept_than_one_may_have(
    home: Home,
) -> None:
    log = Log(home.log)
    log.say("flooded")
    with home.log.open("ab") as file:
        file.truncate(10 * journal.MOST)
    log.say("the_last_line")
    log.trim()
    rest = home.log.with_name("log.1")
    assert home.log.stat().st_size == 0
    assert rest.stat().st_size <= journal.MOST
    assert b"the_last_line" in rest.read_bytes()
    assert rest.stat().st_mode & 0o077 == 0


def test_given_no_room_for_the_old_log_when_it_is_too_long_then_it_begins_anew_all_the_same(home: Home) -> None:
    log = Log(home.log)
    with home.log.open("ab") as file:
        file.truncate(journal.MOST + 1)
    home.log.with_name("log.1").mkdir()  # where no file can be written
    log.trim()
    assert home.log.stat().st_size == 0


# The socket, from both ends.


@pytest.fixture
def served(home: Home) -> Iterator[Callable[[bytes, float], None]]:
    """Has somebody listen in the node's folder who sends this, a byte at a time if there is a pause (seconds)."""
    enough = Event()
    threads = []
    listening = socket.socket(socket.AF_UNIX)

    def serve(data: bytes, pause: float) -> None:
        def answer() -> None:
            line, _ = listening.accept()
            with line:
                if not pause:
                    line.sendall(data)
                while pause and not enough.wait(pause):
                    line.sendall(data)

        listening.bind(str(home.node / asking.SOCKET))
        listening.listen()
        threads.append(Thread(target=answer))
        threads[0].start()

    yield serve
    enough.set()
    for thread in threads:
        thread.join()
    listening.close()


def test_given_a_daemon_that_answers_a_byte_at_a_time_when_it_is_asked_then_patience_is_for_all_of_the_answer(
    home: Home, served: Callable[[bytes, float], None]
) -> None:
    served(b" ", 0.02)
    began = time.monotonic()
    with pytest.raises(SupervisorAway):
        ask(home.node, "status", patience=0.2)
    assert time.monotonic() - began < 5


def test_given_a_daemon_whose_answer_nests_deeply_when_it_is_asked_then_that_is_no_answer(
    home: Home, served: Callable[[bytes, float], None]
) -> None:
    served(b"[" * 200_000 + b"\n", 0)
    with pytest.raises(SupervisorAway):
        ask(home.node, "status")


def test_given_somebody_who_asks_a_byte_at_a_time_when_the_supervisor_listens_then_it_is_soon_free_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_TALK", 0.2)
    listener, enough = Listener(home.folder), Event()
    with closing(listener), socket.socket(socket.AF_UNIX) as line:
        line.connect(str(home.folder / asking.SOCKET))

        def trickle() -> None:
            while not enough.wait(0.02):
                line.sendall(b" ")

        thread = Thread(target=trickle)
        thread.start()
        began = time.monotonic()
        try:
            listener.answer({"status": dict})
            assert time.monotonic() - began < 5
        finally:
            enough.set()
            thread.join()
        assert b"bad-request" in line.recv(1000)


def test_given_a_supervisor_that_does_not_answer_when_it_is_to_stop_then_nobody_is_told_that_it_has(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "GOES_DOWN", 0.2)
    held = lock(home)  # by whoever is a supervisor
    assert held >= 0
    with pytest.raises(ServiceUnusable, match="has not ended within"):
        services.stop_alone(home)
