"""Saved state: all that a shell knows, in a file that only the key of one identity opens.

The file is a line in clear, `seash state 1 KEY-ID`, and a NaCl box that this key made for itself: nobody else can read
it, and nobody can change it unseen. Inside is one msgpack message.
"""

import os
import secrets
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from seattle.client import Vessel
from seattle.identity.errors import IdentityError, SealBroken
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.sealing import seal, unseal
from seattle.shell.errors import ShellError, StateBroken, Unfit
from seattle.shell.identities import Identity
from seattle.shell.own_files import open_private
from seattle.shell.session import Session
from seattle.shell.settings import Settings
from seattle.shell.targets import Known, Targets

MAX_STATE: Final = 64 * 1024 * 1024  # bytes
_MAGIC: Final = b"seash state 1 "
_ANY_VERSION: Final = b"seash state "
_HEAD: Final = len(_MAGIC) + 56 + 1  # bytes: a key's id has 56 letters, and the line ends


class _Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A key; of one that a passphrase protects, its file instead of its secret."""

    name: str
    public: str  # the key's id
    seed: Annotated[bytes, Meta(min_length=32, max_length=32)] | None = None
    file: str | None = None


class _Vessel(msgspec.Struct, frozen=True, kw_only=True):
    """A vessel that is known."""

    number: Annotated[int, Meta(ge=1)]
    identity: str
    vessel: Vessel


class _State(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    identities: list[_Identity]
    vessels: list[_Vessel]
    last_number: Annotated[int, Meta(ge=0)]
    groups: dict[str, list[int]]  # numbers of vessels, by the group's name
    identity_name: str | None
    target_name: str | None
    settings: Settings
    kept: dict[str, Any]  # by modules


def save_state(session: Session, file: Path, pair: KeyPair) -> None:
    """Write what the session knows for the owner of this key, over what was saved there. Raises Unfit, OSError."""
    plain = _encoded(_state_of(session))
    if len(plain) > MAX_STATE // 2:
        raise Unfit(f"this state is too large to be saved ({len(plain)} bytes)")
    if file.exists() and not _is_saved_state(file):
        raise Unfit(f"{file} is something else than saved state", hint="choose another name, or remove it")
    _write(file, _MAGIC + pair.id.encode() + b"\n" + seal(plain, sender=pair, recipient=pair.public))


def load_state(session: Session, file: Path, identity: Identity, pair: KeyPair) -> None:
    """Have the session know what was saved, and nothing else. Raises StateBroken, OSError; then nothing has changed."""
    state = _decode(_open(session, file, identity, pair), file)
    try:
        identities = [_identity(one) for one in state.identities]
        targets = _targets(state)
    except (IdentityError, ShellError, KeyError) as wrong:
        raise StateBroken(f"{file}: what was saved makes no sense ({wrong})") from wrong
    for known in [one.name for one in session.identities]:
        session.identities.remove(known)
    for one in identities:
        session.identities.add(one)
    session.targets = targets
    session.settings = state.settings
    session.kept.clear()
    session.kept.update(state.kept)
    session.identity_name = (
        state.identity_name if state.identity_name is not None and state.identity_name in session.identities else None
    )
    session.target_name = state.target_name if targets.has(state.target_name) else None


def autosave_file(identity: str) -> Path:
    """Where the state of this identity is saved after each line: in the folder in which the shell was started."""
    return Path(f"autosave_{identity}")


async def autosave(session: Session) -> None:
    """Save the state if the user wants that. What keeps it from being saved is told once; then it is off."""
    if not session.settings.autosave or session.identity_name is None:
        return
    try:
        pair = await session.identities.pair_of(session.identities.get(session.identity_name))
        save_state(session, autosave_file(session.identity_name), pair)
    except (ShellError, IdentityError, OSError) as why:
        session.settings.autosave = False
        session.complain(why, where="autosave is off now: ")


def _state_of(session: Session) -> _State:
    return _State(
        identities=[
            _Identity(
                name=one.name,
                public=one.public.id,
                seed=one.pair.seed if one.pair is not None else None,
                file=str(one.file.absolute()) if one.file is not None else None,
            )
            for one in session.identities
        ],
        vessels=[_Vessel(number=one.number, identity=one.identity, vessel=one.vessel) for one in session.targets],
        last_number=session.targets.last_number,
        groups={name: [one.number for one in vessels] for name, vessels in session.targets.groups.items()},
        identity_name=session.identity_name,
        target_name=session.target_name,
        settings=session.settings,
        kept=session.kept,
    )


def _encoded(state: _State) -> bytes:
    """The state as a message. Raises Unfit for what none can hold: text that is none, what a module remembers."""
    try:
        return msgspec.msgpack.encode(state)
    except UnicodeEncodeError as why:
        raise Unfit(f"what is no text can't be saved: {why.object[: why.end]!a}") from why
    except (OverflowError, TypeError) as why:
        raise Unfit(f"what a module remembers can't be saved ({why})") from why


def _open(session: Session, file: Path, identity: Identity, pair: KeyPair) -> bytes:
    with file.open("rb") as opened:
        saved = opened.read(MAX_STATE + 1)
    head, sealed = saved[:_HEAD], saved[_HEAD:]
    if not head.startswith(_ANY_VERSION):
        raise StateBroken(f"{file} is no saved state of seash", hint="`savestate FILE` writes one")
    if not head.startswith(_MAGIC) or not head.endswith(b"\n"):
        raise StateBroken(f"{file} was saved by another version of seash")
    if len(saved) > MAX_STATE:
        raise StateBroken(f"{file} is too large for a saved state")
    owner = head[len(_MAGIC) : -1].decode(errors="replace")
    if owner != pair.id:
        name = session.identities.name_of(owner) or owner
        raise StateBroken(
            f"{file} can't be opened by {identity.name!r}: it was saved with the key {name}",
            hint="`loadkeys FILE` loads that key; then `as NAME loadstate FILE`",
        )
    try:
        return unseal(sealed, recipient=pair, sender=pair.public)
    except SealBroken as broken:
        raise StateBroken(f"{file} is damaged: it is not what was saved with this key") from broken


def _decode(plain: bytes, file: Path) -> _State:
    try:
        return msgspec.msgpack.decode(plain, type=_State)
    except msgspec.DecodeError as wrong:
        raise StateBroken(f"{file}: what was saved can't be understood ({wrong})") from wrong


def _identity(saved: _Identity) -> Identity:
    public = PublicKey.from_id(saved.public)
    pair = None if saved.seed is None else KeyPair.from_seed(saved.seed)
    if pair is not None and pair.public != public:
        raise StateBroken("two halves of a key don't belong together")
    return Identity(saved.name, public, pair, None if saved.file is None else Path(saved.file))


def _targets(state: _State) -> Targets:
    known = [Known(one.number, one.vessel, one.identity) for one in state.vessels]
    places = {one.number: one.vessel.place for one in known}
    groups = {name: [places[number] for number in numbers] for name, numbers in state.groups.items()}
    return Targets.restored(known, groups, last_number=state.last_number)


def _is_saved_state(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(_ANY_VERSION)) in (_ANY_VERSION, b"")


def _write(file: Path, content: bytes) -> None:
    """Write the file whole or not at all, for its owner only."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        with open(draft, "xb", opener=open_private) as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except OSError as why:  # it names the draft, of which nobody knows
        raise Unfit(f"{file}: can't be written ({why.strerror})") from why
    finally:
        draft.unlink(missing_ok=True)
