"""Bundles and installers that tests make: as they should be, and with anything in them that they should not have."""

import hashlib
import io
import json
import platform
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.installer.statements import SIGNER, statement

from seattle.installer.building import assemble, bundle_fact, loader_digest
from seattle.installer.statement import sign

HERE = f"cp{sys.version_info[0]}{sys.version_info[1]}-{platform.machine()}"
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def wheel(files: Mapping[str, bytes | str]) -> bytes:
    """A wheel with these files, compressed as wheels are."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def manifest(
    version: str, wheels: Mapping[str, bytes], pythons: Mapping[str, list[str]] | None = None
) -> dict[str, Any]:
    """What a bundle with these wheels says of itself."""
    return {
        "format": 1,
        "version": version,
        "files": {
            f"wheels/{name}": {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in wheels.items()
        },
        "pythons": {HERE: sorted(wheels)} if pythons is None else pythons,
    }


def write_bundle(
    file: Path, told: Mapping[str, Any] | bytes, wheels: Mapping[str, bytes], *, kind: int = zipfile.ZIP_STORED
) -> Path:
    """A bundle with this manifest and these entries, whatever they are called."""
    text = told if isinstance(told, bytes) else json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("manifest.json", LONG_AGO), text)
        for name, data in sorted(wheels.items()):
            path = name if "/" in name else f"wheels/{name}"
            archive.writestr(zipfile.ZipInfo(path, LONG_AGO), data, kind)
    return file


def bundle_of(file: Path, version: str, files: Mapping[str, bytes | str]) -> Path:
    """A bundle of one wheel with these files."""
    wheels = {f"example-{version}-py3-none-any.whl": wheel(files)}
    return write_bundle(file, manifest(version, wheels), wheels)


def write_installer(file: Path, bundle: Path, build: str = "b1" * 20, **changes: Any) -> Path:
    """An installer that carries a bundle, and is signed. `changes`: of its statement."""
    said = statement(id=build, bundle=bundle_fact(bundle), loader=loader_digest(), **changes)
    assemble(*sign(said, SIGNER), bundle, file)
    return file
