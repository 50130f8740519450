"""Setting a node up: a folder with its key, its settings and its vesselinfo, all that a daemon needs to start."""

from collections.abc import Sequence
from pathlib import Path

from seattle.identity.files import save_key_pair
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.whole_folders import filled_whole
from seattle.node.errors import BadSettings
from seattle.node.settings import NodeSettings, write_settings
from seattle.node.vesselinfo import VesselShare, format_vesselinfo

SETTINGS_FILE = "node.toml"
POLICY_FILE = "policy.toml"


def set_up(folder: Path, *, vessels: Sequence[VesselShare], settings: NodeSettings, policy: str = "") -> PublicKey:
    """Make a node in a new or empty `folder` (0700); return its key, which the fabric has to enrol as a node.

    `settings.folder`, `key_file` and `vesselinfo_file` are best left relative: they are taken from `folder`. The
    credential goes to `settings.credential_file`, now or later. `policy` is the text of the donor's policy file; none
    is made of an empty one. Raises BadSettings, KeyFileError, and leaves nothing of it behind then; never
    overwrites.
    """
    try:
        with filled_whole(folder):
            return _fill(folder, vessels, settings, policy)
    except OSError as why:
        raise BadSettings(f"{why.filename or folder} can't be written: {why.strerror}") from why


def _fill(folder: Path, vessels: Sequence[VesselShare], settings: NodeSettings, policy: str) -> PublicKey:
    folder.chmod(0o700)
    write_settings(folder / SETTINGS_FILE, settings)  # first, since it refuses what is wrong
    with (folder / settings.vesselinfo_file).open("x", encoding="utf-8") as file:
        file.write(format_vesselinfo(tuple(vessels)))
    if policy:
        with (folder / settings.policy_file).open("x", encoding="utf-8") as file:
            file.write(policy)
    key = KeyPair.generate()
    save_key_pair(folder / settings.key_file, key, comment="seattle node")
    return key.public
