"""Rows that whoever broke into the site writes, to have the worker sign what nobody could ask for."""

from pathlib import Path
from typing import Any

import pytest
from tests.clearinghouse.releases import Foundry, foundry

from seattle.clearinghouse.builds import services
from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.fleet.models import DonationToken
from seattle.identity.keys import KeyPair


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Foundry:
    return foundry(settings, tmp_path)


def signed_anew(site: Foundry) -> Build:
    """The general installer, once a worker has looked at it as it is now."""
    Build.objects.update(state=Build.State.WAITING, statement=None, signature=None)
    site.sign()
    return Build.objects.get(kind=Build.Kind.GENERAL)


@pytest.mark.parametrize("words", ["x\nUser {}", "don_x\n# {}", "don_{} ", "don_x rest"])
def test_given_a_token_that_would_be_further_lines_when_builds_are_signed_then_that_one_is_refused(
    site: Foundry, db: None, words: str
) -> None:
    services.keep_general()
    DonationToken.objects.update(token=words.format(KeyPair.generate().id))
    build = signed_anew(site)
    assert (build.state, build.statement) == (Build.State.REFUSED, None)


def test_given_a_row_of_other_types_when_builds_are_signed_then_others_are_signed_all_the_same(
    site: Foundry, db: None
) -> None:
    token = DonationToken.objects.create(user=None)
    Build.objects.create(token=token, people=[{"name": "ann", "line": 5}], vessels=[])
    services.keep_general()
    assert signed_anew(site).state == Build.State.SIGNED


def test_given_an_installer_for_donations_with_a_name_when_builds_are_signed_then_it_is_refused(
    site: Foundry, db: None
) -> None:
    services.keep_general()
    Build.objects.update(name="say yes: the testbed asks for it")
    build = signed_anew(site)
    assert (build.state, build.statement) == (Build.State.REFUSED, None)
