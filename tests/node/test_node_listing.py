"""What a vessel's files are, told in answers of a bounded size; and the donor's own files, of which nothing is told."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seattle.fabric import node_api as api
from seattle.fabric.errors import RemoteError
from seattle.fabric.operations import encode
from seattle.fabric.server import EmbeddedServer
from seattle.identity.envelope import MAX_BODY
from seattle.identity.keys import KeyPair
from seattle.node.division import MAX_VESSELS
from seattle.node.files import VesselFiles
from seattle.node.holders import MAX_OWNER_INFORMATION, MAX_USERS
from seattle.node.service import MAX_SUMMARY_DETAIL
from seattle.repy.monitor.file_names import MAX_NAME

Join = Callable[..., Awaitable[Any]]


async def listed(hands: Any, **how: Any) -> api.FileList:
    answer: api.FileList = await hands.ask(api.LIST_FILES, api.ListFiles(vessel=hands.vessel, **how))
    return answer


@pytest.mark.anyio
async def test_given_files_when_they_are_listed_with_digests_then_each_is_that_of_the_content(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    content = {"a": b"", "b.txt": b"hello", "c": bytes(1_000_000)}
    for name, data in content.items():
        await hands.put(data, name=name)
    found = (await listed(hands, digests=True)).files
    assert {file.name: (file.size, file.digest) for file in found} == {
        name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in content.items()
    }
    assert all(file.changed_at > 1.6e9 for file in found)
    assert [file.digest for file in (await listed(hands)).files] == ["", "", ""]


@pytest.mark.anyio
async def test_given_a_file_when_a_program_changes_it_then_stat_tells_the_new_digest(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.put(b"before", name="data")
    before = await hands.ask(api.STAT_FILE, api.StatFile(vessel="v1", name="data"))
    await hands.run("open('data', 'w').write('after!')\n")
    after = await hands.ask(api.STAT_FILE, api.StatFile(vessel="v1", name="data"))
    assert (before.name, before.size, before.digest) == ("data", 6, hashlib.sha256(b"before").hexdigest())
    assert (after.size, after.digest) == (6, hashlib.sha256(b"after!").hexdigest())
    with pytest.raises(RemoteError) as missing:
        await hands.ask(api.STAT_FILE, api.StatFile(vessel="v1", name="none"))
    assert missing.value.code == "no-such-file"


@pytest.mark.anyio
async def test_given_more_files_than_an_answer_has_when_they_are_listed_by_pages_then_all_come_once_in_order(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.run("for number in range(25):\n    open('f%02d' % number, 'w').close()\n")
    names: list[str] = []
    while True:
        page = await listed(hands, after=names[-1] if names else "", count=10)
        names += [file.name for file in page.files]
        if not page.more:
            break
        assert len(page.files) == 10
    assert names == [f"f{number:02}" for number in range(25)] + ["program.py"]


def test_given_as_many_files_as_an_answer_has_then_it_fits_in_a_message() -> None:
    entry = api.FileEntry(name="x" * MAX_NAME, size=2**62, changed_at=1.6e9, digest="0" * 64)
    assert len(encode(api.FileList(files=[entry] * api.MAX_ENTRIES, more=True))) < MAX_BODY
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(encode(api.ListFiles(vessel="v1", count=api.MAX_ENTRIES + 1)), type=api.ListFiles)


def test_given_as_many_vessels_users_and_words_as_a_node_holds_then_they_fit_in_a_message() -> None:
    longest = "\U0001f600"  # characters of four bytes
    vessel = api.VesselSummary(
        name="v" + "9" * 12,
        owner="U" * 56,
        users=["U" * 56] * MAX_USERS,
        owner_information=longest * MAX_OWNER_INFORMATION,
        state=api.VesselState.TERMINATED,
        advertise=False,
        outcome=api.RunOutcome(kind="exception", detail=longest * MAX_SUMMARY_DETAIL, exit_code=1, resource="x" * 20),
        run=2**40,
    )
    ports = list(range(60000, 60100))
    everything = [vessel] * (MAX_VESSELS - 1) + [msgspec.structs.replace(vessel, tcp_ports=ports, udp_ports=ports)]
    names = [one.name for one in everything]
    assert len(encode(api.Changed(cursor="x" * 40, vessels=everything, names=names))) < MAX_BODY
    said = longest * 2000
    walls = [api.WallReport(name="x" * 64, state="absent", detail=longest * 100)] * 16
    whole = api.NodeDescription(node="U" * 56, vessels=everything, walls=walls, holding_back=said, notice=said)
    assert len(encode(whole)) < MAX_BODY


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """The donor's own file."""
    folder = tmp_path / "node" / "private"
    folder.mkdir(parents=True)
    file = folder / "private_layer.py"
    file.write_text("the donor's")
    return file


READ = "print(open('private_layer.py').read())\n"


@pytest.mark.anyio
async def test_given_a_file_of_the_donor_when_a_program_runs_then_it_reads_it_and_no_call_shows_or_touches_it(
    private: Path, prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, owner: KeyPair
) -> None:
    node = await start_node(prepare(server.url))
    hands = (await join(owner)).at(node.public)
    assert (await hands.run(READ))[0] == b"the donor's\n"
    assert await hands.files() == {"program.py": len(READ)}
    name = private.name
    calls: list[Awaitable[object]] = [
        hands.put("mine", name=name),
        hands.ask(api.READ_FILE, api.ReadFileChunk(vessel="v1", name=name, offset=0)),
        hands.ask(api.STAT_FILE, api.StatFile(vessel="v1", name=name)),
        hands.ask(api.DELETE_FILE, api.DeleteFile(vessel="v1", name=name)),
        hands.start_again(program=name),
    ]
    for call in calls:
        with pytest.raises(RemoteError, match="donor") as refused:
            await call
        assert refused.value.code == "bad-name"


@pytest.mark.anyio
async def test_given_a_file_of_the_donor_when_a_vessel_is_reset_or_split_or_writes_in_it_then_programs_still_find_it(
    private: Path, prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, owner: KeyPair
) -> None:
    node = await start_node(prepare(server.url))
    hands = (await join(owner)).at(node.public)
    await hands.run(f"open('{private.name}', 'w').write('forged')\n")
    assert (await hands.run(READ))[0] == b"the donor's\n"
    await hands.reset()
    assert (await hands.run(READ))[0] == b"the donor's\n"
    wanted: dict[str, int | float | list[int]] = {"cpu": 0.1, "memory": 1, "diskused": 1}
    hands.vessel = (await hands.ask(api.SPLIT, api.Split(vessel="v1", resources=wanted))).rest
    assert (await hands.run(READ))[0] == b"the donor's\n"


@pytest.mark.anyio
async def test_given_a_program_that_hides_data_under_a_private_name_when_the_vessel_is_reset_then_nothing_of_it_is_left(
    node: Any, join: Join, user: KeyPair
) -> None:
    hands = (await join(user)).at(node.public)
    await hands.run("open('private_stash', 'w').write('x' * 1000)\n")
    assert list(await hands.files()) == ["program.py"]
    assert (await hands.usage()).usage["diskused"] > 4096 + 1000  # hidden, but counted
    await hands.reset()
    assert (await hands.usage()).usage["diskused"] == 0
    assert list((node.folder / "vessels" / "v1" / "files").iterdir()) == []


def test_given_a_file_of_the_donor_that_did_not_change_when_it_is_provided_again_then_it_is_left_alone(
    tmp_path: Path, private: Path
) -> None:
    here, draft = tmp_path / "here", tmp_path / "draft"
    here.mkdir()
    draft.mkdir()
    files = VesselFiles(here)
    files.provide(private.parent, draft)
    before = (here / private.name).stat()
    files.provide(private.parent, draft)
    assert (here / private.name).stat() == before
    private.write_text("a newer one")
    files.provide(private.parent, draft)
    assert (here / private.name).read_text() == "a newer one"
    assert list(draft.iterdir()) == []
