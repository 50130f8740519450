"""A profile says where a testbed is and who we are there: a folder with `profile.toml`.

::

    fabric = ["tls://fabric.example.org:4222"]   # brokers of one cluster; a single one may be given as a text
    credential = "credential.jwt"                # what enrolment gave us; paths are relative to the folder
    key = "key"                                  # our private key, in OpenSSH's format
    enrol_url = "https://enrol.example.org"      # the service that renews the credential, if there is one
    site_url = "https://seattle.example.org"     # the clearinghouse's site, where vessels are had, if there is one
    ca_file = "ca.pem"                           # checks brokers and service; without it, this system's authorities
    plain_fabric = true                          # only where nats:// to another computer is meant

Which one: the argument, else the variable SEATTLE_PROFILE, else `default`. A word is the name of a profile in
`seattle/profiles` of the user's configuration folder; what has a slash in it is a folder.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.client.errors import ProfileError, ProfileMissing, ProfileUnusable, SiteError
from seattle.client.expected import expect
from seattle.client.files import replace_file
from seattle.client.site.signing import check_site_url
from seattle.fabric.brokers import check_brokers
from seattle.fabric.enrolment_client import check_url
from seattle.fabric.errors import FabricError
from seattle.identity.files import load_key_pair, save_key_pair
from seattle.identity.folders import Sort, user_folder
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import Passphrase
from seattle.identity.toml_values import as_toml

VARIABLE: Final = "SEATTLE_PROFILE"
DEFAULT: Final = "default"
FILE: Final = "profile.toml"
CREDENTIAL: Final = "credential.jwt"  # the file, where the profile names no other
KEY: Final = "key"  # as above

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}\Z")
_MOST_NAMED: Final = 5  # of the profiles that there are
_HOW_TO_MAKE: Final = (
    "`seattle login URL` makes one of a testbed's site, and `seattle up` of a testbed on this computer"
)

Url = Annotated[str, Meta(min_length=1, max_length=300)]
FilePath = Annotated[str, Meta(min_length=1, max_length=4096)]


class _ProfileFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may stand in `profile.toml`."""

    fabric: Url | Annotated[list[Url], Meta(min_length=1, max_length=100)]
    credential: FilePath = CREDENTIAL
    key: FilePath = KEY
    enrol_url: Annotated[str, Meta(max_length=300)] = ""
    site_url: Annotated[str, Meta(max_length=300)] = ""
    ca_file: FilePath | None = None
    plain_fabric: bool = False


@dataclass(frozen=True)
class Profile:
    """Where a testbed is, and who we are there."""

    folder: Path
    urls: tuple[str, ...]  # brokers of one cluster
    credential_file: Path
    key_file: Path
    enrol_url: str = ""
    ca_file: Path | None = None
    plain_fabric: bool = False
    site_url: str = ""

    def load_key(self, passphrase: Passphrase = None) -> KeyPair:
        """Our key pair. Raises KeyFileError."""
        return load_key_pair(self.key_file, passphrase)

    def read_credential(self) -> str:
        """Our credential, as it is in its file now: it is renewed there. Raises ProfileUnusable."""
        try:
            return self.credential_file.read_text(encoding="ascii").strip()
        except OSError as why:
            raise ProfileUnusable(
                f"{self.credential_file}: the credential can't be read ({why.strerror})",
                hint="`seattle fabric enrol` makes one",
            ) from why
        except UnicodeDecodeError as why:
            raise ProfileUnusable(f"{self.credential_file}: this is not a credential") from why


def profiles_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The user's profiles: `seattle/profiles` in the configuration folder."""
    return user_folder(Sort.CONFIG, environ) / "profiles"


def find_profile(which: str | Path | None = None, *, environ: Mapping[str, str] = os.environ) -> Profile:
    """The profile asked for: a folder, a name, or None for the user's choice. Raises ProfileError."""
    return load_profile(profile_folder(which, environ=environ))


def profile_folder(which: str | Path | None = None, *, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the profile asked for, whether it is there or not. Raises ProfileError for an unusable name."""
    expect(which, (str, Path, type(None)), "a profile is named, or is a folder")
    which = which or environ.get(VARIABLE) or DEFAULT
    if isinstance(which, Path) or "/" in which:
        try:
            return Path(which).expanduser()
        except RuntimeError as why:
            raise ProfileError(f"{which}: nobody's home folder is known by that name") from why
    if not _NAME.match(which):
        raise ProfileError(f"{which!r} can't be the name of a profile", hint="write a folder with a slash: ./folder")
    return profiles_dir(environ) / which


def load_profile(folder: Path) -> Profile:
    """The profile in this folder. Raises ProfileMissing or ProfileUnusable."""
    file = folder / FILE
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as why:
        raise ProfileMissing(f"there is no profile {file}", hint=_instead_of(folder)) from why
    except (OSError, UnicodeDecodeError) as why:
        raise ProfileUnusable(f"{file}: can't be read ({why})") from why
    try:
        found = msgspec.convert(tomllib.loads(text), _ProfileFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as why:
        raise ProfileUnusable(f"{file}: {why}", hint="it holds fabric, credential and key, each a text") from why
    _check_addresses(found, file)
    return Profile(
        folder=folder,
        urls=tuple(_urls(found)),
        credential_file=_inside(folder, found.credential),
        key_file=_inside(folder, found.key),
        enrol_url=found.enrol_url,
        ca_file=None if found.ca_file is None else _inside(folder, found.ca_file),
        plain_fabric=found.plain_fabric,
        site_url=found.site_url,
    )


def write_profile(
    folder: Path,
    *,
    urls: Sequence[str],
    key: KeyPair,
    credential: str,
    enrol_url: str = "",
    ca_file: Path | None = None,
    plain_fabric: bool = False,
    site_url: str = "",
    key_file: Path | None = None,
) -> Profile:
    """Write a profile with its key and credential, over the one that is there, and return it.

    `key_file` is where the key is kept already, and stays; without it the key is written into the folder. The folder
    is made 0700. `profile.toml` is written last, so half a profile is none. Raises ProfileUnusable.
    """
    content = _ProfileFile(
        fabric=list(urls),
        enrol_url=enrol_url,
        ca_file=None if ca_file is None else str(ca_file.absolute()),
        plain_fabric=plain_fabric,
        site_url=site_url,
        key=KEY if key_file in (None, folder / KEY) else str(key_file.absolute()),
    )
    _check_addresses(content, folder / FILE)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if key_file is None:
            save_key_pair(folder / content.key, key, comment="seattle", replace=True)
        replace_file(folder / content.credential, f"{credential}\n".encode())
        text = "".join(f"{name} = {as_toml(value)}\n" for name, value in _items(content))
        replace_file(folder / FILE, text.encode())
    except OSError as why:
        raise ProfileUnusable(f"{folder}: the profile can't be written ({why.strerror})") from why
    except UnicodeEncodeError as why:
        raise ProfileUnusable(f"{folder}: the profile can't name a file whose path is no text: {why.object!r}") from why
    return load_profile(folder)


def _instead_of(missing: Path) -> str:
    """What helps: another profile that is there, or else how to make one."""
    try:
        there = sorted(file.parent.name for file in profiles_dir().glob(f"*/{FILE}"))
    except OSError:
        there = []
    if missing.parent != profiles_dir() or not there:
        return f"{_HOW_TO_MAKE}; choose another with --profile or {VARIABLE}"
    names = ", ".join(there[:_MOST_NAMED])
    return f"there is {names}: choose with --profile {there[0]}, or once with export {VARIABLE}={there[0]}"


def _items(content: _ProfileFile) -> list[tuple[str, object]]:
    given = msgspec.structs.asdict(content)
    return [(name, value) for name, value in given.items() if value not in ("", None, False)]


def check_addresses(urls: Sequence[str], *, enrol_url: str, site_url: str, plain_fabric: bool, of: object) -> None:
    """Raises ProfileUnusable, which says `of` what, for addresses at which nothing can be."""
    try:
        check_brokers(urls, plain_anywhere=plain_fabric)
        if enrol_url:
            check_url(enrol_url)
        if site_url:
            check_site_url(site_url)
    except FabricError as why:
        raise ProfileUnusable(f"{of}: {why}", hint="write tls://host:port") from why
    except SiteError as why:
        raise ProfileUnusable(f"{of}: {why}") from why


def _check_addresses(content: _ProfileFile, file: Path) -> None:
    check_addresses(
        _urls(content),
        enrol_url=content.enrol_url,
        site_url=content.site_url,
        plain_fabric=content.plain_fabric,
        of=file,
    )


def _urls(content: _ProfileFile) -> list[str]:
    return [content.fabric] if isinstance(content.fabric, str) else content.fabric


def _inside(folder: Path, path: str) -> Path:
    return folder / Path(path).expanduser()  # an absolute path stays what it is
