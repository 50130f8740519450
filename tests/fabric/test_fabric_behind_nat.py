"""Two nodes and a user, each in a private network of its own behind a NAT; broker and directory are outside."""

import ipaddress
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.fabric.private_networks import INSIDE, OUTSIDE, Internet, internet, why_not

from seattle.client.profile import write_profile
from seattle.fabric.authority import Authority, Role
from seattle.fabric.enrolment import enrol
from seattle.fabric.server import find_server
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair, PublicKey
from seattle.node.settings import NodeSettings
from seattle.node.setup import SETTINGS_FILE, set_up
from seattle.node.vesselinfo import VesselShare

PATIENCE = 30.0  # seconds for what should happen at once; the machine may be busy
HOMES = {"n1": "203.0.113.11", "n2": "203.0.113.12", "user": "203.0.113.13"}
SEATTLE = str(Path(sys.executable).with_name("seattle"))
URL = f"tls://{OUTSIDE}:4222"
DONATION: dict[str, int | float] = {"cpu": 1.0, "memory": 400 * 1024 * 1024, "diskused": 20_000_000, "events": 50}

WHERE = 'print("I am at", getmyip())\n'
FOR_EVER = 'print("up")\nwhile True:\n    sleep(0.1)\n'


@dataclass
class Far:
    """A testbed whose parts are far from each other."""

    folder: Path
    net: Internet
    environment: dict[str, str]
    authority: Authority
    owner: KeyPair
    broker: "subprocess.Popen[bytes] | None" = None

    def spawn(
        self, place: str, *words: str, pipe: bool = False, fds: tuple[int, ...] = ()
    ) -> "subprocess.Popen[bytes]":
        """Start a command in one place."""
        with (self.folder / f"{place}.log").open("ab") as log:
            return subprocess.Popen(
                [*self.net.inside(place), *words],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipe else log,
                stderr=log,
                pass_fds=fds,
            )

    def seattle(self, *words: str, codes: Sequence[int] = (0,)) -> str:
        """What a command of the user prints; it has to end with one of these exit codes."""
        with self.seattle_running(*words) as command:
            output, _ = command.communicate(timeout=PATIENCE)
        assert command.returncode in codes, (self.folder / "user.log").read_text()
        return output.decode()

    def seattle_running(self, *words: str) -> "subprocess.Popen[bytes]":
        """A command of the user that goes on."""
        return self.spawn("user", SEATTLE, *words, pipe=True)

    def vessels(self) -> list[dict[str, Any]]:
        """Those on nodes that can be reached now."""
        listed = self.seattle("vessels", "--json", codes=(0, 1, 3))  # none or not all may be there yet
        vessels: list[dict[str, Any]] = json.loads(listed or '{"vessels": []}')["vessels"]
        return vessels

    def program(self, text: str) -> str:
        path = self.folder / "program.py"
        path.write_text(text)
        return str(path)

    def end_broker(self) -> None:
        if self.broker is not None:
            _end(self.broker)

    def restart_broker(self) -> None:
        self.end_broker()
        self.broker = self.spawn("net", find_server(), "--config", str(self.folder / "broker.conf"))

    def credential(self, public: PublicKey, role: Role) -> str:
        return enrol(self.authority, public, role=role, now=time.time(), lifetime=timedelta(hours=1))


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    if reason := why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("far")
    with internet() as net, ExitStack() as stack:
        for home, address in HOMES.items():
            net.attach(home, address)
        testbed = Far(folder, net, _environment(folder), Authority.generate(), KeyPair.generate())
        _configure_broker(testbed)
        testbed.restart_broker()
        stack.callback(testbed.end_broker)
        stack.callback(_end, _start_directory(testbed))
        for home in ("n1", "n2"):
            stack.callback(_end, _start_node(testbed, home))
        write_profile(
            folder / "profile",
            urls=[URL],
            key=testbed.owner,
            credential=testbed.credential(testbed.owner.public, Role.USER),
        )
        _until(lambda: len(testbed.vessels()) == 2)
        yield testbed


def test_given_nodes_and_a_user_behind_nats_when_a_program_is_run_then_its_lines_come_and_it_ends_well(
    far: Far,
) -> None:
    lines = far.seattle("run", far.program('print("hello from", callargs)\n'), "there").splitlines()
    assert len(lines) == 2
    assert all("hello from ['there']" in line for line in lines)


def test_given_a_program_behind_a_nat_when_it_asks_for_its_address_then_it_is_one_that_it_can_listen_on(
    far: Far,
) -> None:
    listening = WHERE + "listenforconnection(getmyip(), int(callargs[0])).close()\n"
    port = far.vessels()[0]["tcp_ports"][0]
    lines = far.seattle("run", far.program(listening), str(port)).splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == [INSIDE, INSIDE]


def test_given_nodes_behind_nats_when_vessels_are_listed_then_each_says_so_and_tells_its_public_address(
    far: Far,
) -> None:
    told = [(vessel["nat"], vessel["public_address"], vessel["addresses"]) for vessel in far.vessels()]
    assert sorted(told) == [("nat", HOMES["n1"], [INSIDE]), ("nat", HOMES["n2"], [INSIDE])]


def test_given_programs_behind_nats_when_their_logs_are_followed_and_they_are_stopped_then_the_logs_end(
    far: Far,
) -> None:
    far.seattle("run", "--detach", far.program(FOR_EVER))
    with far.seattle_running("logs", "--follow") as following:
        assert following.stdout is not None
        up = (line for line in following.stdout if line.endswith(b" up\n"))  # earlier runs are in the logs, too
        next(up), next(up)
        far.seattle("stop")
        following.communicate(timeout=PATIENCE)
    assert following.returncode == 0
    assert {vessel["outcome"]["kind"] for vessel in far.vessels()} == {"stopped"}


def test_given_a_nat_that_gets_another_address_when_its_node_connects_again_then_users_learn_the_new_one_at_once(
    far: Far,
) -> None:
    moved = "203.0.113.111"
    far.net.move("n1", moved)
    far.restart_broker()

    def told() -> bool:
        return {vessel["public_address"] for vessel in far.vessels()} == {moved, HOMES["n2"]}

    _until(told)  # without news of the connect, the next advert would be up to a minute away
    far.net.move("n1", HOMES["n1"])
    far.restart_broker()


def _environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SEATTLE_PROFILE": str(folder / "profile"),
        "SSL_CERT_FILE": str(folder / "broker.pem"),
    }


def _configure_broker(testbed: Far) -> None:
    authority, now = testbed.authority, time.time()
    _certify(testbed.folder)
    (testbed.folder / "broker.conf").write_text(f"""
listen: "{OUTSIDE}:4222"
tls {{
  cert_file: "{testbed.folder}/broker.pem"
  key_file: "{testbed.folder}/broker.key"
  handshake_first: auto
}}
operator: "{authority.operator_token(now=now)}"
system_account: "{authority.system.id}"
resolver: MEMORY
resolver_preload: {{
  {authority.account.id}: "{authority.account_token(now=now)}"
  {authority.system.id}: "{authority.system_token(now=now)}"
}}
""")


def _certify(folder: Path) -> None:
    """A certificate of the broker's own, which everybody here trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(OUTSIDE))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "broker.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "broker.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _start_directory(testbed: Far) -> "subprocess.Popen[bytes]":
    key = KeyPair.generate()
    save_key_pair(testbed.folder / "directory", key, comment="directory")
    (testbed.folder / "directory.jwt").write_text(testbed.credential(key.public, Role.SERVICE))
    return testbed.spawn(
        "net",
        *(SEATTLE, "fabric", "directory", "--broker", URL),
        *("--key", str(testbed.folder / "directory"), "--credential", str(testbed.folder / "directory.jwt")),
    )


def _start_node(testbed: Far, home: str) -> "subprocess.Popen[bytes]":
    """Start a node; return when it serves."""
    folder = testbed.folder / home
    settings = NodeSettings(folder=Path(), fabric=[URL], donation=DONATION)
    public = set_up(folder, vessels=[VesselShare(100, testbed.owner.public)], settings=settings)
    (folder / settings.credential_file).write_text(testbed.credential(public, Role.NODE))
    ready, tell = os.pipe()
    try:
        node = testbed.spawn(
            home,
            *(sys.executable, "-m", "seattle.node"),
            *("--settings", str(folder / SETTINGS_FILE), "--ready-fd", str(tell)),
            fds=(tell,),
        )
    finally:
        os.close(tell)
    try:
        assert os.read(ready, 64) == b"ready\n", (testbed.folder / f"{home}.log").read_text()
    finally:
        os.close(ready)
    return node


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _until(so: Callable[[], bool]) -> None:
    """Wait, within a bound, for what tells nobody when it changes."""
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.1)
