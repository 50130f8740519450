"""An order that a deployment has sent: kept until its vessels are in the deployment's group, so none is forgotten."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Any

import msgspec

from seattle.client.errors import AlreadyDeployed, ProfileUnusable
from seattle.client.files import replace_file
from seattle.client.groups import check_name


class PendingOrder(msgspec.Struct, frozen=True):
    """What was ordered. Sent again with its key it is the same order."""

    key: str
    count: int
    kind: str
    where: dict[str, Any]


class PendingOrders:
    """The pending order of one deployment, which nobody else keeps while this is open.

    Raises AlreadyDeployed, ProfileUnusable, and NoSuchGroup for a name that no group can have.
    """

    def __init__(self, folder: Path, name: str) -> None:
        check_name(name)
        self._file = folder / f".deployment-{name}.json"
        try:
            self._lock = os.open(folder / f".deployment-{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as why:
            raise ProfileUnusable(f"{folder}: a deployment can't be kept there ({why.strerror})") from why
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as why:
            self.close()
            raise AlreadyDeployed(
                f"somebody keeps {name!r} running already", hint="end that one first, or take another name"
            ) from why

    def read(self) -> PendingOrder | None:
        """The order whose end nobody has seen, if there is one."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=PendingOrder)
        except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def write(self, order: PendingOrder) -> None:
        """Remember an order that is sent next."""
        replace_file(self._file, msgspec.json.encode(order))

    def forget(self) -> None:
        """Its vessels are in the group, or there are none."""
        self._file.unlink(missing_ok=True)

    def close(self) -> None:
        """Let others keep the deployment."""
        lock, self._lock = self._lock, -1
        if lock >= 0:
            with contextlib.suppress(OSError):
                os.close(lock)
