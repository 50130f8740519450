"""A credential that is renewed: kept in a file, fetched anew from the enrolment service before it ends."""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from seattle.fabric.authority import Role
from seattle.fabric.enrolment import validity
from seattle.fabric.enrolment_client import fetch_credential
from seattle.fabric.errors import EnrolmentFailed, EnrolmentRefused
from seattle.identity.keys import KeyPair
from seattle.identity.private_files import private_opener

FRESH: Final = 0.5  # of its life that a credential has left to be used as it is

log = structlog.get_logger()


class RenewedCredential:
    """A `FetchCredential` for `NatsFabric`.

    The one in the file will do while it is fresh, unless it was handed out before: whoever asks again had no luck with
    it, or wants another in time. If the service can't be had, it will do for as long as it lives. One that the disk did
    not take is kept in memory.

    Args:
        file: where the credential is kept; only its owner can read it.
        key: whose it is.
        role: as what to enrol.
        url: of the enrolment service.
        invitation: shown to the service.
        ca_file: authorities (PEM) by which the service is checked; None for those of this system.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        file: Path,
        key: KeyPair,
        *,
        role: Role,
        url: str,
        invitation: str = "",
        ca_file: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._key = key
        self._role = role
        self._url = url
        self._invitation = invitation
        self._ca_file = ca_file
        self._clock = clock
        self._handed_out = ""

    async def __call__(self) -> str:
        """Raises EnrolmentRefused if the service says no, EnrolmentFailed if there is neither it nor a credential."""
        kept = await asyncio.to_thread(self._read)
        if self._left(kept) < self._left(self._handed_out):  # which the disk did not take
            kept = self._handed_out
        if kept == self._handed_out or self._left(kept) < FRESH:
            kept = await self._renewed(kept)
        self._handed_out = kept
        return kept

    async def _renewed(self, kept: str) -> str:
        try:
            got = await fetch_credential(
                self._url, self._key, role=self._role, invitation=self._invitation, ca_file=self._ca_file
            )
        except EnrolmentFailed as why:
            if self._left(kept) <= 0:
                raise
            log.warning("credential_not_renewed", code=why.code, error=str(why))
            return kept
        try:
            await asyncio.to_thread(self._write, got.credential)
        except OSError as why:  # a full disk is no reason to be cut off
            log.warning("credential_not_kept", file=str(self._file), error=str(why))
        log.info("credential_renewed", role=self._role.value, expires_at=got.expires_at)
        return got.credential

    def _left(self, credential: str) -> float:
        """The part of its life that is left; 0 if there is none, or it is another key's."""
        try:
            valid = validity(credential)
        except EnrolmentRefused:
            return 0.0
        if valid.sub != self._key.id or valid.exp <= valid.iat:
            return 0.0
        return max(0.0, valid.exp - self._clock()) / (valid.exp - valid.iat)

    def _read(self) -> str:
        try:
            return self._file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):  # it is not there, or of no use: then another is fetched
            return ""

    def _write(self, credential: str) -> None:
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}.new")
        try:
            with open(draft, "w", encoding="ascii", opener=private_opener) as file:
                file.write(credential + "\n")
            draft.replace(self._file)
        except OSError:
            with suppress(OSError):  # it may not be there
                draft.unlink()
            raise
