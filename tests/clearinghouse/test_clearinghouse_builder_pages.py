"""The builder's pages as a browser without JavaScript sees them, and who is kept from what."""

import base64
import hashlib
import io
import json
import os
import re
import resource
import signal
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.test import Client
from tests.clearinghouse.page_checks import what_is_wrong
from tests.clearinghouse.releases import Foundry, foundry

from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.api.models import Allowance
from seattle.clearinghouse.builds import installers, services
from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.config import BuilderPolicy
from seattle.clearinghouse.fleet.donation_tokens import make_token
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line, parse_private, parse_public_line
from seattle.installer import building

NewUser = Callable[..., User]


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Foundry:
    return foundry(settings, tmp_path)


@pytest.fixture
def alice(new_user: NewUser) -> User:
    return new_user("alice")


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def form(
    *vessels: tuple[int, str], people: dict[str, str] | None = None, do: str = "build", **more: Any
) -> dict[str, Any]:
    """What a browser sends: vessels by percent and place of the owner."""
    fields: dict[str, Any] = {"do": do, **more}
    for number, (name, key) in enumerate((people or {"ann": ANN}).items()):
        fields |= {f"person-{number}-name": name, f"person-{number}-key": key}
    for number, (percent, owner) in enumerate(vessels or ((80, "0"),)):
        fields |= {f"vessel-{number}-percent": percent, f"vessel-{number}-owner": owner}
    return fields


ANN = format_public_line(KeyPair.generate().public)


def page(client: Client, path: str, *, status: int = 200) -> str:
    """A page, as HTML that is as it should be."""
    answer = client.get(path)
    assert answer.status_code == status
    html = answer.content.decode()
    assert what_is_wrong(html) == []
    return html


def built(browser: Client, **more: Any) -> Build:
    answer = browser.post("/builder/", form(**more))
    assert answer.status_code == 302, answer.content.decode()
    return Build.objects.latest("pk")


def body(client: Client, path: str) -> bytes:
    answer: Any = client.get(path)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def version_in(installer: bytes) -> str:
    """Of the bundle that an installer carries."""
    with zipfile.ZipFile(io.BytesIO(installer)) as archive:
        bundle = io.BytesIO(archive.read("seattle.bundle"))
        assert json.loads(archive.read("build.json"))["bundle"]["version"]
    with zipfile.ZipFile(bundle) as archive:
        version: str = json.loads(archive.read("manifest.json"))["version"]
    return version


def test_given_a_user_when_they_open_the_builder_then_it_begins_with_one_vessel_of_theirs(
    site: Foundry, browser: Client, alice: User
) -> None:
    html = page(browser, "/builder/")
    assert 'value="alice"' in html
    assert alice.keys.get().public_line in html


def test_given_a_planner_when_they_build_then_there_is_a_page_with_a_signed_installer(
    site: Foundry, browser: Client
) -> None:
    build = built(browser, name="lecture 1")
    path = f"/builds/{build.build_id}/"
    assert "Being signed" in page(Client(), path)
    site.sign()
    html = page(Client(), path)
    assert site.key.id in html
    assert "seattle-node-1.0-lecture-1.pyz" in html
    file = body(Client(), f"{path}installers/linux/")
    assert hashlib.sha256(file).hexdigest() in html


def test_given_a_build_that_waits_when_its_installer_is_fetched_then_it_is_to_be_tried_again(
    site: Foundry, browser: Client
) -> None:
    answer = Client().get(f"/builds/{built(browser).build_id}/installers/linux/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_given_another_platform_when_its_installer_is_fetched_then_there_is_none(
    site: Foundry, browser: Client
) -> None:
    build = built(browser)
    site.sign()
    for platform in ("windows", "..", "linux%2f..", "%2e%2e"):
        assert Client().get(f"/builds/{build.build_id}/installers/{platform}/").status_code == 404


def test_given_somebody_without_a_key_when_it_is_built_without_javascript_then_the_pair_is_in_that_answer_alone(
    site: Foundry, browser: Client
) -> None:
    answer = browser.post("/builder/", form(people={"ann": ""}))
    html = answer.content.decode()
    assert what_is_wrong(html) == []
    assert "no-store" in answer["Cache-Control"]
    found = re.search(r"data:application/zip;base64,([A-Za-z0-9+/=]+)", html)
    assert found is not None
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(found[1]))) as archive:
        pair = parse_private(archive.read("ann").decode())
        assert parse_public_line(archive.read("ann.pub").decode()) == pair.public
        assert archive.getinfo("ann").external_attr >> 16 == 0o100600
    build = Build.objects.get()
    assert build.people[0]["key"] == pair.public.id
    assert pair.public.id in page(browser, f"/builds/{build.build_id}/")


def test_given_a_build_when_its_public_keys_are_fetched_then_they_are_a_zip_of_public_lines(
    site: Foundry, browser: Client
) -> None:
    with zipfile.ZipFile(io.BytesIO(body(Client(), f"/builds/{built(browser).build_id}/keys/public/"))) as archive:
        assert archive.namelist() == ["ann.pub"]
        assert archive.read("ann.pub").decode() == f"{ANN} ann\n"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (form((70, "0")), "70 % together"),
        (form((80, "")), "has no owner"),
        (form((80, "7")), "has no owner"),
        (form((45, "0"), (35, "0")), "have 45 %"),
        (form(people={"ann": "ssh-rsa AAAA"}), "can&#x27;t be used"),
        (form(people={"a": ANN}), "is no name of a user"),
        (form(name="<b>"), "the name of a build"),
        ({"do": "build"}, "at least one"),
    ],
)
def test_given_a_form_that_can_not_be_built_when_it_is_sent_then_it_comes_back_with_what_is_wrong(
    site: Foundry, browser: Client, fields: dict[str, Any], words: str
) -> None:
    answer = browser.post("/builder/", fields)
    html = answer.content.decode()
    assert answer.status_code == 400
    assert words.lower() in html.lower()
    assert what_is_wrong(html) == []
    assert not Build.objects.exists()


def test_given_markup_in_every_field_when_it_is_sent_then_it_stays_text(site: Foundry, browser: Client) -> None:
    evil = '"><script>alert(1)</script>{{ user }}'
    answer = browser.post("/builder/", form(people={evil: evil}, name=evil))
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "<script>alert" not in html
    assert what_is_wrong(html) == []


def test_given_a_form_when_its_buttons_are_pressed_then_what_was_typed_stays(site: Foundry, browser: Client) -> None:
    html = browser.post("/builder/", form(people={"somebody": "half a key"}, do="add-vessel")).content.decode()
    assert 'value="somebody"' in html
    assert 'value="half a key"' in html
    assert html.count('class="panel vessel') == 2
    assert not Build.objects.exists()


def test_given_a_huge_form_when_it_is_sent_then_it_is_refused(site: Foundry, browser: Client) -> None:
    assert browser.post("/builder/", {f"person-{n}-name": "ann" for n in range(2000)}).status_code == 400
    assert browser.post("/builder/", form(people={"ann": "x" * 400_000})).status_code in (400, 413)
    assert not Build.objects.exists()


def test_given_a_form_of_another_site_when_it_is_sent_then_it_is_refused(site: Foundry, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post("/builder/", form()).status_code == 403


def test_given_a_stranger_when_they_open_the_builder_then_they_sign_in_first_unless_it_is_open_to_all(
    site: Foundry, db: None
) -> None:
    assert "/account/login/?next=/builder/" in Client().get("/builder/")["Location"]
    site.site(builder=BuilderPolicy.OPEN)
    assert 'value="user"' in page(Client(), "/builder/")
    built(Client())
    site.site(builder=BuilderPolicy.CLOSED)
    assert "closed the builder" in page(Client(), "/builder/", status=403)


def test_given_a_site_without_releases_when_the_builder_is_opened_then_it_says_why_there_is_none(
    site: Foundry, browser: Client
) -> None:
    site.site(releases=None)
    assert "no release of Seattle" in page(browser, "/builder/", status=409)


def test_given_many_builds_when_one_more_is_wanted_then_it_has_to_wait(site: Foundry, browser: Client) -> None:
    built(browser)
    Allowance.objects.update(used=10_000)
    answer = browser.post("/builder/", form())
    assert answer.status_code == 429
    assert b"try again" in answer.content
    assert Build.objects.count() == 1


def test_given_a_build_when_another_like_it_is_wanted_then_the_form_has_its_layout(
    site: Foundry, browser: Client
) -> None:
    build = built(browser, people={"somebody": ANN})
    html = page(browser, f"/builder/?like={build.build_id}")
    assert 'value="somebody"' in html
    assert 'value="alice"' in page(browser, f"/builder/?like={'a' * 40}")
    assert 'value="alice"' in page(browser, "/builder/?like=<script>")


def test_given_builds_of_two_when_each_looks_then_they_see_and_withdraw_their_own(
    site: Foundry, browser: Client, new_user: NewUser
) -> None:
    build = built(browser, name="mine")
    other = Client()
    other.force_login(new_user("mallory"))
    assert "mine" in page(browser, "/builds/")
    assert "mine" not in page(other, "/builds/")
    path = f"/builds/{build.build_id}/"
    assert "Withdraw it" in page(browser, path)
    assert "Withdraw it" not in page(other, path)
    other.post(f"{path}withdraw/")
    assert page(Client(), path)
    browser.post(f"{path}withdraw/")
    for gone in (path, f"{path}installer/", f"{path}installers/linux/", f"{path}keys/public/"):
        assert Client().get(gone).status_code == 404


@pytest.mark.parametrize("build_id", ["a" * 40, "a" * 39, "A" * 40, "..", "<b>", "%2e%2e%2fx"])
def test_given_an_id_of_no_build_when_its_page_is_opened_then_there_is_none(db: None, build_id: str) -> None:
    assert Client().get(f"/builds/{build_id}/").status_code == 404
    assert Client().get(f"/builds/{build_id}/installers/linux/").status_code == 404


def test_given_a_new_release_when_a_page_is_opened_then_the_build_is_signed_anew_for_it(
    site: Foundry, browser: Client
) -> None:
    build = built(browser)
    site.sign()
    path = f"/builds/{build.build_id}/"
    assert version_in(body(Client(), f"{path}installers/linux/")) == "1.0"
    site.releases.publish_version("1.1")
    assert "Being signed" in page(Client(), path)
    site.sign()
    assert "seattle-node-1.1" in page(Client(), path)
    assert version_in(body(Client(), f"{path}installers/linux/")) == "1.1"


def test_given_a_statement_that_somebody_has_forged_when_its_installer_is_fetched_then_it_is_not_served(
    site: Foundry, browser: Client
) -> None:
    build = built(browser)
    site.sign()
    build.refresh_from_db()
    assert build.statement is not None
    forged = bytes(build.statement).replace(b"Percent 80", b"Percent 90")
    Build.objects.update(statement=forged)
    answer = Client().get(f"/builds/{build.build_id}/installers/linux/")
    assert answer.status_code == 503
    assert b"can't be made" in answer.content
    page(Client(), f"/builds/{build.build_id}/")


def test_given_a_statement_signed_by_another_key_when_its_installer_is_fetched_then_it_is_not_served(
    site: Foundry, browser: Client
) -> None:
    build = built(browser)
    site.key = KeyPair.generate()
    site.sign()
    assert Client().get(f"/builds/{build.build_id}/installers/linux/").status_code == 503


def test_given_a_bundle_that_was_exchanged_when_builds_are_signed_then_none_is(site: Foundry, browser: Client) -> None:
    build = built(browser)
    for file in (site.releases.path / "targets" / "stable").iterdir():
        file.write_bytes(b"worse")
    site.sign()
    build.refresh_from_db()
    assert build.state == Build.State.WAITING
    assert "not what was signed" in page(Client(), f"/builds/{build.build_id}/")


def test_given_a_row_that_was_tampered_with_when_builds_are_signed_then_it_is_refused(
    site: Foundry, browser: Client
) -> None:
    build = built(browser)
    Build.objects.update(vessels=[{"percent": 100, "owner": "ann", "users": []}])
    site.sign()
    build.refresh_from_db()
    assert (build.state, build.statement) == (Build.State.REFUSED, None)
    assert "100 % together" in page(Client(), f"/builds/{build.build_id}/")


def test_given_installers_that_are_too_large_together_when_one_more_is_made_then_the_oldest_goes(
    site: Foundry, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installers, "_MEGABYTE", 1)
    for _ in range(3):
        build = built(browser)
        site.sign()
        size = len(body(Client(), f"/builds/{build.build_id}/installers/linux/"))
        site.site(installers=size * 3 // 2)
    assert len(list((site.settings.SITE.data / "installers").iterdir())) == 1
    first = Build.objects.order_by("pk")[0]
    assert body(Client(), f"/builds/{first.build_id}/installers/linux/")  # it is made again


def test_given_an_installer_that_a_full_disk_cut_short_when_it_is_fetched_then_it_is_made_anew(
    site: Foundry, browser: Client
) -> None:
    path = f"/builds/{built(browser).build_id}/installers/linux/"
    site.sign()
    whole = body(Client(), path)
    (kept,) = (site.settings.SITE.data / "installers").iterdir()
    kept.write_bytes(whole[:100])
    assert body(Client(), path) == whole


def test_given_somebody_who_waits_for_an_installer_when_it_has_been_made_then_it_is_not_made_once_more(
    site: Foundry, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    build, made, assemble = built(browser), list[Path](), building.assemble
    site.sign()

    def counted(said: bytes, signature: bytes, bundle: Path, new: Path) -> None:
        made.append(new)
        assemble(said, signature, bundle, new)

    class Awaited:
        """The lock, for which one more waits, who has it the moment that it is free."""

        waiting = True

        def acquire(self, *, timeout: float) -> bool:
            return timeout > 0

        def release(self) -> None:
            if self.waiting:
                self.waiting = False
                installers.installer_of(Build.objects.get(pk=build.pk))

    monkeypatch.setattr(building, "assemble", counted)
    monkeypatch.setattr(installers, "_one_at_a_time", Awaited())
    assert body(Client(), f"/builds/{build.build_id}/installers/linux/")
    assert len(made) == 1


def test_given_parts_of_who_was_killed_when_another_installer_is_made_then_they_go_and_one_under_way_stays(
    site: Foundry, browser: Client
) -> None:
    folder = site.settings.SITE.data / "installers"
    folder.mkdir()
    old, hidden, fresh = (folder / name for name in ("a.pyz.part", ".b.pyz.part.part", "c.pyz.part"))
    for part in (old, hidden, fresh):
        part.write_bytes(b"half")
    for part in (old, hidden):
        os.utime(part, (0, 0))
    path = f"/builds/{built(browser).build_id}/installers/linux/"
    site.sign()
    assert body(Client(), path)
    assert {part.exists() for part in (old, hidden)} == {False}
    assert fresh.exists()


def test_given_a_disk_that_is_full_when_an_installer_is_made_then_it_is_to_be_tried_again_and_nothing_is_left(
    site: Foundry, browser: Client
) -> None:
    path = f"/builds/{built(browser).build_id}/installers/linux/"
    site.sign()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))  # what is longer can't be written, as with a full disk
    try:
        answer = Client().get(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert list((site.settings.SITE.data / "installers").iterdir()) == []
    assert body(Client(), path)


def test_given_a_donation_token_when_it_is_made_then_it_has_an_installer_that_says_so(
    site: Foundry, browser: Client, alice: User
) -> None:
    browser.post("/donations/tokens/", {"name": "attic"})
    build = Build.objects.get()
    site.sign()
    assert f"/builds/{build.build_id}/" in page(browser, "/donations/")
    assert f"/builds/{build.build_id}/" in page(Client(), f"/donate/{build.token.token}/")
    # In a terminal that knows of no node, as that of who has just typed the page's two lines.
    assert "seattle node status --settings ~/seattle-node/node.toml" in page(Client(), f"/donate/{build.token.token}/")
    html = page(Client(), f"/builds/{build.build_id}/")
    assert "alice" not in html
    build.refresh_from_db()
    assert build.statement is not None
    said = msgspec.json.decode(bytes(build.statement))
    assert said["node"]["invitation"] == build.token.token
    assert said["vesselinfo"].splitlines() == [
        "Percent 100",
        f"Owner {format_public_line(site.key.public)}",
        f"Information {build.token.token}",
    ]


def test_given_an_older_token_when_an_installer_is_wanted_then_it_is_made(
    site: Foundry, browser: Client, alice: User, new_user: NewUser
) -> None:
    token = make_token(alice)
    assert browser.post(f"/donations/tokens/{token.pk}/installer/")["Location"].startswith("/builds/")
    theirs = make_token(new_user("bob"))
    assert browser.post(f"/donations/tokens/{theirs.pk}/installer/")["Location"] == "/donations/"
    assert Build.objects.count() == 1


def test_given_a_worker_when_it_has_signed_then_everybody_can_download_the_general_installer(
    site: Foundry, db: None
) -> None:
    assert "no installer here yet" in page(Client(), "/download/")
    site.sign()
    site.sign()
    html = page(Client(), "/download/")
    general = services.general()
    assert general is not None
    assert f"/builds/{general.build_id}/installers/linux/" in html
    assert "seattle-node-1.0.pyz" in html


def test_given_a_site_that_can_not_build_when_the_download_page_is_opened_then_it_says_why(db: None) -> None:
    assert "not set it up" in page(Client(), "/download/")
