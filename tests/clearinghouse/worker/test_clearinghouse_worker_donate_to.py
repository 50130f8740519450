"""`seattle node init --donate-to`: from a site and a token to a node that is divided and in use."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clearinghouse.worker.conftest import Donated, Town, donation, free, once
from tests.clearinghouse.worker.sites import site

from seattle.clearinghouse.fleet.models import Donation, DonationToken, Node
from seattle.clearinghouse.worker.orm import Orm
from seattle.identity.keys import KeyPair, PublicKey

pytestmark = [pytest.mark.anyio, once]

UPSTREAM = "http://127.0.0.1:9"  # where nobody enrols
MAIN = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())"]


async def seattle(*words: str) -> tuple[int, str, str]:
    """Run a command: its exit code, and what it wrote to stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        *MAIN, *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_given_a_site_and_a_token_when_a_node_is_set_up_with_them_then_it_enrols_and_is_in_use(
    town: Town,
    settings: Any,
    orm: Orm,
    until: Callable[..., Awaitable[None]],
    new_token: Callable[[], Awaitable[DonationToken]],
    tmp_path: Path,
) -> None:
    token = await new_token()
    worker = await town.worker()
    facts = {"worker_key": worker.ready.key_id, "brokers": [town.server.url]}
    give = [f"--give={name}={amount}" for name, amount in donation(1).items()]
    async with site(settings, enrolment_upstream=worker.ready.enrolment, **facts) as url:
        code, out, err = await seattle(
            *("node", "init", str(tmp_path / "mine"), "--donate-to", url, "--token", token.token),
            *("--first-port", "13000", "--json", *give),
        )
        assert code == 0, err
        assert "a donation to Seattle" in err
        node = Donated(PublicKey.from_id(json.loads(out)["node"]), tmp_path / "mine")
        town.stack.push_async_callback(node.end)
        await node.start()
        await until(lambda: free(node) == 1)
    assert (await orm(Donation.objects.select_related("donor").get)).donor == token.user
    row = await orm(Node.objects.get)
    assert (row.node_id, row.enrolled_from) == (node.id, "127.0.0.1")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--token", "don_x"], 2, "--donate-to URL and --token"),
        (["--donate-to", "https://seattle.example.org"], 2, "--donate-to URL and --token"),
        ([], 2, "--vesselinfo FILE and --fabric"),
        (["--donate-to", "http://seattle.example.org", "--token", "don_x"], 1, "write https://HOST"),
        (["--donate-to", "https://[seattle.example.org", "--token", "don_x"], 1, "write https://HOST"),
        (["--donate-to", "http://127.0.0.1:9", "--token", "don_x"], 1, "can't be reached"),
        (["--donate-to", "http://127.0.0.1:9", "--token", "don_x", "--fabric", "nats://x:1"], 2, "leave out"),
    ],
)
async def test_given_options_that_do_not_do_when_a_node_is_set_up_then_the_error_says_what_would(
    words: list[str], code: int, told: str, tmp_path: Path
) -> None:
    found, _, err = await seattle("node", "init", str(tmp_path / "mine"), *words)
    assert (found, told in err) == (code, True), err
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("lacking", ["worker_key", "brokers", "enrolment_upstream"])
async def test_given_a_site_that_lacks_what_donors_need_when_a_node_is_set_up_then_the_error_says_so(
    transactional_db: None, settings: Any, tmp_path: Path, lacking: str
) -> None:
    complete = {"worker_key": KeyPair.generate().id, "brokers": ["tls://x:1"], "enrolment_upstream": UPSTREAM}
    async with site(settings, **{name: value for name, value in complete.items() if name != lacking}) as url:
        code, _, err = await seattle("node", "init", str(tmp_path / "mine"), "--donate-to", url, "--token", "don_x")
    assert (code, "takes no donations" in err) == (1, True), err


async def test_given_a_token_that_nobody_has_made_when_a_node_is_set_up_then_there_is_none_that_would_be_refused_later(
    town: Town, transactional_db: None, settings: Any, tmp_path: Path
) -> None:
    complete = {"worker_key": town.worker_key.id, "brokers": [town.server.url], "enrolment_upstream": UPSTREAM}
    async with site(settings, **complete) as url:
        code, _, err = await seattle("node", "init", str(tmp_path / "mine"), "--donate-to", url, "--token", "don_typo")
    assert (code, "this donation token is not known at" in err) == (1, True), err
    assert not (tmp_path / "mine").exists()


async def test_given_what_is_no_token_when_a_node_is_set_up_then_nothing_of_it_gets_into_the_vesselinfo(
    town: Town, transactional_db: None, settings: Any, tmp_path: Path
) -> None:
    bad = f"don_x\nPercent 100\nOwner {town.worker_key.id}"
    complete = {"worker_key": town.worker_key.id, "brokers": [town.server.url], "enrolment_upstream": UPSTREAM}
    async with site(settings, **complete) as url:
        code, _, err = await seattle("node", "init", str(tmp_path / "mine"), "--donate-to", url, "--token", bad)
    assert (code, "no donation token" in err) == (1, True), err
