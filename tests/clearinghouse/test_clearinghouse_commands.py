"""`seattle clearinghouse`, as operators call it."""

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest
from tests.clearinghouse.conftest import DATABASE
from tests.clearinghouse.site_process import PASSWORD, PATIENCE, Site, command, new_site

pytestmark = pytest.mark.skipif(DATABASE != "sqlite", reason="each has a site of its own, on SQLite")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return new_site(tmp_path_factory.mktemp("site"), NAME="Testbed of tests")


def test_given_no_tables_when_served_then_it_is_refused_and_says_what_to_do(tmp_path: Path) -> None:
    refused = Site(tmp_path, {}).run("serve", "--port", "0")
    assert refused.returncode == 1
    assert "seattle clearinghouse migrate" in refused.stderr
    assert not refused.stdout


def test_given_no_tables_when_checked_then_the_exit_code_is_1_and_the_json_names_what_is_missing(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    checked = Site(tmp_path, {}).run("check", "--json")
    parts = {part["part"]: part["state"] for part in json.loads(checked.stdout)["parts"]}
    assert checked.returncode == 1
    assert (parts["database"], parts["migrations"]) == ("ok", "failed")


def test_given_no_database_or_a_file_that_is_no_backup_when_looked_at_or_copied_then_each_says_what_is_missing(
    tmp_path: Path,
) -> None:
    nothing = Site(tmp_path, {})
    assert "there is none yet: run `seattle clearinghouse migrate`" in nothing.run("check").stdout
    assert list(tmp_path.iterdir()) == []
    copied = nothing.run("backup", "copy")
    assert (copied.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "SEATTLE_SITE_DATA names its folder" in copied.stderr
    (tmp_path / "rubbish").write_text("rubbish" * 100)
    restored = nothing.run("restore", "rubbish")
    assert restored.returncode == 1
    assert restored.stderr.startswith("error: rubbish is damaged, or no backup of SQLite")


def test_given_a_site_without_a_worker_when_checked_then_that_alone_has_failed(site: Site) -> None:
    checked = json.loads(site.run("check", "--json").stdout)
    assert [part["part"] for part in checked["parts"] if part["state"] == "failed"] == ["worker"]


def test_given_a_site_when_migrated_again_then_nothing_is_left_to_do(site: Site) -> None:
    assert json.loads(site.run("migrate", "--json").stdout) == {"done": []}


def test_given_a_new_site_then_its_secret_key_is_for_its_owner_alone(site: Site) -> None:
    assert stat.S_IMODE((site.folder / "data" / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((site.folder / "data").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("NAEM", "x", "SEATTLE_SITE_NAEM stands for no setting"),
        ("URL", "ftp://x", "SEATTLE_SITE_URL is 'ftp://x'"),
        ("FREE_CREDITS", "many", "free_credits"),
        ("DATABASE_URL", "mysql://root:hunter2@db/x", "SEATTLE_SITE_DATABASE_URL can't be used"),
        ("EMAIL_URL", "carrier-pigeon://", "SEATTLE_SITE_EMAIL_URL can't be used"),
        ("TRUSTED_PROXIES", "10.0.0.0/99", "SEATTLE_SITE_TRUSTED_PROXIES"),
        ("SECRET_KEY_FILE", "/nowhere/key", "SEATTLE_SITE_SECRET_KEY_FILE: /nowhere/key can't be read"),
        ("METRICS_TOKEN", "short", "SEATTLE_SITE_METRICS_TOKEN is short"),
        ("OAUTH", '{"nobody": {"client_id": "x"}}', "SEATTLE_SITE_OAUTH has 'nobody'"),
        ("OAUTH", '{"github": {"id": "x"}}', "SEATTLE_SITE_OAUTH has no client_id for github"),
    ],
)
def test_given_a_setting_that_cant_be_used_when_checked_then_it_is_named_in_a_line(
    tmp_path: Path, variable: str, value: str, words: str
) -> None:
    checked = Site(tmp_path, {variable: value}).run("check")
    assert checked.returncode == 1
    assert words in checked.stderr
    assert "Traceback" not in checked.stderr
    assert "hunter2" not in checked.stderr


def test_given_a_public_address_without_https_when_checked_then_it_has_failed(site: Site) -> None:
    checked = Site(site.folder, {"URL": "http://seattle.example.org"}).run("check")
    assert "is not https" in checked.stdout


def test_given_a_password_when_an_administrator_is_made_then_it_is_one_whose_address_needs_no_mail(site: Site) -> None:
    weak = site.run("createadmin", "root", "root@example.org", "--password-file", "-", stdin="1234567890\n")
    assert weak.returncode == 1
    assert "password" in weak.stderr
    made = site.run("createadmin", "root", "Root@example.org", "--password-file", "-", stdin=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    assert PASSWORD not in made.stderr + made.stdout
    with site.serving() as server, httpx.Client(base_url=server.address, follow_redirects=True) as browser:
        browser.get("/account/login/")
        answer = browser.post(
            "/account/login/",
            data={"login": "root", "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]},
            headers={"Referer": server.address, "Origin": "http://127.0.0.1:8000"},
        )
        assert "sessionid" in browser.cookies, answer.text
        cookie = next(line for line in _cookies(answer) if line.startswith("sessionid="))
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert browser.get("/desk/").status_code == 403  # the second factor is missing
    assert PASSWORD not in server.log.read_text()


def test_given_an_administrator_then_they_may_hold_as_many_vessels_as_anybody_who_registers(site: Site) -> None:
    site.run("createadmin", "operator", "operator@example.org", "--password-file", "-", stdin=PASSWORD + "\n")
    again = site.run("createadmin", "operator", "operator@example.org", "--password-file", "-", stdin=PASSWORD + "\n")
    assert "operator has a new password, and is an administrator now" in again.stderr
    with sqlite3.connect(site.folder / "data" / "clearinghouse.sqlite") as database:
        row = database.execute("select credits_total from accounts_user where username = 'operator'").fetchone()
    assert row == (10,)


def test_given_no_tables_when_an_administrator_is_made_then_that_is_said_before_a_password_is_asked_for(
    tmp_path: Path,
) -> None:
    refused = Site(tmp_path, {}).run("createadmin", "root", "root@example.org")
    assert (refused.returncode, "Password" in refused.stderr) == (1, False)
    assert "seattle clearinghouse migrate" in refused.stderr


def test_given_no_terminal_when_an_administrator_is_made_then_it_is_said_how_a_password_is_given(site: Site) -> None:
    refused = site.run("createadmin", "root2", "root2@example.org")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "give --password-file FILE" in refused.stderr


def test_given_a_site_on_another_port_than_users_are_told_when_served_then_it_says_what_to_set(site: Site) -> None:
    with site.serving() as server:
        port = server.address.rpartition(":")[2]
    log = server.log.read_text()
    assert f"set SEATTLE_SITE_URL=http://127.0.0.1:{port}" in log
    assert "no SEATTLE_SITE_WORKER_KEY: nobody can donate" in log


def test_given_a_workers_key_when_it_is_asked_for_too_early_or_made_twice_then_the_error_names_the_other_option(
    tmp_path: Path,
) -> None:
    new = Site(tmp_path, {})
    assert "worker --init` makes it" in new.run("worker", "--show-key").stderr
    assert new.run("worker", "--init").returncode == 0
    again = new.run("worker", "--init")
    assert (again.returncode, "--show-key prints its id" in again.stderr) == (2, True)


def test_given_a_site_when_it_is_served_by_several_processes_then_it_answers_and_all_end_with_it(site: Site) -> None:
    with site.serving("--processes", "2") as server:
        assert httpx.get(f"{server.address}/healthz", timeout=PATIENCE).text == "ok\n"
        processes = psutil.Process(server.process.pid).children(recursive=True)
        assert len(processes) >= 2
    assert server.process.returncode == 0
    assert not psutil.wait_procs(processes, timeout=PATIENCE)[1]


def test_given_several_processes_when_the_first_is_killed_then_the_others_end_too(site: Site) -> None:
    with site.serving("--processes", "2") as server:
        assert httpx.get(f"{server.address}/healthz", timeout=PATIENCE).status_code == 200
        processes = psutil.Process(server.process.pid).children(recursive=True)
        server.process.kill()
        assert not psutil.wait_procs(processes, timeout=PATIENCE)[1]


def test_given_a_lifeline_when_its_other_end_closes_then_the_site_ends(site: Site) -> None:
    inherited, held = os.pipe()
    ready, tell = os.pipe()
    process = subprocess.Popen(
        command("serve", "--port", "0", "--exit-with-parent-fd", str(inherited), "--ready-fd", str(tell)),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[inherited, tell], env=site.environment,
        cwd=site.folder,
    )  # fmt: skip
    os.close(inherited)
    os.close(tell)
    assert os.read(ready, 100).startswith(b"http://127.0.0.1:")
    os.close(ready)
    os.close(held)
    assert process.wait(PATIENCE) == 0


def test_given_a_port_that_is_taken_when_served_then_the_error_says_so(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused = site.run("serve", "--port", str(other.getsockname()[1]))
    assert refused.returncode == 1
    assert "can't be had" in refused.stderr


def test_given_a_request_at_work_when_the_site_is_ended_then_it_is_finished_first(site: Site) -> None:
    with site.serving() as server, socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as client:
        client.sendall(b"POST /account/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\nx")
        _wait_for_connection(server.process.pid, server.port)
        server.process.send_signal(signal.SIGTERM)
        client.sendall(b"=1")
        assert client.recv(20).startswith(b"HTTP/1.1 4")


def test_given_debug_mode_when_served_then_a_line_warns(site: Site) -> None:
    with Site(site.folder, {"DEBUG": "true"}).serving() as server:
        pass
    assert "SEATTLE_SITE_DEBUG is on" in server.log.read_text()


def test_given_help_when_asked_for_then_django_is_not_imported() -> None:
    script = (
        "import sys; from seattle.cli.commands import run_command; run_command(['clearinghouse', '--help']);"
        " sys.exit('django' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, timeout=PATIENCE).returncode
        == 0
    )


def _cookies(answer: httpx.Response) -> list[str]:
    """All that were set on the way to this answer."""
    return [line for one in [*answer.history, answer] for line in one.headers.get_list("set-cookie")]


def _wait_for_connection(pid: int, port: int) -> None:
    """Return when the server has taken somebody's connection."""
    deadline = time.monotonic() + PATIENCE
    while not any(
        one.status == "ESTABLISHED" for one in psutil.Process(pid).net_connections() if one.laddr.port == port
    ):
        assert time.monotonic() < deadline
        time.sleep(0.01)
