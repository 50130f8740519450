"""Identities: making, loading, showing and forgetting keys."""

import asyncio
from pathlib import Path
from typing import Final

from seattle.identity.errors import KeyFileExists, KeyFileMissing
from seattle.identity.files import load_public_key, public_path, save_key_pair
from seattle.identity.folders import default_keys_dir
from seattle.identity.keys import KeyPair
from seattle.identity.openssh import format_public_line
from seattle.shell.call import Call
from seattle.shell.command_table import Command, Shelf
from seattle.shell.errors import Unfit
from seattle.shell.identities import Identity, check_identity_name, read_identity

_PUBLIC: Final = ".pub"
_REFERENCE: Final = (".publickey", ".privatekey")  # of the reference system: RSA keys


async def genkeys(call: Call) -> None:
    """Make a key."""
    await _make(call, None)


async def genkeys_protected(call: Call) -> None:
    """Make a key that a passphrase protects."""
    await _make(call, await _new_passphrase(call, call.path("FILE")))


async def _make(call: Call, passphrase: bytes | None) -> None:
    path = _without_suffix(call.path("FILE"))
    name = _name(call, path)
    pair = KeyPair.generate()
    try:
        await asyncio.to_thread(save_key_pair, path, pair, passphrase, name)
    except KeyFileExists as there:
        there.hint = "choose another name: a key that is lost is lost for ever, so none is replaced here"
        raise
    call.session.identities.add(Identity(name, pair.public, pair))
    call.session.show(f"Created identity '{name}'")


async def loadkeys(call: Call) -> None:
    """Load both halves of a key."""
    path = _found(_without_suffix(call.path("FILE")))
    identity = read_identity(path, _name(call, path))
    public = public_path(path)
    if public.exists() and load_public_key(public) != identity.public:
        raise Unfit(f"{path} and {public} are halves of different keys", hint=f"`loadpriv {path}` loads the first")
    call.session.identities.add(identity)


async def loadpub(call: Call) -> None:
    """Load the public half of a key."""
    path = _without_suffix(call.path("FILE"))
    public = load_public_key(_found(public_path(path)))
    name = _name(call, path)
    if name in call.session.identities:
        known = call.session.identities.get(name)
        if known.has_private and known.public != public:
            raise _of_different_keys(name, "public")
        if known.public == public:
            return  # with its private half, if there is one
    call.session.identities.add(Identity(name, public))


async def loadpriv(call: Call) -> None:
    """Load the private half of a key, which tells the public one."""
    path = _found(_without_suffix(call.path("FILE")))
    name = _name(call, path)
    identity = read_identity(path, name)
    if name in call.session.identities and call.session.identities.get(name).public != identity.public:
        raise _of_different_keys(name, "private")
    call.session.identities.add(identity)


async def forget(call: Call) -> None:
    """Forget a key."""
    session, name = call.session, call.text("NAME")
    session.identities.remove(name)
    if session.identity_name == name:
        session.identity_name = None
    found = sum(one.identity == name for one in session.targets)
    if found:
        session.note(f"{found} known vessels were found by {name!r}: load its key again before you use them.")


async def show_identities(call: Call) -> None:
    """Which there are, and which halves of them."""
    for one in call.session.identities:
        call.session.show(f"{one.name} PUB{' PRIV' * one.has_private}")


async def show_keys(call: Call) -> None:
    """Public keys. Private ones are never shown."""
    for one in call.session.identities:
        call.session.show(f"{one.name} {one.public.id} {format_public_line(one.public)}")


def _without_suffix(path: Path) -> Path:
    """The file of the private key, by whichever of its names. Raises Unfit."""
    if not path.name:
        raise Unfit(f"{path} is a folder", hint="name the file of the key in it")
    if path.suffix in _REFERENCE:
        raise _too_old(path)
    return path.with_name(path.name.removesuffix(_PUBLIC)) if path.name != _PUBLIC else path


def _found(path: Path) -> Path:
    """The key file: as it is written, or in the folder of the user's keys. Raises KeyFileMissing, Unfit."""
    if path.exists():
        return path
    kept = default_keys_dir() / path
    if len(path.parts) == 1 and kept.exists():
        return kept
    name = path.name.removesuffix(_PUBLIC)
    for old in (path.with_name(f"{name}{suffix}") for suffix in _REFERENCE):
        if old.exists():
            raise _too_old(old)
    raise KeyFileMissing(f"{path}: there is no such key file", hint=f"`genkeys {name}` makes a key")


def _name(call: Call, path: Path) -> str:
    """What the key is to be called here. Raises Unfit."""
    name = call.text("NAME", path.name.removesuffix(_PUBLIC))
    check_identity_name(name)
    return name


async def _new_passphrase(call: Call, path: Path) -> bytes:
    first = await call.session.identities.ask(f"the new key {path}")
    again = await call.session.identities.ask(f"the new key {path} again")
    if first != again:
        raise Unfit("these are two different passphrases", hint="no key was made; try again")
    return first


def _too_old(path: Path) -> Unfit:
    return Unfit(
        f"{path} is an RSA key of the old system, which no node obeys now",
        hint="`genkeys FILE` makes a new key; `seattle login URL` has a testbed's site know yours",
    )


def _of_different_keys(name: str, half: str) -> Unfit:
    return Unfit(
        f"{name!r} has another key already: this {half} half does not belong to it",
        hint="`as ANOTHER` at the end gives it another name; `forget identity` forgets the old one",
    )


COMMANDS: Final = (
    Command(
        "genkeys|genkey FILE [as NAME]",
        genkeys,
        "Make a key, and an identity of it.",
        details="Writes the private key to FILE, which only you can read, and the public one to FILE.pub, as "
        "ssh-keygen does. A file that is there is never replaced. The identity is called NAME, or as the file. The "
        "default identity stays what it is.",
        examples=(("genkeys ~/keys/joe", "an identity `joe`"), ("genkeys joe.key as joe", "the same, elsewhere")),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "genkeys|genkey FILE [as NAME] with passphrase",
        genkeys_protected,
        "Make a key that a passphrase protects.",
        details="As `genkeys FILE`; asks for the passphrase, twice. Whoever gets the file can't use it without.",
        examples=(("genkeys joe.key as joe with passphrase", "an identity `joe`"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "loadkeys|loadkey FILE [as NAME]",
        loadkeys,
        "Load a key, both halves.",
        details="FILE is an OpenSSH private key, FILE.pub the public one; either name will do. What is not there is "
        "looked for in the folder of `seattle key`. A passphrase is asked for when the key is needed first. A key of "
        "the same name is replaced.",
        examples=(("loadkeys ~/keys/joe", "an identity `joe`"), ("loadkeys joe.key as joe", "the same")),
    ),
    Command(
        "loadpub FILE [as NAME]",
        loadpub,
        "Load a public key: somebody to share vessels with.",
        details="FILE.pub is read; it may be written with the ending or without.",
        examples=(("loadpub ann.pub", "an identity `ann`, for `set users ann`"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "loadpriv FILE [as NAME]",
        loadpriv,
        "Load a private key, which tells the public one.",
        details="If NAME is known, it has to be with the same key.",
        examples=(("loadpriv joe.key as joe", "now joe can sign"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "forget identity|identities NAME:IDENTITY",
        forget,
        "Forget an identity. Its files stay.",
        examples=(("forget identity joe", "vessels that joe found can't be asked then"),),
        shelf=Shelf.EXTENDED,
    ),
    Command(
        "show identities|identity",
        show_identities,
        "List the identities, and which halves of their keys there are.",
        examples=(("show identities", "`joe PUB PRIV`: joe can sign; `ann PUB`: she is known"),),
    ),
    Command(
        "show keys|key",
        show_keys,
        "Show the public keys: id and OpenSSH line.",
        details="Private keys are not shown. `savestate` keeps them, encrypted.",
        examples=(("show keys", "what to give to somebody who shall share vessels with you"),),
    ),
)
