"""`seattle login` and `seattle whoami`, as processes, against a live site and a real enrolment service."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.clearinghouse.conftest import DATABASE, PASSWORD

from seattle.clearinghouse.accounts import services
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.config import SiteSettings
from seattle.clearinghouse.worker.admissions import DatabaseAdmissions
from seattle.clearinghouse.worker.orm import Orm
from seattle.client.profile import load_profile, write_profile
from seattle.fabric.authority import Authority, Issuer
from seattle.fabric.enrolment import validity
from seattle.fabric.enrolment_service import EnrolmentService, http_server
from seattle.identity.files import load_key_pair, save_key_pair
from seattle.identity.keys import KeyPair

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="a command tells no databases apart: once, on SQLite")

SEATTLE = str(Path(sys.executable).with_name("seattle"))
BROKER = "nats://127.0.0.1:4222"
PATIENCE = 30  # seconds


@pytest.fixture
def enrolment(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """The URL of an enrolment service that asks the database, as a worker's does."""
    Authority.create(tmp_path / "authority")
    listener = socket.create_server(("127.0.0.1", 0))
    stopping: list[Callable[[], None]] = []
    started = threading.Event()

    async def serve() -> None:
        async with Orm(1) as orm:
            service = EnrolmentService(Issuer.load(tmp_path / "authority"), DatabaseAdmissions(orm))
            server = http_server(service)
            stopping.append(lambda: setattr(server, "should_exit", True))
            started.set()
            await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait(PATIENCE)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    stopping[0]()
    thread.join()


@pytest.fixture
def site(live_server: Any, settings: Any, enrolment: str) -> str:
    settings.SITE = SiteSettings(url=live_server.url, brokers=[BROKER], enrolment_upstream=enrolment)
    return str(live_server.url)


@pytest.fixture
def alice(transactional_db: None, new_user: Callable[..., User]) -> User:
    return new_user("alice")


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Computer:
    """Somebody's, with an empty configuration folder."""

    home: Path

    def run(self, *words: str, when_shown: Callable[[str], object] = lambda _: None) -> Ended:
        """Run `seattle`; once it shows a code, do something with that."""
        environment = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(self.home), "HOME": str(self.home)}
        with subprocess.Popen(
            [SEATTLE, *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            assert process.stdout is not None
            said = []
            for line in process.stderr:
                said.append(line)
                if found := re.fullmatch(r"\s+([A-Z2-9]{4}-[A-Z2-9]{4})\s+", line):
                    when_shown(found[1])
            out = process.stdout.read()
        return Ended(process.returncode, out, "".join(said))


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path / "home")


def decide(answer: str) -> Callable[[str], None]:
    """What alice does in her browser."""

    def do(code: str) -> None:
        browser = Client()
        browser.post("/account/login/", {"login": "alice", "password": PASSWORD})
        browser.post("/account/approve/", {"code": code, "answer": answer})

    return do


def test_given_a_fresh_computer_when_its_user_logs_in_then_a_profile_knows_the_testbed_and_the_site(
    site: str, alice: User, computer: Computer
) -> None:
    ended = computer.run("login", site, "--label", "lab-7", when_shown=decide("approve"))
    assert (ended.code, ended.out) == (0, "alice\n"), ended.err
    profile = load_profile(computer.home / "seattle" / "profiles" / "default")
    assert (profile.site_url, profile.enrol_url, profile.urls) == (site, f"{site}/enrol", (BROKER,))
    key = profile.load_key()
    assert services.active_keys(alice).get(key_id=key.id).label == "lab-7"
    assert validity(profile.read_credential()).sub == key.id
    assert profile.key_file.stat().st_mode & 0o777 == 0o600

    told = json.loads(computer.run("whoami", "--json").out)
    assert (told["username"], told["id"], told["credits_total"], told["site"]) == ("alice", key.id, 10, site)
    again = computer.run("login", site, "--json", when_shown=lambda _: pytest.fail("a code was shown"))
    assert json.loads(again.out)["id"] == key.id


def test_given_a_key_file_when_its_user_logs_in_with_it_then_it_stays_where_it_is(
    site: str, alice: User, computer: Computer, tmp_path: Path
) -> None:
    pair = KeyPair.generate()
    save_key_pair(tmp_path / "mine", pair)
    ended = computer.run(
        "login", site, "--key", str(tmp_path / "mine"), "--profile", "lab", when_shown=decide("approve")
    )
    assert ended.code == 0, ended.err
    profile = load_profile(computer.home / "seattle" / "profiles" / "lab")
    assert (profile.key_file, profile.load_key()) == (tmp_path / "mine", pair)
    assert not (profile.folder / "key").exists()


def test_given_a_user_who_refuses_when_the_command_hears_of_it_then_it_says_so_and_keeps_the_key_for_next_time(
    site: str, alice: User, computer: Computer
) -> None:
    ended = computer.run("login", site, when_shown=decide("deny"))
    assert (ended.code, ended.out) == (1, "")
    assert "refused on the site" in ended.err
    folder = computer.home / "seattle" / "profiles" / "default"
    kept = load_key_pair(folder / "key")
    assert computer.run("login", site, when_shown=decide("approve")).code == 0
    assert load_profile(folder).load_key() == kept


def test_given_a_profile_of_another_testbed_when_its_user_logs_in_then_it_is_left_alone(
    computer: Computer,
) -> None:
    folder = computer.home / "seattle" / "profiles" / "default"
    key = KeyPair.generate()
    write_profile(folder, urls=[BROKER], key=key, credential="a.b.c")
    ended = computer.run("login", "https://seattle.example.org")
    assert ended.code == 2
    assert "--profile" in ended.err
    assert load_profile(folder).load_key() == key


def test_given_a_profile_without_a_site_when_asked_who_one_is_then_the_way_to_one_is_told(computer: Computer) -> None:
    folder = computer.home / "seattle" / "profiles" / "default"
    write_profile(folder, urls=[BROKER], key=KeyPair.generate(), credential="a.b.c")
    ended = computer.run("whoami")
    assert ended.code == 1
    assert "seattle login URL" in ended.err


@pytest.mark.parametrize("url", ["http://seattle.example.org", "ftp://x", "https://u:p@host", "https://host/path", ""])
def test_given_a_url_that_is_no_sites_when_somebody_logs_in_then_nothing_is_sent_or_written(
    computer: Computer, url: str
) -> None:
    ended = computer.run("login", url)
    assert ended.code == 2
    assert "https://HOST" in ended.err
    assert not computer.home.exists()
