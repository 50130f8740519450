"""A credential that others keep fresh: whoever enrols us replaces its file."""

import asyncio
from pathlib import Path
from typing import Final

from seattle.fabric.authority import Role
from seattle.fabric.enrolment import validity
from seattle.fabric.errors import EnrolmentRefused
from seattle.identity.keys import PublicKey

_MAKE: Final = "`seattle fabric enrol {key} --role {role} --authority DIR` makes one"


class KeptCredential:
    """A `FetchCredential` for `NatsFabric`, which reads the file anew each time.

    What is wrong with the file is told here, by its name: a broker only says that it does not take what it was shown.

    Args:
        file: where the credential is.
        key: whose it should be.
        role: as what; both for the advice alone.
    """

    def __init__(self, file: Path, key: PublicKey, *, role: Role) -> None:
        self._file = file
        self._advice = _MAKE.format(key=key.id, role=role)

    async def __call__(self) -> str:
        """Raises EnrolmentRefused if there is no credential in the file."""
        return await asyncio.to_thread(self.read)

    def read(self) -> str:
        """What is in the file now. Raises as above."""
        try:
            credential = self._file.read_text(encoding="ascii").strip()
            validity(credential)
        except OSError as why:
            raise EnrolmentRefused(
                f"{self._file}: the credential can't be read ({why.strerror}); {self._advice}"
            ) from why
        except (UnicodeDecodeError, EnrolmentRefused) as why:
            raise EnrolmentRefused(f"{self._file}: this is not a credential; {self._advice}") from why
        return credential
