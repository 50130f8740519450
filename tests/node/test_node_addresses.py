from ipaddress import ip_address

import pytest
from tests.node.conftest import Join, Running

from seattle.fabric import node_api as api
from seattle.fabric.advert import NatKind
from seattle.fabric.authority import Authority
from seattle.fabric.directory import DirectoryClient
from seattle.fabric.embedded_directory import embedded_directory
from seattle.fabric.server import EmbeddedServer
from seattle.node.addresses import Whereabouts, nat_kind, parse
from seattle.repy.monitor.network.host import HostNetwork

pytestmark = pytest.mark.anyio

OWN = "9.9.9.9"


@pytest.mark.parametrize(
    ("seen_as", "kind"),
    [
        (OWN, NatKind.PUBLIC),
        (f"::ffff:{OWN}", NatKind.PUBLIC),
        ("8.8.8.8", NatKind.NAT),
        ("10.0.0.1", NatKind.NAT),
        ("127.0.0.1", NatKind.UNKNOWN),
        ("", NatKind.UNKNOWN),
    ],
)
def test_given_the_address_that_a_broker_sees_when_it_is_compared_with_ours_then_a_translator_shows(
    seen_as: str, kind: NatKind
) -> None:
    assert nat_kind(parse(seen_as), is_mine=lambda address: str(address) == OWN) is kind


def test_given_a_broker_in_the_same_private_network_when_it_sees_our_own_address_then_nothing_is_claimed() -> None:
    assert nat_kind(ip_address("192.168.1.7"), is_mine=lambda _: True) is NatKind.UNKNOWN


@pytest.mark.parametrize("words", ["fe80::1%" + "a" * 100_000, "1.2.3", "\x1b[31m", "9.9.9.9:80", "é" * 1000])
def test_given_a_broker_that_tells_nonsense_when_it_is_reached_then_the_node_keeps_it_to_itself(words: str) -> None:
    where = Whereabouts(["127.0.0.1"], HostNetwork())
    where.connected(words)
    assert (where.public_address, where.nat) == ("", NatKind.UNKNOWN)


def test_given_a_known_address_when_another_connect_shows_none_then_the_old_one_is_forgotten() -> None:
    where = Whereabouts([], HostNetwork())
    where.connected("9.9.9.9")
    where.connected("")
    assert (where.public_address, where.nat) == ("", NatKind.UNKNOWN)


async def test_given_a_node_when_it_is_asked_then_it_says_where_it_is(node: Running, join: Join) -> None:
    person = await join()
    described = await person.client.ask(node.public, api.DESCRIBE, api.Describe())
    # The broker of tests is on this computer, which says nothing of what is beyond.
    assert (described.addresses, described.public_address, described.nat) == (["127.0.0.1"], "", NatKind.UNKNOWN)


async def test_given_a_node_that_has_advertised_when_its_broker_restarts_then_it_advertises_again_at_once(
    authority: Authority, server: EmbeddedServer, node: Running, join: Join
) -> None:
    person = await join()
    async with embedded_directory(authority, server.url) as directory:
        while not len(directory.book):
            directory.news.clear()
            await directory.news.wait()
        (before,) = await DirectoryClient(person.fabric).live()
        await server.stop()
        await server.start()
        directory.news.clear()
        await directory.news.wait()  # without the news of the connect it would come up to a minute later
        (after,) = await DirectoryClient(person.fabric).live()
    assert after.node == before.node
    assert 0 < after.issued_at - before.issued_at < 30
