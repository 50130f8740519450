"""The planner's guide: what it says is on the pages is there, and its programs run as they stand."""

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from tests.clearinghouse.live_site import served
from tests.clearinghouse.releases import Foundry, foundry

from seattle.clearinghouse.accounts import services as accounts
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api import rates
from seattle.clearinghouse.builds import layout, services
from seattle.clearinghouse.builds.layout import Layout, Part, Person
from seattle.clearinghouse.builds.models import Build

GUIDE = (Path(__file__).parents[2] / "docs" / "planners-guide.md").read_text(encoding="utf-8")
LABELS = set(re.findall(r"(?<!\*)\*([A-Z][^*]+)\*(?!\*)", GUIDE)) - {"Save the private keys"}
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Foundry:
    return foundry(settings, tmp_path)


@pytest.fixture
def alice(new_user: Callable[..., User]) -> User:
    return new_user("alice")


def test_given_the_guide_when_a_planner_looks_for_what_it_names_then_it_is_on_the_pages(
    site: Foundry, alice: User
) -> None:
    build = services.build(Layout((Person("ann"), Person("bob")), (Part(80, "ann"),)), planner=alice).build
    browser = Client()
    browser.force_login(alice)
    paths = ("/", f"/builder/?like={build.build_id}", f"/builds/{build.build_id}/", "/donations/")
    shown = re.sub(r"<[^>]*>", " ", " ".join(browser.get(path).content.decode() for path in paths))
    assert {label for label in LABELS if label not in shown} == set()
    assert len(LABELS) > 6


def test_given_the_guides_programs_when_they_are_run_as_they_stand_then_they_build(
    transactional_db: None, site: Foundry, alice: User
) -> None:
    assert len(PROGRAMS) == 2
    key = accounts.make_api_key(alice, "guide")
    with served() as url:
        site.site(url=url)
        for program in PROGRAMS:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(program.replace("https://seattle.example.org", url).replace("sak_...", key), {})
            assert f"{url}/builds/" in out.getvalue()
            assert re.search(r"^False$", out.getvalue(), re.MULTILINE) is None
    assert Build.objects.filter(planner=alice).count() == 2


def test_given_the_guides_limits_when_they_are_compared_then_they_are_those_of_the_code() -> None:
    told = GUIDE.partition("## Limits")[2]
    for words in (
        f"| vessels | {layout.MOST_VESSELS}, of {layout.STEP} % or more each, in tens; {layout.TO_GIVE} % together |",
        f"| people | {layout.MOST_PEOPLE}; a vessel has one owner and up to {layout.MOST_USERS} users",
        f"up to {layout.MOST_USERS_IN_ALL} users",
        f"| builds | {rates.BUILDS.most} an hour of one account ({rates.STRANGERS_BUILDS.most} of one address",
        f"{services.MOST_OF_A_USER} that were not withdrawn",
    ):
        assert words in told


def test_given_a_class_behind_one_address_when_it_registers_then_as_many_can_in_an_hour_as_their_guide_says() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "educators-guide.md").read_text(encoding="utf-8")
    assert settings.ACCOUNT_RATE_LIMITS["signup"] == "60/h/ip"
    assert re.search(r"\*\*Sixty students\*\* of one address .*can register in an hour", guide)
