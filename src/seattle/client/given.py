"""A testbed that is given in the call, or by the environment, without a profile on disk.

======================  ============================================================
`SEATTLE_FABRIC`        brokers of one cluster, with commas between them
`SEATTLE_KEY`           the file of the private key
`SEATTLE_CREDENTIAL`    the file of the credential, if no service enrols the key
`SEATTLE_ENROL_URL`     the service that enrols the key
`SEATTLE_SITE`          the clearinghouse's site, where vessels are had, if there is one
`SEATTLE_CA_FILE`       checks brokers and service; without it, this system's authorities
======================  ============================================================

What a profile's folder would keep (groups, a renewed credential) is in a temporary one, which goes with the connection.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seattle.client.errors import ProfileUnusable
from seattle.client.expected import expect, expect_each
from seattle.client.profile import CREDENTIAL, VARIABLE, Profile, check_addresses
from seattle.client.profile import KEY as KEY_FILE
from seattle.fabric.enrolment import validity
from seattle.fabric.errors import EnrolmentRefused
from seattle.identity.files import load_key_pair
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import Passphrase

FABRIC: Final = "SEATTLE_FABRIC"
KEY: Final = "SEATTLE_KEY"
_NEEDED: Final = "a testbed without a profile needs urls, key, and credential or enrol_url"


@dataclass(frozen=True, kw_only=True)
class Given:
    """Where a testbed is, and who we are there. `credential` is its text, or the file that it is in."""

    urls: str | Sequence[str] = ()
    key: KeyPair | str | Path | None = None
    credential: str | Path = ""
    enrol_url: str = ""
    site_url: str = ""
    ca_file: str | Path | None = None
    plain_fabric: bool = False

    def __post_init__(self) -> None:
        """Raises TypeError for what can't be any of these."""
        if not isinstance(self.urls, str):
            expect_each(self.urls, str, "urls is a broker's URL, or a list of those")
        expect(self.key, (KeyPair, str, Path, type(None)), "key is a KeyPair, or the file of one")
        expect(self.credential, (str, Path), "credential is a text, or a Path to its file")
        expect(self.enrol_url, str, "enrol_url is a URL")
        expect(self.site_url, str, "site_url is a URL")
        expect(self.ca_file, (str, Path, type(None)), "ca_file is a file")

    def __bool__(self) -> bool:
        """Whether anything is given."""
        return self != Given()

    @classmethod
    def by(cls, environ: Mapping[str, str]) -> "Given":
        """What the environment gives."""
        if not environ.get(FABRIC):
            return cls()
        credential = environ.get("SEATTLE_CREDENTIAL")
        return cls(
            urls=[url.strip() for url in environ[FABRIC].split(",") if url.strip()],
            key=environ.get(KEY),
            credential=Path(credential).expanduser() if credential else "",
            enrol_url=environ.get("SEATTLE_ENROL_URL", ""),
            site_url=environ.get("SEATTLE_SITE", ""),
            ca_file=environ.get("SEATTLE_CA_FILE") or None,
        )

    def load_key(self, passphrase: Passphrase = None) -> KeyPair:
        """The key pair. Raises KeyFileError, and ProfileUnusable if none is given."""
        match self.key:
            case KeyPair():
                return self.key
            case None | "":
                raise ProfileUnusable(f"there is no key: {_NEEDED}", hint=f"{KEY} names the file of one")
            case file:
                return load_key_pair(Path(file).expanduser(), passphrase)

    def to_profile(self) -> Profile:
        """A profile in a temporary folder, which is the caller's to `discard`. Raises ProfileUnusable."""
        urls = (self.urls,) if isinstance(self.urls, str) else tuple(self.urls)
        if not urls or not (self.credential or self.enrol_url):
            raise ProfileUnusable(f"too little is given: {_NEEDED}", hint="or name a profile")
        check_addresses(
            urls,
            enrol_url=self.enrol_url,
            site_url=self.site_url,
            plain_fabric=self.plain_fabric,
            of="what was given for the testbed",
        )
        folder = self._new_folder()
        return Profile(
            folder=folder,
            urls=urls,
            credential_file=self.credential if isinstance(self.credential, Path) else folder / CREDENTIAL,
            key_file=folder / KEY_FILE,  # there is none: it stays where it is
            enrol_url=self.enrol_url,
            ca_file=None if self.ca_file is None else Path(self.ca_file).expanduser(),
            plain_fabric=self.plain_fabric,
            site_url=self.site_url,
        )

    def _new_folder(self) -> Path:
        """A temporary one, with the credential if its text is given. Raises ProfileUnusable."""
        text = "" if isinstance(self.credential, Path) else self.credential
        try:
            if text:
                validity(text)
        except EnrolmentRefused as why:
            hint = "give its text, or a Path to its file"
            raise ProfileUnusable("what was given as the credential is none", hint=hint) from why
        folder = Path(tempfile.mkdtemp(prefix="seattle-"))
        try:
            if text:
                (folder / CREDENTIAL).write_text(text, encoding="ascii")
        except OSError as why:
            discard(folder)
            raise ProfileUnusable(f"{folder}: the credential can't be put there ({why.strerror})") from why
        return folder


def given_by_environment(profile: object, environ: Mapping[str, str]) -> Given:
    """What the environment gives, where no profile is named: neither by who asks nor by the environment itself."""
    return Given() if profile is not None or environ.get(VARIABLE) else Given.by(environ)


def discard(folder: Path) -> None:
    """Delete the folder of a profile that was only given."""
    shutil.rmtree(folder, ignore_errors=True)
