"""Making installers: one file that carries a release, what the node is to be, and the code that sets it up.

#!/bin/sh ...               finds a Python, and starts it on this same file, which it takes for a zip
__main__.py, standalone/    what runs before anything is installed
build.json, build.sig       what the installer is, and who signed that: `statement.py`
seattle.bundle              the release
"""

import hashlib
import os
from pathlib import Path

from seattle.installer import standalone
from seattle.installer.errors import CannotBuild
from seattle.installer.standalone import loader
from seattle.installer.standalone.bundles import Bundle
from seattle.installer.statement import BundleFact, check


def sha256_of(file: Path) -> str:
    """Of a file, in hex. Raises OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def loader_digest() -> str:
    """What a statement says of the code that its installer begins with."""
    return loader.digest(_loader())


def bundle_fact(bundle: Path) -> BundleFact:
    """What a statement says of a bundle, which is checked. Raises BundleBroken, OSError."""
    with Bundle(bundle) as opened:
        opened.check()
        version = opened.version
    return BundleFact(version, sha256_of(bundle), bundle.stat().st_size)


def assemble(statement: bytes, signature: bytes, bundle: Path, out: Path) -> None:
    """Write an installer. The same parts make the same file.

    Raises StatementBroken, CannotBuild if the statement is not about this bundle and this code, BundleBroken, OSError.
    """
    said = check(statement, signature).statement
    if said.bundle != bundle_fact(bundle):
        raise CannotBuild(f"the statement is about version {said.bundle.version} in another bundle than {bundle}")
    files = _loader()
    if said.loader != loader.digest(files):
        raise CannotBuild("the statement was made with another version of Seattle than this one: make it anew")
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file, bundle.open("rb") as source:
            loader.write(file, files, statement, signature, source)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o755)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _loader() -> dict[str, bytes]:
    return loader.loader(Path(standalone.__file__).parent)
