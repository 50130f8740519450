"""The worker as a process of its own: its settings, its key, its start and its end."""

import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from tests.clearinghouse.worker.conftest import PATIENCE, once

from seattle.clearinghouse.worker.config import BadWorkerSettings, load_worker_settings
from seattle.fabric.authority import Authority, Role
from seattle.fabric.enrolment import enrol
from seattle.fabric.server import EmbeddedServer
from seattle.identity.files import load_key_pair, save_key_pair
from seattle.identity.keys import KeyPair

pytestmark = once

MAIN = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())"]
BROKER = {"SEATTLE_WORKER_BROKERS": "nats://127.0.0.1:4222"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of a site whose tables are there."""
    settings = {"SEATTLE_SITE_DATA": str(tmp_path_factory.mktemp("site"))}
    assert seattle("clearinghouse", "migrate", **settings).returncode == 0
    return settings


def seattle(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SEATTLE_")}
    return subprocess.run(
        [*MAIN, *words], env=kept | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_given_no_key_when_the_worker_makes_one_then_only_its_account_can_read_it_and_it_is_never_replaced(
    tmp_path: Path,
) -> None:
    path = tmp_path / "keys" / "worker.key"
    made = seattle("clearinghouse", "worker", "--init", SEATTLE_WORKER_KEY_FILE=str(path))
    assert (made.returncode, made.stdout.strip()) == (0, load_key_pair(path).id)
    assert path.stat().st_mode & 0o077 == 0
    again = seattle("clearinghouse", "worker", "--init", SEATTLE_WORKER_KEY_FILE=str(path))
    assert (again.returncode, "already" in again.stderr) == (2, True)
    shown = seattle("clearinghouse", "worker", "--show-key", "--json", SEATTLE_WORKER_KEY_FILE=str(path))
    assert json.loads(shown.stdout)["id"] == made.stdout.strip()


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "SEATTLE_WORKER_BROKERS"),
        ({"SEATTLE_WORKER_BROKERS": "http://x"}, "SEATTLE_WORKER_BROKERS"),
        ({"SEATTLE_WORKER_BROKERS": "nats://192.0.2.1:4222"}, "SEATTLE_WORKER_BROKERS"),
        (BROKER, "SEATTLE_WORKER_AUTHORITY"),
        (BROKER | {"SEATTLE_WORKER_AUTHORITY": "x", "SEATTLE_WORKER_ENROLMENT_HOST": "0.0.0.0"}, "loopback"),
        (BROKER | {"SEATTLE_WORKER_AUTHORITY": "x", "SEATTLE_WORKER_THREADS": "many"}, "threads"),
        ({"SEATTLE_WORKER_BORKERS": "x"}, "misspelt"),
    ],
)
def test_given_settings_that_can_not_be_used_then_the_error_names_the_variable(
    environment: dict[str, str], told: str
) -> None:
    with pytest.raises(BadWorkerSettings, match=told):
        load_worker_settings(environment)


def test_given_a_key_that_others_can_read_when_the_worker_starts_then_it_refuses(
    tmp_path: Path, site: dict[str, str]
) -> None:
    path = tmp_path / "worker.key"
    seattle("clearinghouse", "worker", "--init", SEATTLE_WORKER_KEY_FILE=str(path))
    path.chmod(0o644)
    kept = tmp_path / "worker.jwt"
    settings = {**site, **BROKER, "SEATTLE_WORKER_KEY_FILE": str(path), "SEATTLE_WORKER_CREDENTIAL_FILE": str(kept)}
    refused = seattle("clearinghouse", "worker", "--check", **settings)
    assert (refused.returncode, "chmod 600" in refused.stderr) == (1, True), refused.stderr
    path.chmod(0o600)
    without = seattle("clearinghouse", "worker", "--check", **settings)
    assert (without.returncode, f"{kept}: the credential can't be read" in without.stderr) == (1, True), without.stderr
    kept.write_text(enrol(Authority.generate(), load_key_pair(path).public, role=Role.SERVICE, now=time.time()))
    assert seattle("clearinghouse", "worker", "--check", **settings).returncode == 0


def test_given_no_key_when_the_worker_starts_then_it_says_which_command_makes_it(
    tmp_path: Path, site: dict[str, str]
) -> None:
    settings = {**site, **BROKER, "SEATTLE_WORKER_KEY_FILE": str(tmp_path / "none")}
    refused = seattle("clearinghouse", "worker", **settings, SEATTLE_WORKER_CREDENTIAL_FILE="x")
    assert (refused.returncode, "worker --init" in refused.stderr) == (1, True), refused.stderr


@pytest.mark.anyio
async def test_given_an_enrolment_port_that_is_taken_when_the_worker_starts_then_it_names_the_setting(
    tmp_path: Path, site: dict[str, str]
) -> None:
    authority, key = Authority.create(tmp_path / "authority"), tmp_path / "worker.key"
    save_key_pair(key, KeyPair.generate())
    async with EmbeddedServer(authority) as broker:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            settings = {
                **site,
                "SEATTLE_WORKER_KEY_FILE": str(key),
                "SEATTLE_WORKER_AUTHORITY": str(tmp_path / "authority"),
                "SEATTLE_WORKER_BROKERS": broker.url,
                "SEATTLE_WORKER_ENROLMENT_PORT": str(port),
            }
            refused = await asyncio.to_thread(seattle, "clearinghouse", "worker", **settings)
    assert refused.returncode == 1
    assert f"port {port} of 127.0.0.1" in refused.stderr
    assert "SEATTLE_WORKER_ENROLMENT_PORT" in refused.stderr


@pytest.mark.anyio
async def test_given_a_worker_as_a_process_when_it_is_told_to_end_then_it_ends_in_good_order(
    tmp_path: Path, site: dict[str, str]
) -> None:
    authority = Authority.create(tmp_path / "authority")
    key = tmp_path / "worker.key"
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SEATTLE_")}
    made = seattle("clearinghouse", "worker", "--init", SEATTLE_WORKER_KEY_FILE=str(key))
    async with EmbeddedServer(authority) as server:
        worker = {
            "SEATTLE_WORKER_KEY_FILE": str(key),
            "SEATTLE_WORKER_BROKERS": server.url,
            "SEATTLE_WORKER_AUTHORITY": str(tmp_path / "authority"),
            "SEATTLE_WORKER_ENROLMENT_PORT": "0",
        }
        ready, tell = os.pipe()
        lifeline, held = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *(*MAIN, "clearinghouse", "worker", "--ready-fd", str(tell), "--exit-with-parent-fd", str(lifeline)),
            env=kept | site | worker,
            pass_fds=[tell, lifeline],
            stdout=asyncio.subprocess.PIPE,
        )
        os.close(tell)
        os.close(lifeline)
        async with asyncio.timeout(PATIENCE):
            told = json.loads(await asyncio.to_thread(os.read, ready, 4096))
            assert told["id"] == made.stdout.strip()
            assert told["enrolment"].startswith("http://127.0.0.1:")
            os.close(held)  # as when whoever started it is killed
            assert await process.wait() == 0
        os.close(ready)


def test_given_the_site_served_when_its_memory_is_searched_then_no_private_key_is_in_it(
    tmp_path: Path, site: dict[str, str]
) -> None:
    """All of it: settings, environment, code. That the search finds what is there is shown by the key's public id."""
    path = tmp_path / "worker.key"
    made = seattle("clearinghouse", "worker", "--init", SEATTLE_WORKER_KEY_FILE=str(path))
    key, key_id = load_key_pair(path), made.stdout.strip()
    site = site | {"SEATTLE_SITE_WORKER_KEY": key_id}
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SEATTLE_")}
    with subprocess.Popen(
        [*MAIN, "clearinghouse", "serve", "--port", "0"], env=kept | site, stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        url = serving.stdout.readline().strip()
        try:
            with urllib.request.urlopen(f"{url}api/v1/testbed", timeout=20) as reply:
                assert json.load(reply)["worker_key"] == key_id
            memory = memory_of(serving.pid)
        finally:
            serving.terminate()
    assert key_id.encode() in memory
    private = path.read_text().splitlines()[3]
    for secret in (key.seed, key.seed.hex().encode(), base64.b64encode(key.seed)[:40], private.encode()):
        assert secret not in memory
    assert b"OPENSSH PRIVATE KEY-----\nb3Bl" not in memory


def memory_of(pid: int) -> bytes:
    """What a process of ours can write to, which is all that it has ever read."""
    memory = b""
    process = Path(f"/proc/{pid}")
    with (process / "maps").open() as maps, (process / "mem").open("rb", 0) as mem:
        for line in maps:
            span, rights, *_ = line.split()
            if rights.startswith("rw") and "[vvar" not in line:
                begin, end = (int(part, 16) for part in span.split("-"))
                mem.seek(begin)
                memory += mem.read(end - begin)
    return memory
