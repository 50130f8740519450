"""From a planner's layout to a computer: a real worker signs, the site makes the file, and a node is what that says."""

import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from packaging.version import Version
from tests.clearinghouse.releases import Releases
from tests.clearinghouse.worker.conftest import FIRST_PORT, Donated, Person, Town, donation, free, once
from tests.clearinghouse.worker.sites import site

from seattle.clearinghouse.builds import services
from seattle.clearinghouse.builds.layout import Layout, Part
from seattle.clearinghouse.builds.layout import Person as Somebody
from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.fleet.models import Donation
from seattle.clearinghouse.worker.orm import Orm
from seattle.fabric import node_api as api
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line
from seattle.installer.statement import Statement, check
from seattle.node.settings import PORTS, NodeSettings
from seattle.node.setup import set_up
from seattle.node.vesselinfo import parse_vesselinfo
from seattle.updater.client import UpdateClient

pytestmark = [pytest.mark.anyio, once]


def said_by(installer: bytes, signer: str) -> Statement:
    """What an installer says, signed by this key."""
    with zipfile.ZipFile(io.BytesIO(installer)) as archive:
        return check(archive.read("build.json"), archive.read("build.sig"), signed_by=signer).statement


async def installed(town: Town, statement: Statement) -> Donated:
    """A node that is set up as its installer says."""
    folder = town.folder / "installed"
    settings = NodeSettings(
        folder=Path(),
        fabric=statement.node.fabric,
        enrol_url=statement.node.enrol_url,
        invitation=statement.node.invitation,
        donation={name: amount * 6 for name, amount in donation(2).items()},
        first_port=FIRST_PORT,
        loopback_first=FIRST_PORT,
        loopback_last=FIRST_PORT + PORTS - 1,
        addresses=["127.0.0.1"],
        unwatched_limit=0,
    )
    node = Donated(set_up(folder, vessels=parse_vesselinfo(statement.vesselinfo), settings=settings), folder)
    town.stack.push_async_callback(node.end)
    await node.start()
    return node


async def seen(town: Town, node: Donated, key: KeyPair) -> list[api.VesselSummary]:
    """The vessels of a node that this key may use."""
    return (await (await town.client(key)).ask(node.public, api.GET_VESSELS, api.GetVessels())).vessels


async def test_given_a_planner_who_builds_when_a_computer_installs_then_each_has_their_share_and_the_testbed_a_fifth(
    town: Town,
    settings: Any,
    orm: Orm,
    until: Callable[..., Awaitable[None]],
    new_person: Callable[..., Awaitable[Person]],
    tmp_path: Path,
) -> None:
    releases = Releases(tmp_path / "releases")
    releases.publish_version("1.0")
    worker = await town.worker(releases=releases.path)
    planner, student = await new_person(), KeyPair.generate()
    facts = {"worker_key": worker.ready.key_id, "brokers": [town.server.url], "releases": releases.path}
    async with site(settings, enrolment_upstream=worker.ready.enrolment, data=tmp_path, **facts) as url:
        settings.SITE = msgspec.structs.replace(settings.SITE, url=url)
        layout = Layout(
            (
                Somebody("ann", format_public_line(planner.key.public)),
                Somebody("bob", format_public_line(student.public)),
            ),
            (Part(50, "ann", ("bob",)), Part(30, "bob")),
            "class",
        )
        build = (await orm(services.build, layout, planner=planner.user)).build
        await until(lambda: Build.objects.get(pk=build.pk).state == Build.State.SIGNED)
        async with httpx.AsyncClient() as client:
            installer = await client.get(f"{url}/builds/{build.build_id}/installers/linux/")
        assert installer.status_code == 200
        statement = said_by(installer.content, worker.ready.key_id)
        node = await installed(town, statement)
        await until(lambda: free(node) >= 1)
        ann, bob = await seen(town, node, planner.key), await seen(town, node, student)
        assert [(vessel.owner, vessel.users) for vessel in ann] == [(planner.key.id, [student.id])]
        assert {vessel.owner for vessel in bob} == {planner.key.id, student.id}
        assert {vessel.owner for vessel in (await town.listed(node)).values()} == {worker.ready.key_id}
        assert statement.updates is not None
        root = json.dumps(statement.updates.root).encode()
        newest = UpdateClient(statement.updates.url, statement.updates.channel, tmp_path / "cache", root)
        assert await orm(newest.newest, Version("0.9")) is not None
    given = await orm(Donation.objects.select_related("donor", "token").get)
    assert (given.donor, given.token) == (None, build.token)
