"""All calls of Repy over this process: for modules that run in ordinary Python."""

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from seattle.repy.guest.exceptions import AdvertiseError
from seattle.repy.guest.namespaces import VirtualNamespace, create_namespace
from seattle.repy.guest.opened_over import open_over
from seattle.repy.guest.sources import Sources
from seattle.repy.guest.threads import createlock, sleep
from seattle.repy.in_python.files import Folder
from seattle.repy.in_python.network import Network
from seattle.repy.in_python.waiting import waitready

_RANDOM = 1024  # bytes of one `randombytes`


def calls(folder: Path, ports: Sequence[int], sources: Sources) -> dict[str, object]:
    """The calls by name. Announcing needs a node: `advertise_*` raise AdvertiseError."""
    files, network, started = Folder(folder), Network(), time.monotonic()

    def createthread(function: Callable[[], object], daemon: bool = False) -> None:  # noqa: FBT001, FBT002 - as Repy's
        del daemon  # all of them are: when a script ends is no business of its modules
        threading.Thread(target=function, daemon=True).start()

    def getresources() -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
        return {"connport": set(ports), "messport": set(ports)}, {}, []

    def createvirtualnamespace(code: str, name: str) -> VirtualNamespace:
        return create_namespace(code, name, sources)

    return {
        "openfile": files.openfile,
        "listfiles": files.listfiles,
        "removefile": files.removefile,
        "open": open_over(files.openfile, files.removefile),
        "gethostbyname": network.gethostbyname,
        "getmyip": network.getmyip,
        "sendmessage": network.sendmessage,
        "listenformessage": network.listenformessage,
        "openconnection": network.openconnection,
        "listenforconnection": network.listenforconnection,
        "waitready": waitready,
        "advertise_announce": _no_node,
        "advertise_lookup": _no_node,
        "createthread": createthread,
        "getthreadname": lambda: threading.current_thread().name,
        "createlock": createlock,
        "sleep": sleep,
        "getruntime": lambda: time.monotonic() - started,
        "randombytes": lambda: os.urandom(_RANDOM),
        "getresources": getresources,
        "getlasterror": lambda: traceback.format_exc() if sys.exception() else None,
        "exitall": _exit,
        "log": _log,
        "print": print,
        "createvirtualnamespace": createvirtualnamespace,
    }


def _no_node(*_: object) -> NoReturn:
    raise AdvertiseError("this program was not started by a node, which announcing needs")


def _exit() -> NoReturn:
    raise SystemExit


def _log(*values: object) -> None:
    sys.stdout.write("".join(map(str, values)))
