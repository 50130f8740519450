import base64
import json
import os
import select
import socket
import stat
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from seattle.cli.fabric import app
from seattle.fabric.authority import Authority, Role
from seattle.fabric.enrolment import enrol, validity
from seattle.fabric.errors import AuthorityUnusable, EnrolmentRefused, ServerFailed
from seattle.fabric.server import EmbeddedServer
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.nkey import decode_nkey

pytestmark = pytest.mark.anyio
NOW = 1_800_000_000.0


def test_given_a_kept_authority_when_loaded_then_it_is_the_same_and_closed_to_others(tmp_path: Path) -> None:
    made = Authority.create(tmp_path / "a")
    loaded = Authority.load(tmp_path / "a")
    assert loaded.account_token(now=NOW) == made.account_token(now=NOW)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "a").iterdir()} == {0o600}


def test_given_an_authority_then_it_is_never_overwritten(tmp_path: Path) -> None:
    Authority.create(tmp_path)
    with pytest.raises(AuthorityUnusable, match="never overwritten"):
        Authority.create(tmp_path)


@pytest.mark.parametrize("damage", ["missing", "open", "rubbish", "another"])
def test_given_a_damaged_folder_then_the_error_says_what_to_do(tmp_path: Path, damage: str) -> None:
    Authority.create(tmp_path)
    file = tmp_path / "operator.nk"
    match damage:
        case "missing":
            file.unlink()
        case "open":
            file.chmod(0o644)
        case "rubbish":
            file.write_bytes(b"\xff rubbish")
        case "another":
            file.write_text((tmp_path / "user.nk").read_text())
    with pytest.raises(AuthorityUnusable, match=r"operator\.nk"):
        Authority.load(tmp_path)


def test_given_a_part_of_an_authority_or_nothing_when_all_of_it_is_needed_then_the_advice_is_not_the_same(
    tmp_path: Path,
) -> None:
    authority = Authority.create(tmp_path / "whole")
    part = tmp_path / "part"
    part.mkdir()
    (part / "account.pub").write_text(authority.account.id)
    with pytest.raises(AuthorityUnusable, match="take the folder that holds all of it") as partly:
        Authority.load(part)
    assert "fabric init" not in str(partly.value)
    with pytest.raises(AuthorityUnusable, match="seattle fabric init"):
        Authority.load(tmp_path / "nothing")


def test_given_an_authority_then_no_repr_shows_a_seed() -> None:
    authority = Authority.generate()
    assert authority.operator.seed not in repr(authority)
    assert base64.b64encode(bytes(authority.operator.key)).decode() not in repr(authority)


def test_given_a_credential_then_its_signature_and_times_are_those_asked_for() -> None:
    authority, key = Authority.generate(), KeyPair.generate()
    credential = enrol(authority, key.public, role=Role.NODE, now=NOW, lifetime=timedelta(hours=1))
    signed, _, signature = credential.rpartition(".")
    _, raw = decode_nkey(authority.roles[Role.NODE].id)
    PublicKey(raw).verify(base64.urlsafe_b64decode(signature + "=="), signed.encode())
    valid = validity(credential)
    assert (valid.sub, valid.iat, valid.exp) == (key.id, NOW, NOW + 3600)
    claims = json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))
    assert set(claims["nats"]) == {"type", "version", "issuer_account"}  # permissions come from the role alone


@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-5), timedelta(days=400)])
def test_given_a_lifetime_out_of_bounds_then_no_credential_is_made(lifetime: timedelta) -> None:
    with pytest.raises(EnrolmentRefused):
        enrol(Authority.generate(), KeyPair.generate().public, role=Role.USER, now=NOW, lifetime=lifetime)


NESTED = base64.urlsafe_b64encode(b'{"x":' + b"[" * 30_000).decode()


@given(st.text(max_size=50) | st.from_regex(r"[A-Za-z0-9_-]{0,20}\.[A-Za-z0-9_-]{0,20}\.x", fullmatch=True))
@example("x.\N{COFFIN}.x")
@example(f"x.{NESTED}.x")
def test_given_text_that_is_no_credential_then_it_is_refused(text: str) -> None:
    with pytest.raises(EnrolmentRefused):
        validity(text)


def test_given_the_commands_when_a_key_is_enrolled_then_only_the_credential_is_on_stdout(tmp_path: Path) -> None:
    run, key = CliRunner(), KeyPair.generate()
    folder = str(tmp_path / "authority")
    assert run.invoke(app, ["init", folder]).exit_code == 0
    save_key_pair(tmp_path / "alice", key)
    for public in (key.id, str(tmp_path / "alice.pub"), (tmp_path / "alice.pub").read_text()):
        done = run.invoke(app, ["enrol", public, "--role", "user", "--authority", folder, "--lifetime", "12h"])
        assert done.exit_code == 0, done.output
        valid = validity(done.stdout.strip())
        assert (valid.sub, valid.exp - valid.iat) == (key.id, 12 * 3600)
    done = run.invoke(app, ["enrol", key.id, "--role", "node", "--authority", folder, "--json"])
    shown = json.loads(done.stdout)
    assert (shown["id"], shown["role"]) == (key.id, "node")
    assert shown["expires_at"] == validity(shown["credential"]).exp


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["enrol", "nobody", "--role", "user", "--authority", "{folder}"], 1),
        (["enrol", "{id}", "--role", "user", "--authority", "{folder}/none"], 1),
        (["enrol", "{id}", "--role", "king", "--authority", "{folder}"], 2),
        (["enrol", "{id}", "--role", "user", "--authority", "{folder}", "--lifetime", "long"], 2),
        (["init", "{folder}"], 1),
    ],
)
def test_given_a_wrong_command_line_then_the_status_tells_which_kind(
    tmp_path: Path, arguments: list[str], status: int
) -> None:
    Authority.create(tmp_path)
    filled = [text.format(folder=tmp_path, id=KeyPair.generate().id) for text in arguments]
    assert CliRunner().invoke(app, filled).exit_code == status


async def test_given_a_binary_that_does_not_start_then_the_error_says_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "nats-server"
    broken.write_text("#!/bin/sh\necho this machine is too small\nexit 3\n")
    broken.chmod(0o700)
    monkeypatch.setattr("seattle.fabric.server.find_server", lambda: str(broken))
    with pytest.raises(ServerFailed, match=r"(?s)ended with status 3.*too small"):
        await EmbeddedServer(Authority.generate()).start()


async def test_given_an_authority_that_does_not_tell_who_is_shut_out_when_a_broker_is_to_start_then_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority.create(tmp_path / "authority")
    (tmp_path / "authority" / "revoked.json").write_text("{")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    server = EmbeddedServer(authority)
    with pytest.raises(AuthorityUnusable):
        await server.start()
    assert not any((tmp_path / "temporary").iterdir())


async def test_given_a_taken_port_when_a_server_starts_there_then_it_says_so_with_the_end_of_its_log() -> None:
    async with EmbeddedServer(Authority.generate()) as first:
        with pytest.raises(
            ServerFailed, match=r"(?s)ended with status[^\n]*choose another port.*address already in use"
        ):
            await EmbeddedServer(Authority.generate(), port=first.port).start()


def test_given_a_process_that_dies_without_a_word_then_its_server_dies_with_it() -> None:
    program = """
import asyncio, os, sys
from seattle.fabric.authority import Authority
from seattle.fabric.server import EmbeddedServer
async def main():
    server = EmbeddedServer(Authority.generate())
    await server.start()
    os.write(int(sys.argv[1]), str(server.pid).encode())
    os.read(int(sys.argv[2]), 1)
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    told, tell = os.pipe()
    go, let_go = os.pipe()
    command = [sys.executable, "-c", program, str(tell), str(go)]
    with subprocess.Popen(command, pass_fds=[tell, go]) as process:
        os.close(tell)  # else a child that fails would leave us reading for ever
        server = os.pidfd_open(int(os.read(told, 20)))
        os.write(let_go, b"x")
        assert process.wait(timeout=20) == -9
    ended, _, _ = select.select([server], [], [], 20)
    assert ended == [server]
    for descriptor in (told, go, let_go, server):
        os.close(descriptor)


def test_given_serve_when_told_to_stop_then_it_ends_well(tmp_path: Path) -> None:
    Authority.create(tmp_path)
    program = "from seattle.cli.fabric import app; app()"
    command = [sys.executable, "-c", program, "serve", str(tmp_path), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            shown = json.loads(process.stdout.readline())
            server = os.pidfd_open(shown["pid"])
            with socket.create_connection(("127.0.0.1", int(shown["url"].rsplit(":", 1)[1])), timeout=10) as client:
                assert client.recv(5) == b"INFO "
            process.terminate()
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()
    ended, _, _ = select.select([server], [], [], 20)
    assert ended == [server]
    os.close(server)
