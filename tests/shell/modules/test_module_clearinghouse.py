"""Getting vessels from a real site, keeping them, and giving them back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.shell.modules.shells import BOUND, SEASH, Shell
from tests.shell.terminal import needs_tmux, open_terminal

from seattle.client import Account, CannotFulfil, NotEnoughCredits, Place, Profile, ProfileError, Vessel
from seattle.client.errors import SiteUnreachable
from seattle.client.site.vessels import SiteVessels
from seattle.shell.errors import IdentityNeeded, Incomplete, TargetNeeded, Unfit
from seattle.shell.identities import Identity
from seattle.shell.outcome import Outcome
from seattle.testbed import LocalTestbed, Size

pytestmark = pytest.mark.anyio

ALL = 4  # vessels that there are
TYPED = ("get 2 wan", "on acquired list", "on %1 renew", "release acquired", "show credits", "on acquired list")


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def testbed(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[LocalTestbed]:
    folder = tmp_path_factory.mktemp("with-site") / "testbed"
    async with LocalTestbed(folder, Size(nodes=2, vessels=2), clearinghouse=True) as running:
        yield running


@pytest.fixture
async def demo(testbed: LocalTestbed, tmp_path: Path) -> AsyncIterator[Shell]:
    """A shell of the site's user, as themselves; they hold no vessel, and all are to be had."""
    shell = await begun(testbed.profile, tmp_path)
    yield shell
    await shell.session.close()
    assert testbed.site is not None
    await asyncio.to_thread(SiteVessels.of(testbed.profile, testbed.user).release, None)
    await testbed.site.wait_until_divided()


async def begun(profile: Profile, folder: Path) -> Shell:
    shell = Shell.of(profile, folder)
    await shell.session.modules.start(shell.session)
    await shell.do("as profile")
    return shell


async def account_of(testbed: LocalTestbed) -> Account:
    return await asyncio.to_thread(SiteVessels.of(testbed.profile, testbed.user).account)


async def test_given_an_account_when_vessels_are_gotten_then_they_are_a_group_and_can_be_used(demo: Shell) -> None:
    told = await demo.do("get 3")
    assert told.startswith("Added targets: %1(U")
    assert told.endswith("Added group 'acquired' with 3 targets\n")
    assert demo.group("acquired") == ["%1", "%2", "%3"]
    assert "of 3 vessels are there" in demo.said
    (demo.folder / "hello.py").write_text("print('hello')\n")
    assert await demo.session.do(f"on acquired upload {demo.folder}/hello.py") is Outcome.DONE


async def test_given_vessels_when_more_are_gotten_then_the_group_has_only_those(demo: Shell) -> None:
    """In the reference, others of the same nodes were in the group, too."""
    await demo.do("get 2", "get 1 random")
    assert demo.group("acquired") == ["%3"]


async def test_given_vessels_that_were_given_back_when_they_are_gotten_again_then_they_are_known_again(
    demo: Shell, testbed: LocalTestbed
) -> None:
    """Q27: the reference never found a vessel again that had been released."""
    assert testbed.site is not None
    await demo.do(f"get {ALL}")
    before = {one.vessel.place for one in demo.session.targets}
    told = await demo.do("release acquired")
    assert told.startswith("Released: %1(")
    assert len(demo.session.targets) == 0
    await demo.do("renew acquired", "release acquired")
    assert demo.said.count("The target is empty") == 2
    await testbed.site.wait_until_divided()
    await demo.do(f"get {ALL}")
    assert {one.vessel.place for one in demo.session.targets} == before
    assert demo.group("acquired") == ["%5", "%6", "%7", "%8"]


async def test_given_one_that_is_not_ours_when_a_group_is_given_back_then_only_that_one_stays(
    demo: Shell, testbed: LocalTestbed
) -> None:
    """Q27: the reference dropped all vessels of the group, whatever had become of them."""
    await demo.do("get 2")
    demo.knows(Vessel(place=Place(testbed.nodes[0].id, "v99")))
    assert await demo.session.do("on %all release") is Outcome.DONE_IN_PART
    assert [str(one.vessel.name) for one in demo.session.targets] == ["v99"]
    assert demo.group("releasefail") == ["%3"]
    assert demo.group("acquired") == []
    assert (await account_of(testbed)).credits_held == 0


async def test_given_vessels_that_another_identity_had_when_they_are_gotten_then_they_are_this_one_s(
    demo: Shell, testbed: LocalTestbed
) -> None:
    assert testbed.site is not None
    demo.session.identities.add(Identity("twin", testbed.user.public, testbed.user))
    await demo.do(f"get {ALL}")
    await asyncio.to_thread(SiteVessels.of(testbed.profile, testbed.user).release, None)  # as in a browser
    await testbed.site.wait_until_divided()
    await demo.do(f"as twin get {ALL}")
    assert {one.identity for one in demo.session.targets} == {"twin"}
    assert demo.group("acquired") == ["%5", "%6", "%7", "%8"]


async def test_given_an_order_when_it_is_interrupted_then_all_is_given_back(demo: Shell, testbed: LocalTestbed) -> None:
    ordered = asyncio.Event()
    demo.hears("vessels are there", ordered)
    doing = asyncio.create_task(demo.session.do(f"get {ALL}"))
    async with asyncio.timeout(BOUND):
        await ordered.wait()
    doing.cancel()
    await asyncio.wait([doing])
    assert doing.cancelled()
    assert (await account_of(testbed)).credits_held == 0
    assert demo.group("acquired") == []


async def test_given_a_site_that_is_not_there_when_vessels_are_given_back_then_all_stay_known(
    testbed: LocalTestbed, demo: Shell, tmp_path: Path
) -> None:
    """Q27: the reference ended in a traceback, and had forgotten them."""
    await demo.do("get 1")
    lost = await begun(replace(testbed.profile, site_url="http://127.0.0.1:9"), tmp_path)
    await lost.find(1)
    with pytest.raises(SiteUnreachable):
        await lost.do("release browsegood")
    assert lost.group("browsegood") == ["%1"]
    await lost.session.close()


async def test_given_a_default_target_that_is_given_back_then_there_is_none_any_more(demo: Shell) -> None:
    await demo.do("get 2", "on %1", "release")
    assert demo.session.target_name is None
    assert "there is no target %1 any more" in demo.said
    assert demo.group("acquired") == ["%2"]


async def test_given_vessels_when_they_are_renewed_then_the_end_is_told(demo: Shell) -> None:
    told = await demo.do("get 2", "on %2 renew", "renew acquired")
    lines = [line for line in told.splitlines() if line.startswith("Yours until")]
    assert ["%1(" in line for line in lines] == [False, True]
    until = datetime.strptime(lines[0][12:28], "%Y-%m-%d %H:%M").astimezone()
    assert until - datetime.now(UTC) > timedelta(hours=1)


async def test_given_an_account_when_credits_are_asked_for_then_they_and_the_port_are_told(
    demo: Shell, testbed: LocalTestbed
) -> None:
    account = await account_of(testbed)
    await demo.do("get 1")
    assert (await demo.do("show credits")).splitlines() == [
        "account: demo",
        f"vessels: 1 held of {account.credits_total}, {account.credits_total - 1} to be had",
        f"port: {account.port}",
    ]


async def test_given_vessels_when_leases_are_listed_then_also_those_are_that_the_shell_does_not_know(
    demo: Shell, testbed: LocalTestbed, tmp_path: Path
) -> None:
    await demo.do("get 2")
    other = await begun(testbed.profile, tmp_path)
    unknown = [line for line in (await other.do("show leases")).splitlines() if line.startswith("U")]
    known = [line for line in (await demo.do("show leases")).splitlines() if line.startswith("%")]
    assert len(unknown) == len(known) == 2
    assert "online" in known[0]
    await other.session.close()


async def test_given_no_vessels_when_leases_are_listed_then_it_is_said_how_to_get_some(demo: Shell) -> None:
    assert await demo.do("show leases") == ""
    assert "`get N` gets some" in demo.said


async def test_given_rules_when_vessels_are_gotten_then_the_site_chooses_by_them(demo: Shell) -> None:
    await demo.do("get 1 where memory>=1M")
    assert demo.group("acquired") == ["%1"]
    with pytest.raises(CannotFulfil):
        await demo.do("get 1 where country=FR")
    assert demo.group("acquired") == []


async def test_given_too_many_when_vessels_are_gotten_then_none_are(demo: Shell, testbed: LocalTestbed) -> None:
    with pytest.raises(CannotFulfil):
        await demo.do(f"get {ALL + 1}")
    with pytest.raises(NotEnoughCredits):
        await demo.do("get 1000")
    assert (await account_of(testbed)).credits_held == 0


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("get 0", Unfit, "'0' is no number of vessels"),
        (f"get {'9' * 5000}", Unfit, "no number of vessels"),
        ("get some", Unfit, "'some' is no number of vessels"),
        ("get 1001", Unfit, "no number of vessels"),
        ("get 1 big", Unfit, "no kind 'big'"),
        ("get 1 where", Incomplete, "`where` goes on with RULE"),
        ("get 1 where state=fresh", Unfit, "a site can't choose by 'state'"),
        ("release", TargetNeeded, "needs a target"),
    ],
)
async def test_given_a_wrong_line_when_it_is_typed_then_the_error_says_what_is_wrong(
    demo: Shell, line: str, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        await demo.do(line)


@needs_tmux
async def test_given_a_person_at_a_terminal_when_they_get_and_give_back_vessels_then_each_step_shows(
    demo: Shell, testbed: LocalTestbed
) -> None:
    def type_it() -> list[str]:
        environ = {"HOME": str(demo.folder), "SEATTLE_PROFILE": str(testbed.profile.folder)}
        with open_terminal(SEASH, environ=environ) as terminal:
            terminal.wait_for("^Enabled modules: .*clearinghouse")
            terminal.do("as profile")
            lines = (
                "get 2 wan",
                "on acquired list",
                "on %1 renew",
                "release acquired",
                "show credits",
                "on acquired list",
            )
            return [terminal.do(line) for line in lines]

    got, listed, renewed, released, left, empty = await asyncio.to_thread(type_it)
    assert "Added group 'acquired' with 2 targets" in got
    assert listed.count("Fresh") == 2
    assert "Ends in" in listed
    assert renewed.startswith("Yours until ")
    assert "Released: %1(" in released
    assert "vessels: 0 held of" in left
    assert "The target is empty" in empty


async def test_given_no_identity_when_vessels_are_gotten_then_the_error_says_that_one_is_needed(
    testbed: LocalTestbed, tmp_path: Path
) -> None:
    shell = Shell.of(testbed.profile, tmp_path)
    await shell.session.modules.start(shell.session)
    with pytest.raises(IdentityNeeded):
        await shell.do("get 1")
    shell.session.identities.add(Identity("half", testbed.user.public))
    with pytest.raises(Unfit, match="only the public key"):
        await shell.do("as half get 1")


async def test_given_a_profile_without_a_site_when_vessels_are_gotten_then_the_error_says_how_to_have_one(
    testbed: LocalTestbed, tmp_path: Path
) -> None:
    shell = await begun(replace(testbed.profile, site_url=""), tmp_path)
    with pytest.raises(ProfileError, match="names no site"):
        await shell.do("get 1")
    await shell.session.close()
