"""`seattle release-update`: publish versions of Seattle to nodes. See `updater/releases.py` for who signs what."""

from pathlib import Path
from typing import Annotated, Final

import typer

from seattle.cli.console import Json, WrongUsage, print_json, reporting, say
from seattle.cli.key import KeysDir, find_pair, find_public
from seattle.cli.plain_group import PlainGroup
from seattle.cli.tables import print_table
from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey
from seattle.installer.standalone.bundles import Bundle
from seattle.installer.standalone.errors import InstallerError
from seattle.updater.errors import UpdateError
from seattle.updater.releases import ReleaseFolder, Standing
from seattle.updater.roles import Channel, RoleName, Signers

app = typer.Typer(
    cls=PlainGroup,
    add_completion=False,
    name="release-update",
    help="Publish versions of Seattle to nodes: a folder that any web server serves, signed by several people.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
)

EXAMPLES: Final = (
    ("seattle key new ann", "each release manager makes keys, and shows the public halves"),
    (
        (
            "seattle release-update init releases --root ann --root bob --root-threshold 2"
            " --targets ann --canary bob --online site"
        ),
        "a repository whose keys change when both agree",
    ),
    ("seattle release-update sign releases --key ann", "whoever has to sign does, each on their own computer"),
    ("seattle release-update add releases seattle-1.4.0.bundle", "a new version for everybody"),
    ("seattle release-update refresh releases --key site", "to be done every day, by a timer"),
    ("seattle release-update show releases", "what is published, until when, and what waits for whom"),
)

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The repository.")]
Signing = Annotated[str, typer.Option("--key", metavar="NAME|FILE", help="The private key to sign with.")]
RootKeys = Annotated[
    list[str], typer.Option("--root", metavar="KEY", help="A key that says whose keys count; several times.")
]
RootThreshold = Annotated[int, typer.Option("--root-threshold", help="So many of them have to sign.")]
TargetsKeys = Annotated[
    list[str], typer.Option("--targets", metavar="KEY", help="A key that signs stable versions; several times.")
]
TargetsThreshold = Annotated[int, typer.Option("--targets-threshold", help="So many of them have to sign.")]
Online = Annotated[str, typer.Option("--online", metavar="KEY", help="The key that says every day what is newest.")]


@app.command()
def init(
    folder: Folder,
    keys_dir: KeysDir,
    *,
    root: RootKeys,
    targets: TargetsKeys,
    canary: Annotated[
        list[str], typer.Option("--canary", metavar="KEY", help="A key that signs versions to be tried first.")
    ],
    online: Online,
    root_threshold: RootThreshold = 1,
    targets_threshold: TargetsThreshold = 1,
    canary_threshold: Annotated[int, typer.Option("--canary-threshold", help="So many of them have to sign.")] = 1,
) -> None:
    """Begin a repository. Its first metadata wait for their signatures: see `sign`."""
    with reporting(UpdateError, IdentityError):
        ReleaseFolder(folder).begin(
            root=Signers.of(_keys(root, keys_dir), root_threshold),
            targets=Signers.of(_keys(targets, keys_dir), targets_threshold),
            canary=Signers.of(_keys(canary, keys_dir), canary_threshold),
            online=find_public(online, keys_dir)[0],
        )
        _say_what_waits(folder)


@app.command()
def rotate(
    folder: Folder,
    keys_dir: KeysDir,
    *,
    root: RootKeys,
    targets: TargetsKeys,
    online: Online,
    root_threshold: RootThreshold = 1,
    targets_threshold: TargetsThreshold = 1,
) -> None:
    """Change the keys of a repository. As many of the old root keys as of the new ones have to sign that."""
    with reporting(UpdateError, IdentityError):
        _repository(folder).rotate(
            root=Signers.of(_keys(root, keys_dir), root_threshold),
            targets=Signers.of(_keys(targets, keys_dir), targets_threshold),
            online=find_public(online, keys_dir)[0],
        )
        _say_what_waits(folder)


@app.command()
def add(
    folder: Folder,
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="What nodes install: `seattle installer bundle`.")],
    *,
    channel: Annotated[Channel, typer.Option("--channel", help="Which nodes get it.")] = Channel.STABLE,
) -> None:
    """Add a release as the newest of its channel. It waits for signatures: see `sign`."""
    with reporting(UpdateError, InstallerError):
        with Bundle(bundle) as release:
            release.check()
            version = release.version
        _repository(folder).release(channel, bundle, version)
        say(f"version {version} is the newest {channel} one, once it is signed")
        _say_what_waits(folder)


@app.command()
def sign(folder: Folder, keys_dir: KeysDir, *, key: Signing) -> None:
    """Sign all that waits for this key. What has enough signatures then is published."""
    with reporting(UpdateError, IdentityError):
        signed = _repository(folder).sign(find_pair(key, keys_dir))
        if not signed:
            raise WrongUsage("nothing waits for a signature of this key")
        say(f"signed: {', '.join(signed)}")
        _say_what_waits(folder)


@app.command()
def refresh(folder: Folder, keys_dir: KeysDir, *, key: Signing) -> None:
    """Say with the online key what is newest, and that this is still so. A timer does it every day."""
    with reporting(UpdateError, IdentityError):
        _repository(folder).refresh(find_pair(key, keys_dir))


@app.command()
def renew(
    folder: Folder,
    role: Annotated[RoleName, typer.Argument(metavar="ROLE", help="Whose metadata: root, targets or canary.")],
) -> None:
    """Have the same signed once more, before it expires."""
    with reporting(UpdateError):
        if role not in (RoleName.ROOT, RoleName.TARGETS, RoleName.CANARY):
            raise WrongUsage(f"`seattle release-update refresh` renews the {role}")
        _repository(folder).renew(role)
        _say_what_waits(folder)


@app.command()
def show(folder: Folder, *, as_json: Json = False) -> None:
    """Show what is published, how long it is good, and what waits for signatures."""
    with reporting(UpdateError):
        standing = list(_repository(folder).standing())
        if as_json:
            print_json([_told(one) for one in standing])
            return
        rows = [
            [
                one.role,
                str(one.number),
                f"{one.signed_by} of {one.threshold}",
                f"{one.expires:%Y-%m-%d %H:%M}",
                _word(one),
            ]
            for one in standing
        ]
        print_table(["role", "number", "signed by", "good until (UTC)", "state"], rows)


def _repository(folder: Path) -> ReleaseFolder:
    """The repository that is there. Raises WrongUsage."""
    repository = ReleaseFolder(folder)
    if not any(repository.standing()):
        raise WrongUsage(f"{folder} is no repository: `seattle release-update init` makes one")
    return repository


def _keys(names: list[str], keys_dir: Path) -> list[PublicKey]:
    return [find_public(name, keys_dir)[0] for name in names]


def _told(one: Standing) -> dict[str, object]:
    return {
        "role": one.role,
        "number": one.number,
        "signed_by": one.signed_by,
        "threshold": one.threshold,
        "expires": one.expires.isoformat(),
        "published": one.is_published,
    }


def _word(one: Standing) -> str:
    return "published" if one.is_published else "waits for signatures"


def _say_what_waits(folder: Path) -> None:
    for one in ReleaseFolder(folder).standing():
        if not one.is_published:
            say(f"{one.role} {one.number} has {one.signed_by} of {one.threshold} signatures")
