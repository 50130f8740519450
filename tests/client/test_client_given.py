"""Connecting without a profile on disk."""

import json
import resource
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import seattle
from seattle.cli.commands import run_command
from seattle.client import ProfileError
from seattle.client.errors import TestbedUnreachable
from seattle.client.given import Given, discard, given_by_environment
from seattle.client.patience import Patience
from seattle.client.profile import Profile
from seattle.fabric.authority import Role
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair

World = Any  # of conftest.py, which tests don't import

MADE_UP = "x.eyJzdWIiOiJVIiwiaWF0IjowLCJleHAiOjF9.x"  # a credential, but for its signature
ENOUGH: dict[str, Any] = {"urls": "nats://127.0.0.1:1", "key": KeyPair.generate(), "credential": "x"}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """There is no profile, and the environment says nothing."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("PROFILE", "FABRIC", "KEY", "CREDENTIAL", "ENROL_URL", "SITE", "CA_FILE"):
        monkeypatch.delenv(f"SEATTLE_{name}", raising=False)


class Refuses(BaseHTTPRequestHandler):
    """An enrolment service at which nobody is a member."""

    def do_POST(self) -> None:
        body = json.dumps({"message": "nobody knows this key"}).encode()
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the output is the tests'."""


@pytest.fixture
def enrolment_that_refuses() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Refuses) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_given_all_that_a_profile_says_when_connected_then_nothing_of_it_is_left_on_disk(
    world: World, alice: KeyPair
) -> None:
    world.node(alice, "v1")
    credential = world.credential(alice, Role.USER)
    with seattle.connect(urls=world.server.url, key=alice, credential=credential) as testbed:
        testbed.groups["all"] = testbed.browse()
        assert [one.name for one in testbed.vessels("all")] == ["v1"]
        folder = testbed.profile.folder
        assert folder.stat().st_mode & 0o777 == 0o700
        assert not testbed.profile.key_file.exists()
    assert not folder.exists()


def test_given_a_run_that_can_not_be_closed_when_the_testbed_is_then_the_rest_of_it_is_closed_all_the_same(
    world: World, alice: KeyPair
) -> None:
    world.node(alice, "v1")
    credential = world.credential(alice, Role.USER)

    def mistake(_: object) -> None:
        raise ZeroDivisionError

    testbed = seattle.connect(urls=world.server.url, key=alice, credential=credential)
    run = testbed.browse().launch("there.py", on_start=mistake)
    with pytest.raises(ZeroDivisionError):
        run.settled()
    with pytest.raises(ZeroDivisionError):
        testbed.close()
    assert not testbed.profile.folder.exists()


def test_given_an_environment_that_says_it_when_connected_then_no_profile_is_needed(
    world: World, alice: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_key_pair(tmp_path / "key", alice)
    (tmp_path / "credential").write_text(world.credential(alice, Role.USER))
    monkeypatch.setenv("SEATTLE_FABRIC", f"{world.server.url}, {world.server.url}")
    monkeypatch.setenv("SEATTLE_KEY", str(tmp_path / "key"))
    monkeypatch.setenv("SEATTLE_CREDENTIAL", str(tmp_path / "credential"))
    with seattle.connect() as testbed:
        assert testbed.key == alice.public


@pytest.mark.parametrize("word", ["renew", "release"])
def test_given_an_environment_that_says_it_when_the_site_is_asked_then_no_profile_is_needed(
    alice: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    save_key_pair(tmp_path / "key", alice)
    monkeypatch.setenv("SEATTLE_FABRIC", "nats://127.0.0.1:1")  # which is not asked
    monkeypatch.setenv("SEATTLE_KEY", str(tmp_path / "key"))
    monkeypatch.setenv("SEATTLE_ENROL_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("SEATTLE_SITE", "http://127.0.0.1:1")
    assert run_command([word, "--all"]) == 1
    assert "127.0.0.1:1" in capsys.readouterr().err


def test_given_an_environment_with_both_when_connected_then_the_profile_counts(
    world: World, profile: Profile, alice: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEATTLE_FABRIC", "nats://127.0.0.1:1")
    monkeypatch.setenv("SEATTLE_PROFILE", str(profile.folder))
    with seattle.connect() as testbed:
        assert testbed.key == alice.public


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"urls": "nats://127.0.0.1:1"}, "no key"),
        ({"key": KeyPair.generate(), "credential": "x"}, "too little"),
        ({"urls": "nats://127.0.0.1:1", "key": KeyPair.generate()}, "too little"),
        ({"urls": "nats://example.org:1", "key": KeyPair.generate(), "credential": "x"}, "tls"),
        ({"profile": "p", "urls": "nats://127.0.0.1:1"}, "either"),
        ({**ENOUGH, "credential": "\N{COFFIN}"}, "as the credential is none"),
        ({**ENOUGH, "credential": f"{MADE_UP}\N{COFFIN}"}, "as the credential is none"),
        ({**ENOUGH, "credential": "keys/credential.jwt"}, "as the credential is none"),
        ({**ENOUGH, "site_url": "ftp://127.0.0.1"}, "what was given for the testbed: .*can be"),
    ],
)
def test_given_what_is_no_testbed_when_connected_then_it_is_said_why_and_nothing_is_left_on_disk(
    given: Any, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ProfileError, match=told):
        seattle.connect(**given)
    assert list(tmp_path.iterdir()) == []


def test_given_a_disk_that_takes_nothing_when_a_credential_is_given_then_it_is_told_and_no_folder_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    given = Given(urls=ENOUGH["urls"], key=ENOUGH["key"], credential=MADE_UP)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # no byte can be written, as with a full disk
    try:
        with pytest.raises(ProfileError, match="the credential can't be put there"):
            given.to_profile()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_given_variables_that_are_empty_when_the_environment_is_read_then_they_say_nothing() -> None:
    empty = dict.fromkeys(("SEATTLE_KEY", "SEATTLE_CREDENTIAL", "SEATTLE_SITE", "SEATTLE_CA_FILE"), "")
    given = given_by_environment(
        None, empty | {"SEATTLE_FABRIC": "nats://127.0.0.1:1", "SEATTLE_ENROL_URL": "http://[::1]"}
    )
    profile = given.to_profile()
    discard(profile.folder)
    assert profile.ca_file is None


def test_given_a_key_that_is_no_members_when_connected_then_it_is_told_and_nobody_is_asked_whether_the_testbed_runs(
    enrolment_that_refuses: str,
) -> None:
    with pytest.raises(TestbedUnreachable, match="does not let us in: nobody knows this key") as refused:
        seattle.connect(
            urls="nats://127.0.0.1:1",
            key=KeyPair.generate(),
            enrol_url=enrolment_that_refuses,
            patience=Patience(connect=0.2),
        )
    assert refused.value.hint == ""


def test_given_a_credential_of_another_key_when_connected_then_the_testbed_does_not_let_us_in(
    world: World, alice: KeyPair
) -> None:
    with pytest.raises(TestbedUnreachable, match="does not let us in") as refused:
        seattle.connect(urls=world.server.url, key=KeyPair.generate(), credential=world.credential(alice, Role.USER))
    assert refused.value.hint == "give a fresh credential", "its file is gone by then"
