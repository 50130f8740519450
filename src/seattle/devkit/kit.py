"""What is in a devkit, and writing it: as a folder, or as a zip file."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Final

from seattle.devkit import editors, stubs
from seattle.devkit.examples import examples_folder
from seattle.identity.whole_folders import filled_whole
from seattle.repy.guest import library
from seattle.resources.defaults import VESSEL
from seattle.resources.kinds import Resource
from seattle.resources.restrictions import Restrictions, format_restrictions
from seattle.resources.vector import ResourceVector

FOLDER: Final = "seattle-devkit"
ANY_PORT: Final = 63100  # one of those that `repy` gives; for who has no account yet
_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)  # a zip file's; the same kit is the same bytes


@dataclass(frozen=True)
class Owner:
    """For whom the kit is: their user name, the port that their vessels have in common, and their testbed's site."""

    user: str = ""
    port: int = ANY_PORT
    site: str = ""  # https://HOST


def files(owner: Owner) -> dict[str, bytes]:
    """The contents of each file of the kit, by its path within it."""
    texts = {
        "README.md": _readme(owner),
        "seattle.json": json.dumps({"user": owner.user, "port": owner.port, "site": owner.site}, indent=2) + "\n",
        "vessel.restrictions": _restrictions(owner.port),
        stubs.FILE: stubs.stub(),
        **editors.files(),
        **{f"seattlelib/{_path(name)}": text for name, text in library.texts().items() if _is_importable(name)},
    }
    return {path: text.encode() for path, text in texts.items()} | dict(_tree(examples_folder(), "examples"))


def write(folder: Path, owner: Owner) -> list[Path]:
    """Write the kit into a folder that is empty, or not there yet. Raises FileExistsError, OSError."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: name another folder")
    written = []
    with filled_whole(folder, mode=0o777):
        for path, data in files(owner).items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            written.append(file)
    return written


def zipped(owner: Owner) -> bytes:
    """The kit as a zip file, in which all lies in the folder FOLDER."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(files(owner).items()):
            archive.writestr(zipfile.ZipInfo(f"{FOLDER}/{path}", _BEGINNING), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _readme(owner: Owner) -> str:
    template = (resources.files("seattle.devkit") / "README.md.in").read_text("utf-8")
    known: Mapping[str, str] = {
        "greeting": f", {owner.user}" if owner.user else "",
        "login": f"seattle login {owner.site}" if owner.site else "seattle login https://YOUR-TESTBED",
        "port": str(owner.port),
    }
    return Template(template).substitute(known)


def _restrictions(port: int) -> str:
    """A vessel's limits, with this port alone."""
    vessel = VESSEL.to_mapping() | {Resource.MESSPORT.value: [port], Resource.CONNPORT.value: [port]}
    about = "# What a vessel of a testbed has, and your port: what runs with this at home runs there.\n"
    return about + format_restrictions(Restrictions(ResourceVector.from_mapping(vessel)))


def _is_importable(name: str) -> bool:
    return not name.startswith(f"{library.OLD}.")


def _path(name: str) -> str:
    """A package is a folder with an `__init__.py`, as editors expect it."""
    is_package = any(other.startswith(f"{name}.") for other in library.texts())
    return name.replace(".", "/") + ("/__init__.py" if is_package else ".py")


def _tree(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.startswith((".", "__")):
            continue
        inside = f"{path}/{entry.name}"
        found += _tree(entry, inside) if entry.is_dir() else [(inside, entry.read_bytes())]
    return found
