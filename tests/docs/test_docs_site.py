"""The documentation as a site: it builds, all its links lead somewhere, and pages are what they should be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from docs.site import attacks, seattlelib, trusted_code
from playwright.sync_api import sync_playwright
from tests.browsers import CHROMIUM, NO_CHROMIUM

ROOT = Path(__file__).parents[2]


def build(*words: object) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "mkdocs"), "build", *map(str, words)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build("--site-dir", folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_given_the_table_of_modules_when_held_against_the_library_then_it_is_up_to_date() -> None:
    text = seattlelib.PAGE.read_text("utf-8")
    assert text == seattlelib.fill_in(text), "run `make docs`"


def test_given_the_table_of_attacks_when_held_against_the_tests_then_all_of_tuf_s_are_there_and_tried() -> None:
    text = attacks.PAGE.read_text("utf-8")
    assert text == attacks.fill_in(text), "run `make docs`"
    assert {name for name, _ in attacks.attacks()} == set(attacks.NAMES.values())


@pytest.mark.parametrize("page", [trusted_code.PAGE, trusted_code.ARCHITECTURE], ids=lambda page: page.name)
def test_given_the_lists_of_trusted_code_when_held_against_the_files_then_they_are_up_to_date(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == trusted_code.fill_in(text), "run `make docs`"


def test_given_a_module_of_the_library_when_the_site_is_built_then_it_has_a_page(site: Path) -> None:
    page = (site / "seattlelib" / "session.html").read_text("utf-8")
    assert "receive_message(connection, most=MOST)" in page
    assert "<code>session_sendmessage</code>" in page


def test_given_a_link_that_leads_nowhere_when_the_site_is_built_then_that_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[away](nowhere.md)\n", "utf-8")
    config = (ROOT / "mkdocs.yml").read_text("utf-8").replace("docs/site/hooks.py", str(ROOT / "docs/site/hooks.py"))
    (tmp_path / "mkdocs.yml").write_text(config[: config.index("nav:\n  - Start")], "utf-8")
    done = build("--config-file", tmp_path / "mkdocs.yml", "--site-dir", tmp_path / "site")
    assert done.returncode != 0
    assert "nowhere.md" in done.stderr + done.stdout


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_given_the_site_when_it_is_opened_as_files_then_pages_stand_and_fetch_nothing_from_others(site: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((site / "index.html").as_uri())
        page.get_by_role("link", name="Ten recipes").first.click()
        assert page.locator("h1").inner_text().startswith("How to: ten things")
        page.goto((site / "seattlelib.html").as_uri())
        page.get_by_role("link", name="session", exact=True).click()
        assert page.url.endswith("/seattlelib/session.html")
        browser.close()
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]
