"""A testbed whose parts are far from each other: nodes and a user in private networks behind NATs, the rest outside."""

import ipaddress
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.fabric.private_networks import OUTSIDE, Internet, internet

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
USER = "user"  # the place where the user's commands run
SEATTLE = str(Path(sys.executable).with_name("seattle"))
URL = f"tls://{OUTSIDE}:4222"
DONATION: dict[str, int | float] = {
    "cpu": 1.0,
    "memory": 400 * 1024 * 1024,
    "diskused": 20_000_000,
    "events": 50,
    "netsend": 1_000_000.0,
    "netrecv": 1_000_000.0,
}


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
        assert command.returncode in codes, (self.folder / f"{USER}.log").read_text()
        return output.decode()

    def seattle_running(self, *words: str) -> "subprocess.Popen[bytes]":
        """A command of the user that goes on."""
        return self.spawn(USER, SEATTLE, *words, pipe=True)

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


@contextmanager
def far_testbed(folder: Path, homes: Mapping[str, str], nodes: Mapping[str, Sequence[int]]) -> Iterator[Far]:
    """A testbed in network namespaces.

    `homes` are places behind a NAT and the NATs' addresses, `nodes` the places where a node is, with the percentages of
    its vessels. The place `net` is in the Internet itself, and the broker is there.
    """
    with internet() as net, ExitStack() as stack:
        for home, address in homes.items():
            net.attach(home, address)
        testbed = Far(folder, net, _environment(folder), Authority.generate(), KeyPair.generate())
        _configure_broker(testbed)
        testbed.restart_broker()
        stack.callback(testbed.end_broker)
        stack.callback(_end, _start_directory(testbed))
        for place, shares in nodes.items():
            stack.callback(_end, _start_node(testbed, place, shares))
        write_profile(
            folder / "profile",
            urls=[URL],
            key=testbed.owner,
            credential=testbed.credential(testbed.owner.public, Role.USER),
        )
        yield testbed


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


def _start_node(testbed: Far, home: str, shares: Sequence[int]) -> "subprocess.Popen[bytes]":
    """Start a node; return when it serves."""
    folder = testbed.folder / home
    settings = NodeSettings(folder=Path(), fabric=[URL], donation=DONATION)
    vessels = [VesselShare(percent, testbed.owner.public) for percent in shares]
    public = set_up(folder, vessels=vessels, settings=settings)
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
