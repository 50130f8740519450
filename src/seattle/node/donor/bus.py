"""Properties of services on the system's D-Bus, such as logind and NetworkManager: read, and nothing else."""

import os
from pathlib import Path
from typing import Any, Final

from seattle.node.errors import NodeError

PATIENCE: Final = 1.0  # seconds for an answer
SOCKET: Final = "run/dbus/system_bus_socket"


class NotOnBus(NodeError):  # noqa: N818 - as in errors.py
    """There is no bus, no such service on it, or no answer; the text says which."""

    code = "not-on-bus"


def read_property(root: Path, service: str, path: str, interface: str, name: str) -> Any:
    """The value of one property, of a type that its service chose. Blocks up to `PATIENCE`. Raises NotOnBus."""
    # Imported here: it is for donors with such a policy alone.
    from jeepney import DBusAddress, Properties  # type: ignore[import-untyped]  # noqa: PLC0415
    from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]  # noqa: PLC0415

    socket = root / SOCKET
    if not socket.exists():
        raise NotOnBus("this computer has no D-Bus")
    question = Properties(DBusAddress(path, bus_name=service, interface=interface)).get(name)
    try:
        with open_dbus_connection(f"unix:path={os.fspath(socket)}") as connection:
            body = connection.send_and_get_reply(question, timeout=PATIENCE).body
    except (OSError, ValueError, TimeoutError, EOFError) as why:
        raise NotOnBus(f"{service} can't be asked: {why or 'no answer in time'}") from why
    match body:
        case ((str(), value),):  # a variant: its signature, and what it holds
            return value
        case _:
            raise NotOnBus(f"{service} does not tell its {name}")
