"""The site behind a real nginx, with the configuration in deploy/clearinghouse but for addresses and folders."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.clearinghouse.conftest import DATABASE
from tests.clearinghouse.site_process import PATIENCE, Server, new_site
from tests.fabric.certificates import CertificateAuthority
from tests.ports import free_ports

from seattle.clearinghouse.limits import MAX_BODY

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
EXAMPLE = Path(__file__).parents[2] / "deploy" / "clearinghouse" / "nginx.conf.example"
HOST = "seattle.example.org"

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="there is no nginx here"),
    pytest.mark.skipif(DATABASE != "sqlite", reason="the database makes no difference to a proxy"),
]


@dataclass(frozen=True)
class Front:
    """The two ports of the proxy, the site behind them, and where the proxy has its log."""

    folder: Path
    plain: int
    secure: int
    context: ssl.SSLContext
    site: Server

    def ask(self, path: str, *, secure: bool = True, method: str = "GET", **options: object) -> httpx.Response:
        """Ask as somebody in the world does, who knows the site by its name."""
        address = f"https://127.0.0.1:{self.secure}" if secure else f"http://127.0.0.1:{self.plain}"
        headers = {"Host": HOST, **options.pop("headers", {})}  # type: ignore[dict-item] # headers are no object
        with httpx.Client(verify=self.context, trust_env=False, timeout=PATIENCE) as client:
            request = client.build_request(method, address + path, headers=headers, **options)  # type: ignore[arg-type]
            request.extensions["sni_hostname"] = HOST
            return client.send(request)

    def logged(self, path: str) -> dict[str, object]:
        """What the site's log says of a request for this path, once it does."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for line in self.site.log.read_text().splitlines():
                if line.startswith("{") and line.endswith("}") and (said := json.loads(line)).get("path") == path:
                    return dict(said)
            time.sleep(0.02)
        raise AssertionError(f"the log does not tell of {path}")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    authority = CertificateAuthority(folder / "ca.pem")
    authority.issue(folder / "fullchain.pem", folder / "privkey.pem", host=HOST)
    site = new_site(folder / "site", URL=f"https://{HOST}", TRUSTED_PROXIES="127.0.0.1")
    with site.serving() as server, running_nginx(folder, server.port) as (plain, secure):
        yield Front(folder, plain, secure, ssl.create_default_context(cafile=folder / "ca.pem"), server)


def test_given_the_site_by_http_when_it_is_asked_then_the_proxy_sends_on_to_https(front: Front) -> None:
    answer = front.ask("/help/?a=b", secure=False)
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{HOST}/help/?a=b")


def test_given_the_site_by_https_when_a_page_is_asked_for_then_it_comes_and_knows_that_it_is_secure(
    front: Front,
) -> None:
    answer = front.ask("/account/login/")
    assert answer.status_code == 200
    assert "max-age" in answer.headers["strict-transport-security"]
    assert "Secure" in answer.headers["set-cookie"]


def test_given_a_client_that_lies_about_who_it_is_when_it_asks_then_the_site_believes_the_proxy(front: Front) -> None:
    lies = {"X-Forwarded-For": "192.0.2.66", "X-Forwarded-Proto": "http", "Forwarded": "for=192.0.2.66;proto=http"}
    assert front.ask("/network/", headers=lies).status_code == 200
    assert front.logged("/network/")["client"] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_given_what_is_for_operators_when_the_world_asks_then_it_is_not_there(front: Front, path: str) -> None:
    assert front.ask(path).status_code == 404


def test_given_a_body_that_is_too_large_when_it_is_sent_then_the_proxy_refuses_it(front: Front) -> None:
    answer = front.ask("/api/v1/orders", method="POST", content=b"x" * (MAX_BODY + 1))
    assert answer.status_code == 413


def test_given_another_name_when_it_is_asked_for_then_the_site_does_not_answer_to_it(front: Front) -> None:
    assert front.ask("/", headers={"Host": "elsewhere.example.com"}).status_code == 400


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_given_a_link_for_a_new_password_when_it_is_followed_then_the_proxy_s_log_has_none_of_it(
    front: Front, *, secure: bool
) -> None:
    front.ask("/account/password/reset/key/1-secret/", secure=secure)
    assert not (front.folder / "access.log").read_bytes()


@contextmanager
def running_nginx(folder: Path, site: int) -> Iterator[tuple[int, int]]:
    """nginx before the site at this port; its ports for HTTP and HTTPS."""
    assert NGINX is not None
    plain, secure = free_ports(2)
    (folder / "nginx.conf").write_text(configuration(folder, plain, secure, site))
    command = [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]
    with (folder / "nginx.log").open("wb") as log, subprocess.Popen(command, stderr=log) as nginx:
        try:
            deadline = time.monotonic() + PATIENCE
            while not is_served(secure):
                assert nginx.poll() is None, (folder / "nginx.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield plain, secure
        finally:
            nginx.terminate()


def configuration(folder: Path, plain: int, secure: int, site: int) -> str:
    """The example for this machine: ports that anybody may have, loopback alone, and our certificate."""
    text = re.sub(r"listen \[::\]:.*", "", EXAMPLE.read_text())
    text = re.sub(r"listen 80\b", f"listen 127.0.0.1:{plain}", text)
    text = re.sub(r"listen 443\b", f"listen 127.0.0.1:{secure}", text)
    text = text.replace(f"/etc/letsencrypt/live/{HOST}", str(folder)).replace("127.0.0.1:8000", f"127.0.0.1:{site}")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""  # whose folder this is
    return f"{user} pid nginx.pid; events {{}}\nhttp {{ access_log {folder}/access.log; {temporary}\n{text} }}\n"


def is_served(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0
