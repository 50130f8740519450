"""The enrolment service over real HTTPS: proof of possession, policies, invitations, renewal, and what it refuses."""

import asyncio
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.fabric.certificates import CertificateAuthority

from seattle.client.profile import load_profile
from seattle.fabric import subjects
from seattle.fabric.admissions import Admissions, Policy
from seattle.fabric.allowance import AllowanceByNetwork
from seattle.fabric.authority import Authority, Issuer, Role
from seattle.fabric.challenges import LIFETIME, Challenges
from seattle.fabric.connection import Backoff, NatsFabric
from seattle.fabric.enrolment import enrol, validity
from seattle.fabric.enrolment_client import fetch_credential
from seattle.fabric.enrolment_protocol import CHALLENGE_PATH, CREDENTIAL_PATH, MAX_REQUEST, to_sign
from seattle.fabric.enrolment_service import EnrolmentService, http_server
from seattle.fabric.errors import AuthorityUnusable, EnrolmentFailed, EnrolmentRefused, NobodyThere
from seattle.fabric.renewal import RenewedCredential
from seattle.fabric.server import EmbeddedServer
from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
PATIENCE = 20  # seconds; far more than anything here takes


@dataclass
class Site:
    """An authority, and a running service that enrols for it."""

    authority: Authority
    folder: Path
    admissions: Admissions
    url: str
    ca_file: Path

    async def fetch(self, key: KeyPair, role: Role = Role.USER, invitation: str = "") -> str:
        got = await fetch_credential(self.url, key, role=role, invitation=invitation, ca_file=self.ca_file)
        return got.credential

    def invite(self, role: Role, *, uses: int = 1, lifetime: float = 3600.0) -> str:
        return self.admissions.invite(role, uses=uses, now=time.time(), lifetime=lifetime)

    async def post(self, path: str, body: object) -> tuple[int, dict[str, object]]:
        """What a stranger may send: status and reply."""
        return await asyncio.to_thread(self._post, path, body)

    def _post(self, path: str, body: object) -> tuple[int, dict[str, object]]:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        context = ssl.create_default_context(cafile=self.ca_file)
        request = urllib.request.Request(self.url + path, data, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as no:
            return no.code, json.load(no)


Open = Callable[..., Awaitable[Site]]


@pytest.fixture
async def open_site(tmp_path: Path) -> AsyncIterator[Open]:
    """Run a service: `await open_site({Role.USER: Policy.OPEN})`."""
    async with AsyncExitStack() as stack:

        async def opened(policies: Mapping[Role, Policy] = {}, **options: object) -> Site:
            folder = tmp_path / "authority"
            authority = Authority.create(folder)
            admissions = Admissions(folder / "enrolment.sqlite", policies)
            stack.callback(admissions.close)
            ca = CertificateAuthority(tmp_path / "ca.crt")
            ca.issue(tmp_path / "tls.crt", tmp_path / "tls.key")
            service = EnrolmentService(Issuer.load(folder), admissions, **options)  # type: ignore[arg-type]  # what fits
            server = http_server(service, certificate=tmp_path / "tls.crt", key=tmp_path / "tls.key")
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            serving = asyncio.create_task(server.serve(sockets=[listener]))

            async def end() -> None:
                server.should_exit = True
                await serving

            stack.push_async_callback(end)
            url = f"https://127.0.0.1:{listener.getsockname()[1]}"
            return Site(authority, folder, admissions, url, ca.file)

        yield opened


# Who gets in.


async def test_given_an_invitation_when_a_key_enrols_then_its_credential_works_and_it_may_renew_without_another(
    open_site: Open,
) -> None:
    site, key = await open_site(), KeyPair.generate()
    invitation = site.invite(Role.NODE)

    async def fetch() -> str:
        return await site.fetch(key, Role.NODE, invitation)

    async with EmbeddedServer(site.authority) as server, NatsFabric([server.url], key, fetch) as node:
        await node.publish(subjects.advert(node.id), b"")  # what nodes alone may
    renewed = validity(await site.fetch(key, Role.NODE))
    assert renewed.sub == key.id
    assert renewed.exp - renewed.iat == 24 * 3600


@pytest.mark.parametrize("role", Role)
async def test_given_no_invitation_then_a_strangers_key_is_not_enrolled(open_site: Open, role: Role) -> None:
    site = await open_site()
    with pytest.raises(EnrolmentRefused):
        await site.fetch(KeyPair.generate(), role)


async def test_given_an_invitation_for_one_then_a_second_key_comes_too_late(open_site: Open) -> None:
    site = await open_site()
    invitation = site.invite(Role.USER)
    outcomes = await asyncio.gather(
        *(site.fetch(KeyPair.generate(), Role.USER, invitation) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes} == {str, EnrolmentRefused}


async def test_given_an_invitation_for_users_then_nobody_becomes_a_node_with_it(open_site: Open) -> None:
    site = await open_site()
    invitation = site.invite(Role.USER)
    with pytest.raises(EnrolmentRefused, match="not one for a node"):
        await site.fetch(KeyPair.generate(), Role.NODE, invitation)


async def test_given_an_invitation_that_is_too_old_then_it_is_refused(open_site: Open) -> None:
    site = await open_site()
    with pytest.raises(EnrolmentRefused, match="too old"):
        await site.fetch(KeyPair.generate(), Role.USER, site.invite(Role.USER, lifetime=-1))


async def test_given_each_policy_then_it_lets_in_whom_it_says(open_site: Open) -> None:
    site = await open_site({Role.USER: Policy.OPEN, Role.NODE: Policy.LIST, Role.SERVICE: Policy.CLOSED})
    known = KeyPair.generate()
    for role in Role:
        site.admissions.let_in(known.public, role, now=time.time())
    assert await site.fetch(KeyPair.generate(), Role.USER)
    assert await site.fetch(known, Role.NODE)
    with pytest.raises(EnrolmentRefused, match="ask the operator"):
        await site.fetch(KeyPair.generate(), Role.NODE)
    with pytest.raises(EnrolmentRefused, match="nobody"):
        await site.fetch(known, Role.SERVICE)
    assert len(site.admissions.members()) == 3  # an open door leaves no trace that a stranger could make long


async def test_given_a_key_that_was_shut_out_then_it_is_not_enrolled_and_costs_no_invitation(open_site: Open) -> None:
    site, villain = await open_site(), KeyPair.generate()
    site.authority.revocations.shut_out(villain.public, now=time.time())
    invitation = site.invite(Role.USER)
    with pytest.raises(EnrolmentRefused, match="shut out"):
        await site.fetch(villain, Role.USER, invitation)
    assert await site.fetch(KeyPair.generate(), Role.USER, invitation)
    site.authority.revocations.pardon(villain.public)
    assert await site.fetch(villain, Role.USER, site.invite(Role.USER))


async def test_given_a_damaged_list_of_who_is_shut_out_then_nobody_is_enrolled(open_site: Open) -> None:
    site = await open_site({Role.USER: Policy.OPEN})
    (site.folder / "revoked.json").write_text("{")
    with pytest.raises(EnrolmentFailed, match="nobody can be enrolled now"):
        await site.fetch(KeyPair.generate())


# Proof of possession.


async def test_given_anothers_key_then_who_does_not_hold_it_gets_nothing_in_its_name(open_site: Open) -> None:
    site, victim, villain = await open_site({Role.USER: Policy.OPEN}), KeyPair.generate(), KeyPair.generate()
    _, given = await site.post(CHALLENGE_PATH, {"key": victim.id})
    challenge = str(given["challenge"])
    proof = villain.sign(to_sign(challenge=challenge, role=Role.USER, invitation=""))
    status, said = await site.post(CREDENTIAL_PATH, wanted(victim, challenge, proof))
    assert (status, said["code"]) == (403, "no-proof")


async def test_given_a_proof_for_one_role_or_invitation_then_it_is_none_for_another(open_site: Open) -> None:
    """Whoever is on the way can't make a node of a user, or put another's invitation to his own use."""
    site, key = await open_site({Role.USER: Policy.OPEN, Role.NODE: Policy.OPEN}), KeyPair.generate()
    _, given = await site.post(CHALLENGE_PATH, {"key": key.id})
    challenge = str(given["challenge"])
    proof = key.sign(to_sign(challenge=challenge, role=Role.USER, invitation=""))
    for changed in ({"role": "node"}, {"invitation": "inv_x"}):
        status, said = await site.post(CREDENTIAL_PATH, wanted(key, challenge, proof) | changed)
        assert (status, said["code"]) == (403, "no-proof")


async def test_given_a_challenge_for_another_key_or_of_ones_own_making_then_it_is_refused(open_site: Open) -> None:
    site, key, other = await open_site({Role.USER: Policy.OPEN}), KeyPair.generate(), KeyPair.generate()
    _, given = await site.post(CHALLENGE_PATH, {"key": other.id})
    for challenge in (str(given["challenge"]), "x", "AAAA", Challenges(b"guess").make(key.id, now=time.time())):
        proof = key.sign(to_sign(challenge=challenge, role=Role.USER, invitation=""))
        status, said = await site.post(CREDENTIAL_PATH, wanted(key, challenge, proof))
        assert (status, said["code"]) == (403, "stale-challenge")


def test_given_a_challenge_then_it_is_ours_for_a_minute_and_for_its_key() -> None:
    ours, now = Challenges(b"secret"), 1_800_000_000.0
    challenge = ours.make("Ua", now=now)
    assert ours.is_ours(challenge, "Ua", now=now + LIFETIME - 1)
    assert not ours.is_ours(challenge, "Ua", now=now + LIFETIME)
    assert not ours.is_ours(challenge, "Ua", now=now - 1)  # of the future
    assert not ours.is_ours(challenge, "Ub", now=now)
    assert not ours.is_ours(challenge[:-4] + "AAA=", "Ua", now=now)
    assert Challenges(b"secret").is_ours(challenge, "Ua", now=now)  # another instance with the same keys


def wanted(key: KeyPair, challenge: str, proof: bytes) -> dict[str, object]:
    import base64

    signature = base64.b64encode(proof).decode()
    return {"key": key.id, "role": "user", "challenge": challenge, "signature": signature}


# Strangers.


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b'{"key": 5}', b'{"key": "UAAA"}', b"\xff\xfe", b'{"key": "' + b"U" * 56 + b'"}'),
        b'{"x":' + b"[" * 4000 + b"]" * 4000 + b"}",
    ],
)
async def test_given_what_is_no_request_then_the_service_says_so(open_site: Open, body: bytes) -> None:
    site = await open_site()
    for path in (CHALLENGE_PATH, CREDENTIAL_PATH):
        status, said = await site.post(path, body)
        assert status == 400
        assert said["message"]


async def test_given_a_request_that_is_too_large_then_it_is_not_read_to_its_end(open_site: Open) -> None:
    site = await open_site()
    status, said = await site.post(CHALLENGE_PATH, b" " * (MAX_REQUEST + 1))
    assert (status, said["code"]) == (413, "too-large")


async def test_given_an_address_that_asks_without_end_then_it_is_told_to_wait(open_site: Open) -> None:
    site, key = await open_site(by_address=AllowanceByNetwork.at(rate=0.01, burst=5)), KeyPair.generate()
    answers = [await site.post(CHALLENGE_PATH, {"key": key.id}) for _ in range(7)]
    assert [status for status, _ in answers] == [200] * 5 + [429] * 2
    assert "try again" in str(answers[-1][1]["message"])


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("198.51.100.1", "198.51.100.2", 200),
        ("::ffff:198.51.100.1", "::ffff:198.51.100.2", 200),  # as some proxies tell them
        ("::ffff:198.51.100.1", "198.51.100.1", 429),
        ("2001:db8::1", "2001:db8::2", 429),
        ("2001:db8::1", "2001:db8:0:1::1", 200),
    ],
)
async def test_given_two_addresses_that_ask_then_one_waits_for_the_other_if_they_are_of_one_network(
    first: str, second: str, status: int, tmp_path: Path
) -> None:
    Authority.create(tmp_path / "authority")
    with closing(Admissions(tmp_path / "enrolment.sqlite", {})) as admissions:
        service = EnrolmentService(
            Issuer.load(tmp_path / "authority"), admissions, by_address=AllowanceByNetwork.at(rate=0.01, burst=1)
        )
        assert await asked_from(first, service) == 200
        assert await asked_from(second, service) == status


def test_given_a_customer_with_many_networks_who_calls_from_all_then_it_has_what_four_of_them_have() -> None:
    allowance = AllowanceByNetwork.at(rate=1e-9, burst=2)
    taken = [allowance.take(f"2001:db8:7:{number:x}::{host}") for number in range(6) for host in range(3)]
    assert taken == [True, True, False] * 4 + [False] * 6
    assert allowance.take("2001:db8:8::1")
    assert [allowance.take(f"198.51.100.{number}") for number in range(30)] == [True] * 30


async def asked_from(address: str, service: EnrolmentService) -> int:
    """The status of an answer to somebody there."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service.app, client=(address, 1))) as client:
        answer = await client.post(f"http://enrol.example.org{CHALLENGE_PATH}", json={"key": KeyPair.generate().id})
    return answer.status_code


# The client.


async def test_given_a_service_with_a_certificate_of_another_authority_then_the_client_says_nothing_to_it(
    open_site: Open, tmp_path: Path
) -> None:
    site = await open_site({Role.USER: Policy.OPEN})
    other = CertificateAuthority(tmp_path / "other.crt")
    for ca_file in (other.file, None):
        with pytest.raises(EnrolmentFailed, match="certificate"):
            await fetch_credential(site.url, KeyPair.generate(), role=Role.USER, ca_file=ca_file)


@pytest.mark.parametrize("url", ["http://enrol.example.org", "ftp://x", "enrol.example.org", "https://", "https://x?y"])
async def test_given_a_url_that_is_not_safe_then_nothing_is_sent(url: str) -> None:
    with pytest.raises(EnrolmentFailed, match="https://HOST"):
        await fetch_credential(url, KeyPair.generate(), role=Role.USER)


async def test_given_a_service_that_sends_one_elsewhere_then_the_client_does_not_follow() -> None:
    asked = 0

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.readuntil(b"\r\n\r\n")
        where = f"http://127.0.0.1:{port}/elsewhere".encode()
        writer.write(b"HTTP/1.1 307 Go\r\nLocation: " + where + b"\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(redirect, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        with pytest.raises(EnrolmentFailed):
            await fetch_credential(f"http://127.0.0.1:{port}", KeyPair.generate(), role=Role.USER)
    assert asked == 1


# Renewal.


async def test_given_a_node_with_short_lived_credentials_then_it_renews_them_and_no_call_is_lost(
    open_site: Open, tmp_path: Path
) -> None:
    site = await open_site({Role.NODE: Policy.OPEN}, lifetime=timedelta(seconds=3))
    node_key, user_key = KeyPair.generate(), KeyPair.generate()
    file = tmp_path / "node.jwt"
    fetch = RenewedCredential(file, node_key, role=Role.NODE, url=site.url, ca_file=site.ca_file)

    async def users() -> str:
        return enrol(site.authority, user_key.public, role=Role.USER, now=time.time())

    async def echo(message: object) -> bytes:
        return b"x"

    async with EmbeddedServer(site.authority) as server:
        node = NatsFabric([server.url], node_key, fetch, backoff=Backoff(first=0.02, longest=0.1))
        async with node, NatsFabric([server.url], user_key, users) as user:
            await node.serve(subjects.node_calls(node.id), echo)
            seen = {file.read_text()}
            async with asyncio.timeout(PATIENCE):
                while len(seen) < 3:
                    assert await user.call(subjects.node_call(node.id, user.id), b"") == b"x"
                    seen.add(file.read_text())
                    await asyncio.sleep(0.01)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_given_a_service_that_is_away_then_the_credential_at_hand_will_do_while_it_lives(
    open_site: Open, tmp_path: Path
) -> None:
    authority, key, now = Authority.generate(), KeyPair.generate(), time.time()
    file = tmp_path / "user.jwt"
    old = enrol(authority, key.public, role=Role.USER, now=now, lifetime=timedelta(hours=1))
    file.write_text(old)
    clock = [now]
    fetch = RenewedCredential(file, key, role=Role.USER, url="https://127.0.0.1:1", clock=lambda: clock[0])
    assert await fetch() == old  # fresh: nobody is asked
    assert await fetch() == old  # asked for again: the service is tried, and is away
    clock[0] = now + 3599
    assert await fetch() == old
    clock[0] = now + 3601
    with pytest.raises(EnrolmentFailed):
        await fetch()


@pytest.mark.parametrize("place", ["none/user.jwt", "folder"], ids=["whose folder is not there", "which is a folder"])
async def test_given_a_file_that_takes_no_credential_when_one_is_fetched_then_it_works_all_the_same(
    open_site: Open, tmp_path: Path, place: str
) -> None:
    site, key = await open_site({Role.USER: Policy.OPEN}), KeyPair.generate()
    (tmp_path / "folder").mkdir()
    file = tmp_path / place
    fetch = RenewedCredential(file, key, role=Role.USER, url=site.url, ca_file=site.ca_file)
    assert validity(await fetch()).sub == key.id
    assert validity(await fetch()).sub == key.id


async def test_given_a_kept_credential_that_the_broker_does_not_take_then_another_is_fetched(
    open_site: Open, tmp_path: Path
) -> None:
    """As after the testbed was set up anew: what is in the file looks fresh, and is of another authority."""
    site, key = await open_site({Role.USER: Policy.OPEN}), KeyPair.generate()
    file = tmp_path / "user.jwt"
    file.write_text(enrol(Authority.generate(), key.public, role=Role.USER, now=time.time()))
    fetch = RenewedCredential(file, key, role=Role.USER, url=site.url, ca_file=site.ca_file)
    async with EmbeddedServer(site.authority) as server, NatsFabric([server.url], key, fetch) as user:
        with pytest.raises(NobodyThere):
            await user.call(subjects.node_call(key.id, user.id), b"")


async def test_given_a_disk_that_takes_nothing_when_a_credential_was_fetched_then_it_is_used_all_the_same(
    open_site: Open, tmp_path: Path
) -> None:
    site, key = await open_site({Role.USER: Policy.OPEN}), KeyPair.generate()
    file, in_the_way = tmp_path / "user.jwt", tmp_path / f".user.jwt.{os.getpid()}.new"
    in_the_way.mkdir()
    fetch = RenewedCredential(file, key, role=Role.USER, url=site.url, ca_file=site.ca_file)
    assert validity(await fetch()).exp > time.time()
    assert not file.exists()
    in_the_way.rmdir()
    assert await fetch() == file.read_text().strip()


# The operator's folder.


def test_given_a_copy_with_one_roles_key_then_it_enrols_in_that_role_alone(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path / "whole")
    part = tmp_path / "part"
    part.mkdir()
    for name in ("account.pub", "user.nk"):
        (part / name).write_bytes((tmp_path / "whole" / name).read_bytes())
        (part / name).chmod(0o600)
    issuer, key = Issuer.load(part), KeyPair.generate()
    assert enrol(issuer, key.public, role=Role.USER, now=time.time())
    with pytest.raises(EnrolmentRefused, match="not here"):
        enrol(issuer, key.public, role=Role.NODE, now=time.time())
    assert issuer.account_id == authority.account_id


@pytest.mark.parametrize("missing", ["account.pub", "user.nk node.nk service.nk"])
def test_given_a_folder_that_can_not_enrol_then_the_error_says_what_to_copy(tmp_path: Path, missing: str) -> None:
    Authority.create(tmp_path)
    for name in missing.split():
        (tmp_path / name).unlink()
    with pytest.raises(AuthorityUnusable, match="copy"):
        Issuer.load(tmp_path)


# The commands.


def seattle(*words: str, environment: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from seattle.cli import main; sys.exit(main())", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment}
    )


def test_given_the_commands_of_operator_and_user_then_a_class_gets_in_and_one_is_shut_out(tmp_path: Path) -> None:
    folder, profiles = str(tmp_path / "authority"), {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert seattle("fabric", "init", folder).returncode == 0
    serve = [sys.executable, "-c", "import sys; from seattle.cli import main; sys.exit(main())", "fabric"]
    with (
        subprocess.Popen([*serve, "serve", folder, "--port", "0"], stdout=subprocess.PIPE, text=True) as broker,
        subprocess.Popen([*serve, "enrolment", folder, "--port", "0"], stdout=subprocess.PIPE, text=True) as service,
    ):
        try:
            assert broker.stdout is not None
            assert service.stdout is not None
            broker_url, service_url = broker.stdout.readline().strip(), service.stdout.readline().strip()
            assert "nobody is let in yet" in seattle("fabric", "members", folder).stderr
            invitation = seattle("fabric", "invite", "user", folder, "--uses", "30").stdout.strip()
            joined = seattle(
                *("fabric", "join", service_url, "--invitation", invitation, "--broker", broker_url, "--json"),
                environment=profiles,
            )
            assert joined.returncode == 0, joined.stderr
            user = json.loads(joined.stdout)["id"]
            assert json.loads(seattle("vessels", "--json", environment=profiles).stdout)["vessels"] == []
            assert [one["id"] for one in json.loads(seattle("fabric", "members", folder, "--json").stdout)] == [user]
            out = seattle("fabric", "revoke", user, "--authority", folder, "--broker", broker_url)
            assert out.returncode == 0, out.stderr
            refused = seattle("vessels", environment=profiles)
            assert refused.returncode == 1
            assert "shut out" in refused.stderr or "does not let us in" in refused.stderr
            assert seattle("fabric", "pardon", user, "--authority", folder, "--broker", broker_url).returncode == 0
            assert json.loads(seattle("vessels", "--json", environment=profiles).stdout)["vessels"] == []
            mine, profile = tmp_path / "mine", tmp_path / "profile"
            save_key_pair(mine, KeyPair.generate())
            joined = seattle(
                *("fabric", "join", service_url, "--invitation", invitation, "--broker", broker_url),
                *("--key", str(mine), "--profile", str(profile)),
            )
            assert joined.returncode == 0, joined.stderr
            assert load_profile(profile).key_file == mine
            assert not (profile / "key").exists(), "it stays where it is, and is not copied"
        finally:
            for process in (broker, service):
                process.send_signal(signal.SIGTERM)
        assert service.wait(timeout=20) == 0
        assert broker.wait(timeout=20) == 0


def test_given_two_brokers_of_which_one_is_away_when_a_key_is_shut_out_then_it_is_named_and_the_status_is_3(
    tmp_path: Path,
) -> None:
    folder, key = str(tmp_path / "authority"), KeyPair.generate()
    assert seattle("fabric", "init", folder).returncode == 0
    serve = [sys.executable, "-c", "import sys; from seattle.cli import main; sys.exit(main())", "fabric", "serve"]
    with (
        socket.socket() as held,
        subprocess.Popen([*serve, folder, "--port", "0"], stdout=subprocess.PIPE, text=True) as broker,
    ):
        held.bind(("127.0.0.1", 0))  # held, but not listened on: whoever connects is refused
        away = f"nats://127.0.0.1:{held.getsockname()[1]}"
        try:
            assert broker.stdout is not None
            here = broker.stdout.readline().strip()
            out = seattle(
                "fabric", "revoke", key.id, "--authority", folder, "--broker", here, "--broker", away, "--json"
            )
        finally:
            broker.send_signal(signal.SIGTERM)
    assert out.returncode == 3, out.stderr
    assert f"{away} was not told" in out.stderr
    assert "all brokers know" not in out.stderr
    assert (len(json.loads(out.stdout)["brokers"]), json.loads(out.stdout)["of"]) == (1, 2)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("enrolment", "{folder}", "--host", "0.0.0.0"), 2),
        (("enrolment", "{folder}", "--certificate", "x.crt"), 2),
        (("enrolment", "{folder}", "--certificate", "{folder}/account.pub", "--key", "{folder}/account.pub"), 2),
        (("enrolment", "{folder}/none"), 1),
        (("invite", "king", "{folder}"), 2),
        (("invite", "user", "{folder}", "--uses", "0"), 1),
        (("admit", "nobody", "user", "{folder}"), 1),
        (("revoke", "{id}", "--authority", "{folder}"), 2),
        (("join", "http://far.example.org", "--profile", "{folder}/profile"), 1),
        (("push", "{folder}", "--broker", "nats://far.example.org"), 1),
    ],
)
def test_given_a_wrong_command_line_then_the_status_and_a_line_tell_what(
    tmp_path: Path, words: tuple[str, ...], status: int
) -> None:
    Authority.create(tmp_path)
    done = seattle("fabric", *(word.format(folder=tmp_path, id=KeyPair.generate().id) for word in words))
    assert done.returncode == status
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr
