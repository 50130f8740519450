import itertools
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from seattle.identity.errors import Replayed, TooManyRequests
from seattle.identity.keys import KeyPair
from seattle.identity.nonces import FORGET_EVERY, NonceCache


def nonce(number: int) -> bytes:
    return number.to_bytes(16, "big")


def test_a_nonce_is_taken_once(nonces: NonceCache, alice: KeyPair, now: float) -> None:
    nonces.remember(alice.public, nonce(1), valid_until=now + 30, now=now)
    with pytest.raises(Replayed):
        nonces.remember(alice.public, nonce(1), valid_until=now + 30, now=now + 1)


def test_two_callers_may_choose_the_same_nonce(nonces: NonceCache, alice: KeyPair, bob: KeyPair, now: float) -> None:
    nonces.remember(alice.public, nonce(1), valid_until=now + 30, now=now)
    nonces.remember(bob.public, nonce(1), valid_until=now + 30, now=now)


@pytest.mark.parametrize("closed", [True, False], ids=["clean end", "crash"])
def test_a_nonce_survives_a_restart(tmp_path: Path, alice: KeyPair, now: float, closed: bool) -> None:
    first = NonceCache(tmp_path / "nonces")
    first.remember(alice.public, nonce(1), valid_until=now + 30, now=now)
    if closed:
        first.close()
    second = NonceCache(tmp_path / "nonces")
    with pytest.raises(Replayed):
        second.remember(alice.public, nonce(1), valid_until=now + 30, now=now + 5)
    second.close()
    first.close()


def test_what_can_no_longer_be_valid_is_forgotten(tmp_path: Path, alice: KeyPair, now: float) -> None:
    cache = NonceCache(tmp_path / "nonces", kept_anyway=10)
    for number in range(1000):
        later = now + number
        cache.remember(alice.public, nonce(number), valid_until=later + 30, now=later)
    with sqlite3.connect(tmp_path / "nonces") as db:
        (rows,) = db.execute("SELECT COUNT(*) FROM nonce").fetchone()
    assert rows <= 30 + 10 + FORGET_EVERY + 1
    cache.close()


def test_given_a_clock_set_back_when_an_old_request_comes_again_then_it_is_a_replay(
    nonces: NonceCache, alice: KeyPair, now: float
) -> None:
    nonces.remember(alice.public, nonce(1), valid_until=now + 30, now=now)
    nonces.remember(alice.public, nonce(2), valid_until=now + 3630, now=now + 3600)
    with pytest.raises(Replayed):
        nonces.remember(alice.public, nonce(1), valid_until=now + 30, now=now)


def test_a_caller_in_a_loop_shuts_out_itself_alone_and_not_for_long(
    tmp_path: Path, alice: KeyPair, bob: KeyPair, now: float
) -> None:
    cache = NonceCache(tmp_path / "nonces", max_live_by_caller=5)
    for number in range(5):
        cache.remember(alice.public, nonce(number), valid_until=now + 30, now=now)
    with pytest.raises(TooManyRequests):
        cache.remember(alice.public, nonce(5), valid_until=now + 30, now=now)
    cache.remember(bob.public, nonce(5), valid_until=now + 30, now=now)
    cache.remember(alice.public, nonce(6), valid_until=now + 61, now=now + 31)
    cache.close()


def test_a_full_cache_refuses_rather_than_forgets(tmp_path: Path, alice: KeyPair, bob: KeyPair, now: float) -> None:
    cache = NonceCache(tmp_path / "nonces", max_live=3, kept_anyway=0)
    for number in range(3):
        caller = KeyPair.generate().public if number else alice.public
        cache.remember(caller, nonce(number), valid_until=now + 30, now=now, known=True)
    with pytest.raises(TooManyRequests):
        cache.remember(bob.public, nonce(9), valid_until=now + 30, now=now, known=True)
    with pytest.raises(Replayed):
        cache.remember(alice.public, nonce(0), valid_until=now + 30, now=now)
    cache.close()


def test_given_several_callers_in_a_loop_when_another_asks_then_they_have_left_it_room(
    bob: KeyPair, now: float
) -> None:
    """The attack: as many as fill what is remembered together, though none alone may."""
    cache = NonceCache(None, max_live=1200, max_live_by_caller=200)
    for villain in (KeyPair.generate().public for _ in range(8)):
        with suppress(TooManyRequests):
            for number in itertools.count():
                cache.remember(villain, nonce(number), valid_until=now + 30, now=now, known=True)
    for number in range(4):
        cache.remember(bob.public, nonce(number), valid_until=now + 30, now=now, known=True)
    cache.close()


def test_given_strangers_without_end_when_one_asks_who_has_rights_then_they_have_left_it_room(
    bob: KeyPair, now: float
) -> None:
    """The attack: as many as it takes, where each takes less than the one before."""
    cache = NonceCache(None, max_live=60, max_live_by_caller=20)
    refused = 0
    for stranger in (KeyPair.generate().public for _ in range(100)):
        try:
            cache.remember(stranger, nonce(0), valid_until=now + 30, now=now)
        except TooManyRequests:
            refused += 1
    assert refused > 0
    for number in range(15):
        cache.remember(bob.public, nonce(number), valid_until=now + 30, now=now, known=True)
    cache.close()


def test_given_requests_served_while_the_clock_was_years_ahead_when_it_is_right_again_then_nobody_is_shut_out(
    tmp_path: Path, alice: KeyPair, now: float
) -> None:
    cache = NonceCache(tmp_path / "nonces", max_live=10, max_live_by_caller=5)
    years_ahead = now + 1e9
    for number in range(5):
        cache.remember(alice.public, nonce(number), valid_until=years_ahead + 30, now=years_ahead, known=True)
    cache.remember(alice.public, nonce(5), valid_until=now + 30, now=now)
    cache.close()


def test_what_is_dated_far_ahead_fills_no_disk_and_the_furthest_goes_first(
    tmp_path: Path, alice: KeyPair, now: float
) -> None:
    cache = NonceCache(tmp_path / "nonces", max_ahead=20, kept_anyway=0)
    for number in range(1000):
        cache.remember(alice.public, nonce(number), valid_until=now + 1000 + number, now=now)
    with sqlite3.connect(tmp_path / "nonces") as db:
        (rows,) = db.execute("SELECT COUNT(*) FROM nonce").fetchone()
    assert rows <= 20 + FORGET_EVERY
    with pytest.raises(Replayed):
        cache.remember(alice.public, nonce(0), valid_until=now + 1000, now=now + 990)
    cache.close()


def test_given_a_request_dated_ahead_when_others_flood_then_it_is_still_a_replay_when_its_time_has_come(
    tmp_path: Path, alice: KeyPair, bob: KeyPair, now: float
) -> None:
    """The attack: a broker keeps a copy of it, and has it forgotten by as many requests as a node remembers."""
    cache = NonceCache(tmp_path / "nonces", max_ahead=20, kept_anyway=0)
    cache.remember(alice.public, nonce(0), valid_until=now + 3600, now=now, known=True)
    for number in range(3 * FORGET_EVERY):
        made = KeyPair.generate().public
        cache.remember(made, nonce(number), valid_until=now + 1000, now=now)
        cache.remember(bob.public, nonce(number), valid_until=now + 1000 + number, now=now, known=True)
    with pytest.raises(Replayed):
        cache.remember(alice.public, nonce(0), valid_until=now + 3600, now=now + 3580, known=True)
    cache.close()


def test_given_a_file_of_an_earlier_version_when_it_is_opened_then_what_it_remembers_is_known(
    tmp_path: Path, alice: KeyPair, now: float
) -> None:
    NonceCache(tmp_path / "nonces").close()
    with sqlite3.connect(tmp_path / "nonces") as db:
        db.execute("ALTER TABLE nonce DROP COLUMN known")
        values = (alice.public.raw, nonce(1), now + 30)
        db.execute("INSERT INTO nonce (caller, nonce, valid_until) VALUES (?, ?, ?)", values)
    again = NonceCache(tmp_path / "nonces")
    with pytest.raises(Replayed):
        again.remember(alice.public, nonce(1), valid_until=now + 30, now=now)
    again.close()


def test_given_a_nonce_that_was_synced_when_the_power_goes_then_it_is_known_afterwards(
    tmp_path: Path, alice: KeyPair, now: float
) -> None:
    """What is on the disk then: the files as they are, without a close, in another place."""
    before = NonceCache(tmp_path / "nonces")
    before.remember(alice.public, nonce(1), valid_until=now + 30, now=now)
    before.sync()
    after = tmp_path / "after"
    after.mkdir()
    for name in ("nonces", "nonces-wal"):
        (after / name).write_bytes((tmp_path / name).read_bytes())
    before.close()
    again = NonceCache(after / "nonces")
    with pytest.raises(Replayed):
        again.remember(alice.public, nonce(1), valid_until=now + 30, now=now)
    again.close()


def test_given_a_sync_then_it_is_the_file_of_the_latest_writes_that_goes_to_the_disk(
    tmp_path: Path, alice: KeyPair, now: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = NonceCache(tmp_path / "nonces")
    synced: list[str] = []
    monkeypatch.setattr(os, "fdatasync", lambda fd: synced.append(str(Path(f"/proc/self/fd/{fd}").readlink())))
    for number in range(2000):  # past SQLite's checkpoints, which begin the log anew
        cache.remember(alice.public, nonce(number), valid_until=now + 30, now=now)
    cache.sync()
    assert synced == [str(tmp_path / "nonces-wal")]
    assert "(deleted)" not in synced[0]
    cache.close()


def test_given_a_file_that_is_no_cache_when_it_is_opened_then_that_is_raised_and_it_is_closed_again(
    tmp_path: Path,
) -> None:
    file = tmp_path / "nonces"
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(sqlite3.DatabaseError) as held:  # and with it whatever is left to be collected
        NonceCache(file)
    assert "not a database" in str(held.value)
    assert str(file) not in map(os.path.realpath, Path("/proc/self/fd").iterdir())
