"""The vesselinfo file: who owns which part of a donation. It comes with the installer.

    # a comment
    Percent 80
    Owner UAX7...                       # an id, or an OpenSSH public line
    User ssh-ed25519 AAAA... alice      # any number of these
    Percent 20
    Owner UBC3...
    Information what the owner says     # at most 256 characters; `#` is one of them

Each `Percent` begins a vessel: a multiple of 10; all of them add up to 100. Percentages are of what is donated, not
of the machine. Vessels are called v1, v2, ... in the order of the file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seattle.identity.errors import IdentityError
from seattle.identity.keys import PublicKey
from seattle.identity.openssh import format_public_line, read_public
from seattle.node.errors import BadOwnerInformation, BadVesselInfo
from seattle.node.holders import MAX_USERS, check_owner_information

MAX_FILE: Final = 1024 * 1024  # bytes
STEP: Final = 10  # percent
WHOLE: Final = 100  # percent

_EXPECTED: Final = "expected `Percent N`, `Owner KEY`, `User KEY` or `Information TEXT`"


@dataclass(frozen=True)
class VesselShare:
    """One vessel to be."""

    percent: int
    owner: PublicKey
    users: tuple[PublicKey, ...] = ()
    information: str = ""  # the owner's words


@dataclass
class _Draft:
    """A vessel whose lines are being read."""

    line: int
    percent: int
    owner: PublicKey | None
    users: list[PublicKey]
    information: str = ""


def parse_vesselinfo(text: str, source: str = "vesselinfo") -> tuple[VesselShare, ...]:
    """Read a vesselinfo file. `source` is what errors call it.

    Raises BadVesselInfo: says which line is wrong, what was expected and what was found.
    """
    drafts: list[_Draft] = []
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            try:
                _read_line(stripped, drafts, number)
            except _BadLine as bad:
                raise BadVesselInfo(str(bad), source=source, line=number) from bad
    if not drafts:
        raise BadVesselInfo("there is no vessel in it: it needs at least `Percent 100` and `Owner KEY`", source=source)
    shares = tuple(_finish(draft, source) for draft in drafts)
    total = sum(share.percent for share in shares)
    if total != WHOLE:
        raise BadVesselInfo(f"the vessels have {total} % together: expected {WHOLE}", source=source)
    return shares


def read_vesselinfo(path: Path) -> tuple[VesselShare, ...]:
    """Read the file at `path`. Raises BadVesselInfo, also when it can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
        text = data.decode("utf-8-sig")
    except OSError as why:
        raise BadVesselInfo(f"it can't be read ({why.strerror})", source=str(path)) from why
    except UnicodeDecodeError as why:
        raise BadVesselInfo("this is not a text file", source=str(path)) from why
    if len(data) > MAX_FILE:
        raise BadVesselInfo(f"it has more than {MAX_FILE} bytes", source=str(path))
    return parse_vesselinfo(text, source=str(path))


def format_vesselinfo(shares: tuple[VesselShare, ...]) -> str:
    """Write a file that `parse_vesselinfo` reads back as the same value."""
    lines = []
    for share in shares:
        lines += [f"Percent {share.percent}", f"Owner {format_public_line(share.owner)}"]
        lines += [f"User {format_public_line(user)}" for user in share.users]
        lines += [f"Information {share.information}"] if share.information else []
    return "\n".join(lines) + "\n"


class _BadLine(Exception):  # noqa: N818 - it never leaves this file
    """A line is wrong; parse_vesselinfo adds where."""


def _read_line(line: str, drafts: list[_Draft], number: int) -> None:
    word, *rest = line.split(None, 1)
    value = rest[0] if rest else ""
    if word == "Percent":
        drafts.append(_Draft(line=number, percent=_percent(value), owner=None, users=[]))
        return
    if word not in ("Owner", "User", "Information"):
        raise _BadLine(f"{word[:40]!r} begins no line: {_EXPECTED}")
    if not drafts:
        raise _BadLine(f"`{word}` comes before the first `Percent`: each vessel begins with its percentage")
    vessel = drafts[-1]
    if word == "Information":
        _inform(vessel, value)
        return
    key = _key(value)
    if word == "Owner":
        if vessel.owner is not None:
            raise _BadLine("this vessel has an owner already: a vessel has exactly one (others can be users)")
        vessel.owner = key
    elif key in vessel.users:
        raise _BadLine(f"{key} is a user of this vessel already")
    elif len(vessel.users) >= MAX_USERS:
        raise _BadLine(f"a vessel has at most {MAX_USERS} users")
    else:
        vessel.users.append(key)


def _inform(vessel: _Draft, words: str) -> None:
    if vessel.information:
        raise _BadLine("this vessel has its owner's words already: one line of them is allowed")
    if not words:
        raise _BadLine("the words are missing: expected what the owner says of the vessel")
    try:
        check_owner_information(words)
    except BadOwnerInformation as why:
        raise _BadLine(str(why)) from why
    vessel.information = words


def _percent(value: str) -> int:
    # isdecimal alone takes digits of every script, and int() reads them.
    if not (value.isascii() and value.isdecimal() and len(value) <= 3):
        raise _BadLine(f"{value[:40]!r} is not a percentage: expected a whole number such as 80")
    percent = int(value)
    if percent not in range(STEP, WHOLE + 1, STEP):
        raise _BadLine(f"a vessel can't have {percent} %: expected a multiple of {STEP} from {STEP} to {WHOLE}")
    return percent


def _key(value: str) -> PublicKey:
    if not value:
        raise _BadLine("the key is missing: expected an id (`U...`) or an OpenSSH public line (`ssh-ed25519 ...`)")
    id_or_line = value.partition("#")[0].strip() if not value.startswith("ssh-") else value
    try:
        return read_public(id_or_line)
    except IdentityError as wrong:
        raise _BadLine(f"this is no key that we can use: {wrong}") from wrong


def _finish(draft: _Draft, source: str) -> VesselShare:
    if draft.owner is None:
        raise BadVesselInfo(
            "the vessel that begins here has no owner: add a line `Owner KEY`", source=source, line=draft.line
        )
    return VesselShare(
        percent=draft.percent, owner=draft.owner, users=tuple(draft.users), information=draft.information
    )
