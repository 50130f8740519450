"""Installers that users have built."""

from datetime import datetime
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Schema, Status
from pydantic import Field

from seattle.clearinghouse.api import rates
from seattle.clearinghouse.api.credentials import AskedBy, Credentials, nobody
from seattle.clearinghouse.api.forms import ROWS, Asked, Before, Limit, Page, answers, inline, note
from seattle.clearinghouse.api.pages import page_of
from seattle.clearinghouse.api.patterns import BUILD_ID
from seattle.clearinghouse.builds import installers, services
from seattle.clearinghouse.builds.layout import (
    MAX_BUILD_NAME,
    MOST_PEOPLE,
    MOST_USERS,
    MOST_VESSELS,
    Layout,
    Part,
    Person,
)
from seattle.clearinghouse.builds.models import Build
from seattle.identity.openssh import format_private

router = Router(tags=["builds"], auth=Credentials())

Name = Annotated[str, Field(max_length=40, description="3 to 40 letters, digits or _, the first no _")]
BuildId = Annotated[str, Field(pattern=BUILD_ID, description="of a build")]


class PersonAsked(Asked):
    """Somebody who owns or uses vessels."""

    name: Name
    key: Annotated[str, Field(max_length=1000, description="OpenSSH public line or id; empty: a pair is made")] = ""


class PartAsked(Asked):
    """A vessel of each computer."""

    percent: Annotated[int, Field(ge=10, le=80, multiple_of=10)]
    owner: Name
    users: Annotated[list[Name], Field(max_length=MOST_USERS, default_factory=list)]


class NewBuild(Asked):
    """What to build: vessels of 80 % together. The other 20 % are the testbed's."""

    name: Annotated[str, Field(max_length=MAX_BUILD_NAME, description="in your words")] = ""
    people: Annotated[list[PersonAsked], Field(min_length=1, max_length=MOST_PEOPLE)]
    vessels: Annotated[list[PartAsked], Field(min_length=1, max_length=MOST_VESSELS)]


class PersonOfBuild(Schema):
    """Somebody in a build."""

    name: str
    key: Annotated[str, note("its id")]
    public_line: Annotated[str, note("as OpenSSH has it")]


class PartTold(Schema):
    """A vessel of each computer."""

    percent: int
    owner: str
    users: list[str]


class BuildTold(Schema):
    """An installer."""

    id: str
    name: str
    state: Annotated[Build.State, inline(Build.State)]
    why: Annotated[str, note("it was not signed; in words")]
    page: Annotated[str, note("to give to donors")]
    installers: Annotated[dict[str, str], note("addresses, by platform")]
    version: Annotated[str, note("of Seattle, that it carries; empty until it is signed")]
    signer: Annotated[str, note("id of the key that signed it")]
    people: list[PersonOfBuild]
    vessels: list[PartTold]
    created_at: datetime

    @classmethod
    def of(cls, build: Build) -> "BuildTold":
        """What everybody who knows the id is told."""
        origin = settings.SITE.origin
        return cls(
            id=build.build_id,
            name=build.name,
            state=Build.State(build.state),
            why=build.why,
            page=origin + reverse("build", args=[build.build_id]),
            installers={
                platform: origin + reverse("installer", args=[build.build_id, platform])
                for platform in installers.PLATFORMS
            },
            version=build.version,
            signer=build.signer,
            people=[PersonOfBuild(name=one["name"], key=one["key"], public_line=one["line"]) for one in build.people],
            vessels=[
                PartTold(percent=part.percent, owner=part.owner, users=list(part.users))
                for part in services.parts_of(build)
            ],
            created_at=build.created_at,
        )


class NewBuildTold(BuildTold):
    """An installer that was just ordered."""

    private_keys: Annotated[dict[str, str], note("of the pairs that were made, by name; told this once, kept nowhere")]


@router.get("", response=answers(200, Page[BuildTold]), summary="Your builds")
def list_builds(request: AskedBy, limit: Limit = ROWS, before: Before | None = None) -> Any:
    """The installers that you had built, newest first."""
    return page_of(services.mine(request.auth.user), BuildTold.of, limit=limit, before=before)


@router.post("", response=answers(201, NewBuildTold), summary="Build an installer")
def new_build(request: AskedBy, wanted: NewBuild) -> Any:
    """Have an installer built. It can be had once a worker has signed it, within seconds."""
    user = request.auth.user
    rates.BUILDS.charge(str(user.pk))
    layout = Layout(
        people=tuple(Person(one.name, one.key) for one in wanted.people),
        vessels=tuple(Part(one.percent, one.owner, tuple(one.users)) for one in wanted.vessels),
        name=wanted.name,
    )
    built = services.build(layout, planner=user)
    private = {name: format_private(pair) for name, pair in built.pairs.items()}
    return Status(201, NewBuildTold(**BuildTold.of(built.build).dict(), private_keys=private))


@router.get("/{build_id}", response=answers(200, BuildTold), summary="A build", auth=nobody)
def get_build(request: HttpRequest, build_id: BuildId) -> Any:  # noqa: ARG001 - called with it
    """What a build is, for everybody who knows its id."""
    return BuildTold.of(services.bring_up_to_date(services.find(build_id)))


@router.delete("/{build_id}", response=answers(204, None), summary="Withdraw a build")
def withdraw_build(request: AskedBy, build_id: BuildId) -> Any:
    """Let its installers set no computer up any more. Those that are, stay."""
    services.withdraw(request.auth.user, build_id)
    return Status(204, None)
