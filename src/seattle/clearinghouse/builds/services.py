"""Having installers built, and what is told of them."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from seattle.clearinghouse.accounts import in_use
from seattle.clearinghouse.accounts.models import User
from seattle.clearinghouse.accounts.public_keys import public_line
from seattle.clearinghouse.builds import release
from seattle.clearinghouse.builds.layout import Layout, Part, Person, check
from seattle.clearinghouse.builds.models import Build
from seattle.clearinghouse.config import BuilderPolicy
from seattle.clearinghouse.errors import BadRequest, CannotFulfil, NotAuthenticated, NotFound, NotPermitted
from seattle.clearinghouse.fleet.calling import call_workers
from seattle.clearinghouse.fleet.donation_tokens import good_tokens
from seattle.clearinghouse.fleet.models import DonationToken
from seattle.identity.keys import KeyPair, PublicKey
from seattle.installer import build_ids, building

MOST_OF_A_USER: Final = 200  # builds that were not withdrawn
_NOT_HERE: Final = "the operators of this testbed have not set it up for installers"


@dataclass(frozen=True)
class Built:
    """A build, and the pairs that were made for it, by name: nobody will ever have their private halves again."""

    build: Build
    pairs: dict[str, KeyPair]


def may_build(user: User | None) -> None:
    """Raises CannotFulfil if nobody can, NotPermitted and NotAuthenticated if this user can't."""
    site = settings.SITE
    if site.builder is BuilderPolicy.CLOSED:
        raise NotPermitted("nobody may build installers here: the operators have closed the builder")
    if user is None and site.builder is BuilderPolicy.USERS:
        raise NotAuthenticated("building installers needs an account here, so that somebody answers for each")
    if user is not None and not user.is_active:
        raise NotPermitted("this account was closed by the operators")
    if why := why_not():
        raise CannotFulfil(why)


def why_not() -> str:
    """Why no installer can be built here, in words; empty if it can."""
    site = settings.SITE
    if not (site.worker_key and site.brokers and site.enrol_url):
        return f"{_NOT_HERE}: they have not said which worker, brokers and enrolment it has"
    if site.releases is None:
        return f"{_NOT_HERE}: there is no release of Seattle to put into them"
    return ""


@transaction.atomic
def build(layout: Layout, *, planner: User | None) -> Built:
    """Write down what a planner wants, for a worker to sign. A pair is made for each of the people without a key.

    Raises BadLayout, and as `may_build`.
    """
    may_build(planner)
    keys = check(layout, site_key=settings.SITE.worker_key)
    if planner is not None:
        in_use.lock(planner)  # two at once would both be the last
        if mine(planner).count() >= MOST_OF_A_USER:
            raise BadRequest(f"you have {MOST_OF_A_USER} builds: withdraw one that nobody needs any more")
    pairs = {name: KeyPair.generate() for name, key in keys.items() if key is None}
    public: dict[str, PublicKey] = {name: pairs[name].public if key is None else key for name, key in keys.items()}
    token = DonationToken.objects.create(user=None, name=f"a build{_of(planner)}")
    made = Build.objects.create(
        kind=Build.Kind.CUSTOM,
        name=layout.name,
        planner=planner,
        token=token,
        people=[{"name": name, "key": key.id, "line": public_line(key)} for name, key in public.items()],
        vessels=[{"percent": part.percent, "owner": part.owner, "users": list(part.users)} for part in layout.vessels],
    )
    call_workers()
    return Built(made, pairs)


@transaction.atomic
def build_donation(user: User, token_id: int) -> Build:
    """The installer by which computers donate in this user's name, by one of their tokens. Raises as `build`."""
    if why := why_not():
        raise CannotFulfil(why)
    if not user.is_active:
        raise NotPermitted("this account was closed by the operators")
    token = DonationToken.objects.select_for_update().filter(user=user, pk=token_id, revoked_at=None).first()
    if token is None:
        raise NotFound(f"you have no donation token {token_id} in use")
    made, is_new = Build.objects.get_or_create(kind=Build.Kind.DONATION, token=token, defaults={"planner": user})
    if is_new:
        call_workers()
    return made


@transaction.atomic
def keep_general() -> None:
    """Have there be an installer for donations in nobody's name. For the workers that sign."""
    if Build.objects.filter(kind=Build.Kind.GENERAL).exists():
        return
    token = DonationToken.objects.create(user=None, name="the general installer")
    Build.objects.create(kind=Build.Kind.GENERAL, token=token)


def find(build_id: str) -> Build:
    """The build with this id. Raises BadRequest for what is no id, NotFound for one of none, or of one withdrawn."""
    if len(build_id) != build_ids.LENGTH or not set(build_id) <= set(build_ids.ALPHABET):
        raise BadRequest(
            f"{build_id[:60]!r} is no id of a build: they have {build_ids.LENGTH} small letters and digits"
        )
    found = Build.objects.select_related("token").filter(build_id=build_id).first()
    if found is None or found.state == Build.State.WITHDRAWN or not good_tokens().contains(found.token):
        raise NotFound("there is no build with this id any more, or there never was")
    return found


def general() -> Build | None:
    """The installer for donations in nobody's name."""
    return Build.objects.select_related("token").filter(kind=Build.Kind.GENERAL).first()


def mine(user: User) -> QuerySet[Build]:
    """A user's own layouts, newest first."""
    return Build.objects.filter(planner=user, kind=Build.Kind.CUSTOM).exclude(state=Build.State.WITHDRAWN)


@transaction.atomic
def withdraw(user: User, build_id: str) -> None:
    """Let no installer of a build be had, and none that was had make a node any more; those that are, stay.

    Raises NotFound.
    """
    found = mine(user).select_for_update().filter(build_id=build_id).first()
    if found is None:
        raise NotFound("you have no such build")
    DonationToken.objects.filter(pk=found.token_id, revoked_at=None).update(revoked_at=timezone.now())
    Build.objects.filter(pk=found.pk).update(state=Build.State.WITHDRAWN)


def bring_up_to_date(build: Build) -> Build:
    """Have a build signed anew if what it carries is not the newest any more; how it stands. Raises CannotFulfil."""
    if build.state != Build.State.SIGNED:
        return build
    newest = release.newest()
    if newest is not None and (build.bundle, build.loader) != (newest.sha256, building.loader_digest()):
        with transaction.atomic():
            Build.objects.filter(pk=build.pk, state=Build.State.SIGNED).update(state=Build.State.WAITING, why="")
            call_workers()
        build.refresh_from_db()
    return build


def parts_of(build: Build) -> list[Part]:
    """The vessels of a build, as they were laid out."""
    return [Part(vessel["percent"], vessel["owner"], tuple(vessel["users"])) for vessel in build.vessels]


def layout_of(build: Build) -> Layout:
    """What a build was made of, to be changed into another."""
    people = tuple(Person(person["name"], person["line"]) for person in build.people)
    return Layout(people, tuple(parts_of(build)), build.name)


@transaction.atomic
def purge() -> int:
    """Forget all builds, how many there were: what they have set up stays, and they set up no further node.

    Donation tokens are their users' own, and stay.
    """
    builds = Build.objects.select_for_update()
    tokens = builds.exclude(kind=Build.Kind.DONATION).values("token")
    DonationToken.objects.filter(pk__in=tokens, revoked_at=None).update(revoked_at=timezone.now())
    return builds.delete()[0]


def _of(planner: User | None) -> str:
    return "" if planner is None else f" of {planner.username}"
