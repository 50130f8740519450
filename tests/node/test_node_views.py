"""`seattle node status`, `vessels`: as a donor types them."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from seattle.fabric.server import EmbeddedServer
from seattle.identity.keys import KeyPair
from seattle.node.amounts import duration, gauges, size

pytestmark = pytest.mark.anyio
Join = Callable[..., Awaitable[Any]]
MAIN = [sys.executable, "-c", "from seattle.cli import main; raise SystemExit(main())"]
LINGER = "print('on')\nwhile True:\n    sleep(0.1)\n"


async def _seattle(*words: str, settings: Path) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(
        subprocess.run,
        [*MAIN, "node", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"SEATTLE_NODE_SETTINGS": str(settings)},
    )


async def test_given_a_program_that_runs_when_the_donor_looks_then_the_status_and_the_vessels_show_it(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, owner: KeyPair, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await start_node(prepared)
    hands = (await join(user)).at(node.public)
    await hands.start(LINGER, "\x1b[31mred", "[bold]")
    await hands.until_it_says(b"on")
    status = await _seattle("status", settings=prepared.settings_file)
    vessels = await _seattle("vessels", settings=prepared.settings_file)
    assert (status.returncode, vessels.returncode) == (0, 0), status.stderr + vessels.stderr
    assert f"node        {node.public.id}\n" in status.stdout
    assert "holds back  no\n" in status.stdout
    assert "a program runs in 1\n" in status.stdout
    for output in (status.stdout, vessels.stdout):
        assert "\x1b" not in output
        assert r"program.py \x1b[31mred [bold]" in output
        assert owner.id[:9] in output
    assert "v2" in vessels.stdout
    assert "v2" not in status.stdout


async def test_given_json_when_the_donor_looks_then_programs_get_all_of_it(
    prepare: Any, start_node: Any, server: EmbeddedServer
) -> None:
    prepared = prepare(server.url)
    node = await start_node(prepared)
    status = json.loads((await _seattle("status", "--json", settings=prepared.settings_file)).stdout)
    vessels = json.loads((await _seattle("vessels", "--json", settings=prepared.settings_file)).stdout)
    assert (status["node"], status["holding_back"]) == (node.public.id, "")
    assert [vessel["name"] for vessel in vessels["vessels"]] == ["v1", "v2"]
    assert vessels["vessels"] == status["vessels"]


async def test_given_a_daemon_that_does_not_run_when_the_donor_looks_then_the_error_says_how_to_start_it(
    prepare: Any,
) -> None:
    prepared = prepare("nats://127.0.0.1:9")
    told = await _seattle("status", settings=prepared.settings_file)
    assert (told.returncode, told.stdout) == (1, "")
    how = f"seattle node run --settings {prepared.settings_file}"
    assert told.stderr == f"error: no daemon runs in {prepared.folder}\nhint: start it: {how}\n"


async def test_given_settings_that_are_nowhere_when_the_donor_looks_then_the_error_says_what_makes_them(
    tmp_path: Path,
) -> None:
    told = await _seattle("status", settings=tmp_path / "node.toml")
    assert told.returncode == 1
    assert "seattle node init" in told.stderr


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (12_345_678, "12.3 MB"), (999_999, "1 MB")]
)
async def test_given_a_number_of_bytes_when_people_read_it_then_it_has_a_unit(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.034, "0.034 s"),
        (2.34, "2.3 s"),
        (59.9, "59 s"),
        (60, "1 min 0 s"),
        (7500, "2 h 5 min"),
        (86400 * 3, "3 d"),
    ],
)
async def test_given_a_stretch_of_time_when_people_read_it_then_it_has_its_two_greatest_units(
    seconds: float, text: str
) -> None:
    assert duration(seconds) == text


async def test_given_a_limit_of_nothing_when_it_is_gauged_then_nothing_is_divided_by_it() -> None:
    assert {gauge.share for gauge in gauges({}, {}, 0.0)} == {0.0}


async def test_given_runs_when_the_donor_reads_the_journal_then_it_shows_them_and_their_text(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await start_node(prepared)
    hands = (await join(user)).at(node.public)
    port = (await hands.summary()).tcp_ports[0]
    text = f'try:\n    openconnection("127.0.0.1", {port}, "127.0.0.1", {port + 1}, 1)\nexcept Exception:\n    pass\n'
    await hands.run(text, "\x1b[31mred")
    await hands.run("raise ValueError('\\x1b]0;title')")
    shown = await _seattle("journal", "--destinations", settings=prepared.settings_file)
    assert shown.returncode == 0, shown.stderr
    assert "\x1b" not in shown.stdout
    for words in (r"program.py \x1b[31mred", "exited(0)", "exception(ValueError:", user.id[:9], "127.0.0.1", str(port)):
        assert words in shown.stdout
    found = await _seattle("journal", "127.0.0.1", "--json", settings=prepared.settings_file)
    (entry,) = json.loads(found.stdout)["entries"]
    assert entry["arguments"] == ["\x1b[31mred"]
    program = await _seattle("journal", "--program", entry["digest"][:10], settings=prepared.settings_file)
    assert program.stdout == text


async def test_given_more_runs_than_are_shown_when_the_donor_reads_on_then_the_hint_leads_to_the_older_ones(
    prepare: Any, start_node: Any, server: EmbeddedServer, join: Join, user: KeyPair
) -> None:
    prepared = prepare(server.url)
    node = await start_node(prepared)
    hands = (await join(user)).at(node.public)
    for number in range(3):
        await hands.run(f"print({number})", str(number))
    first = await _seattle("journal", "-n", "2", settings=prepared.settings_file)
    assert first.stderr == "hint: there are older ones: --before 2\n"
    rest = await _seattle("journal", "-n", "2", "--before", "2", settings=prepared.settings_file)
    assert "program.py 0" in rest.stdout
    assert rest.stderr == ""


@pytest.mark.parametrize("words", [["--program", "xyz"], ["--program", "abc"], ["v1", "--program", "0123456"]])
async def test_given_a_digest_that_is_none_when_its_text_is_asked_for_then_the_usage_is_wrong(
    words: list[str], tmp_path: Path
) -> None:
    told = await _seattle("journal", *words, settings=tmp_path / "node.toml")
    assert (told.returncode, told.stdout) == (2, "")
