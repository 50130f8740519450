"""`seattle key`: make, show, import and export the keys by which the testbed knows you."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from seattle.cli.console import Json, WrongUsage, print_json, reporting, say
from seattle.cli.plain_group import PlainGroup
from seattle.identity.errors import IdentityError, InvalidKey, KeyFileError, KeyFileExists, KeyFileMissing
from seattle.identity.files import (
    load_key_pair,
    load_public_key,
    public_path,
    read_private_text,
    save_key_pair,
)
from seattle.identity.folders import default_keys_dir
from seattle.identity.keys import KeyPair, PublicKey
from seattle.identity.nkey import NkeyKind, decode_nkey, encode_nkey
from seattle.identity.openssh import (
    PRIVATE_HEADER,
    fingerprint,
    format_public_line,
    parse_private,
    private_is_protected,
)

# Locals of a frame may be keys: a traceback must not show them.
app = typer.Typer(
    cls=PlainGroup,
    add_completion=False,
    name="key",
    help="Make, show, import and export the keys by which the testbed knows you.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
)

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}\Z")
STDIN = "-"
MAX_STDIN = 64 * 1024  # bytes


KeysDir = Annotated[
    Path,
    typer.Option(
        "--keys-dir", envvar="SEATTLE_KEYS", default_factory=default_keys_dir, help="The folder of your keys."
    ),
]
Replace = Annotated[bool, typer.Option("--force", help="Replace a key of this name.")]
AskPassphrase = Annotated[bool, typer.Option("--passphrase", help="Ask for a passphrase that will protect the key.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="Read the passphrase from the first line of this file."),
]


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    keys_dir: KeysDir,
    *,
    passphrase: AskPassphrase = False,
    passphrase_file: PassphraseFile = None,
    force: Replace = False,
    as_json: Json = False,
) -> None:
    """Make a key."""
    with reporting(IdentityError):
        path = _path_of(name, keys_dir)
        secret = _new_passphrase(ask=passphrase, file=passphrase_file)
        key = KeyPair.generate()
        _save(path, key, secret, force=force)
        _print_key(key.public, name, as_json=as_json)


@app.command()
def show(
    which: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A key's name, file or id.")],
    keys_dir: KeysDir,
    *,
    as_json: Json = False,
) -> None:
    """Show the public half of a key: its id, its OpenSSH line and its fingerprint."""
    with reporting(IdentityError):
        key, name = find_public(which, keys_dir)
        _print_key(key, name, as_json=as_json)


@app.command("import")
def import_key(
    file: Annotated[str, typer.Argument(metavar="FILE", help="An OpenSSH private key or a seed; - is stdin.")],
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="The name that the key gets here.")],
    keys_dir: KeysDir,
    *,
    passphrase: AskPassphrase = False,
    passphrase_file: PassphraseFile = None,
    force: Replace = False,
    as_json: Json = False,
) -> None:
    """Take over a key: an OpenSSH private key, or a seed (`SU...`). What was protected stays protected."""
    with reporting(IdentityError):
        path = _path_of(name, keys_dir)
        text = _read_stdin() if file == STDIN else read_private_text(Path(file))
        ask = _passphrase_of(file, passphrase_file)
        if text.startswith(PRIVATE_HEADER):
            secret = ask() if private_is_protected(text) else None
            key = parse_private(text, secret)
        else:
            secret, key = None, _key_of_seed(text.strip())
        if passphrase or (secret is None and passphrase_file is not None):
            secret = _new_passphrase(ask=passphrase, file=None if passphrase else passphrase_file)
        _save(path, key, secret, force=force)
        _print_key(key.public, name, as_json=as_json)


@app.command()
def export(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    keys_dir: KeysDir,
    *,
    public: Annotated[bool, typer.Option("--public", help="The OpenSSH public line.")] = False,
    seed: Annotated[bool, typer.Option("--seed", help="The secret seed (`SU...`), unprotected.")] = False,
    openssh: Annotated[bool, typer.Option("--openssh", help="The private key file, as it is kept.")] = False,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Print a key, for another tool or another computer."""
    with reporting(IdentityError):
        if [public, seed, openssh].count(True) != 1:
            raise WrongUsage("say what to print: one of --public, --seed and --openssh")
        path = _path_of(name, keys_dir)
        if public:
            key, _ = find_public(name, keys_dir)
            form, text = "public", format_public_line(key, name)
        elif seed:
            pair = load_key_pair(path, _passphrase_of(name, passphrase_file))
            form, text = "seed", encode_nkey(NkeyKind.USER_SEED, pair.seed)
        else:
            form, text = "openssh", read_private_text(path).rstrip("\n")
        if not public:
            say("hint: this is secret: whoever has it can act as you")
        if as_json:
            print_json({form: text})
        else:
            typer.echo(text)


def _print_key(key: PublicKey, name: str, *, as_json: bool) -> None:
    facts = {"id": key.id, "public": format_public_line(key, name), "fingerprint": fingerprint(key)}
    if as_json:
        print_json({"name": name, **facts})
        return
    for fact, text in facts.items():
        typer.echo(f"{fact:<12} {text}")


def _path_of(name: str, keys_dir: Path) -> Path:
    if not NAME.match(name) or name.endswith(".pub"):
        raise WrongUsage(
            f"{name!r} can't be the name of a key: up to 64 letters, digits and . _ - @, a letter or digit first"
        )
    return keys_dir / name


def _save(path: Path, key: KeyPair, passphrase: bytes | None, *, force: bool) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as refused:
        raise KeyFileError(f"{path.parent}: {refused.strerror}") from refused
    try:
        save_key_pair(path, key, passphrase, path.name, replace=force)
    except KeyFileExists as there:
        there.hint = "choose another name, or replace the key for ever with --force"
        raise
    say(f"wrote {path} (secret) and {public_path(path)}")


def find_public(which: str, keys_dir: Path) -> tuple[PublicKey, str]:
    """Return the key of this name, file or id (in this order), and its name (empty if it has none here)."""
    if NAME.match(which):
        # The private file first: of the two it is the one that the key is used from.
        for path in (keys_dir / which, public_path(keys_dir / which)):
            if path.is_file():
                return load_public_key(path), which
    if Path(which).is_file():
        return load_public_key(Path(which)), ""
    try:
        return PublicKey.from_id(which), ""
    except InvalidKey:
        raise KeyFileMissing(
            f"there is no key {which} in {keys_dir}, and no such file", hint="`seattle key new NAME` makes a key"
        ) from None


def find_pair(which: str, keys_dir: Path) -> KeyPair:
    """Return the private key of this name or file; a passphrase is asked for."""
    path = keys_dir / which if NAME.match(which) and (keys_dir / which).is_file() else Path(which)
    if not path.is_file():
        raise KeyFileMissing(
            f"there is no private key {which} in {keys_dir}, and no such file",
            hint="`seattle key new NAME` makes a key",
        )
    return load_key_pair(path, _passphrase_of(which, None))


def _read_stdin() -> str:
    return sys.stdin.buffer.read(MAX_STDIN).decode(errors="replace")  # what is no text is no key either


def _key_of_seed(text: str) -> KeyPair:
    try:
        kind, raw = decode_nkey(text)
    except InvalidKey as wrong:
        raise InvalidKey(f"neither an OpenSSH private key nor a seed: {wrong}") from None
    if kind is not NkeyKind.USER_SEED:
        raise InvalidKey(f"expected the seed of a user ({NkeyKind.USER_SEED}...), this text is of kind {kind}")
    return KeyPair.from_seed(raw)


def _new_passphrase(*, ask: bool, file: Path | None) -> bytes | None:
    if ask and file is not None:
        raise WrongUsage("give one of --passphrase and --passphrase-file")
    if file is not None:
        return _first_line(file)
    if not ask:
        return None
    answer: str = typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    return answer.encode()


def _passphrase_of(what: str, file: Path | None) -> Callable[[], bytes]:
    """Return how to get the passphrase of a protected key, if it turns out to be one."""

    def ask() -> bytes:
        if file is not None:
            return _first_line(file)
        answer: str = typer.prompt(f"Passphrase of {what}", hide_input=True, err=True)
        return answer.encode()

    return ask


def _first_line(file: Path) -> bytes:
    try:
        lines = read_private_text(file).splitlines()
    except KeyFileMissing as gone:
        raise KeyFileMissing(f"{file}: there is no such file", hint="its first line is the passphrase") from gone
    if not lines or not lines[0]:
        raise WrongUsage(f"{file}: the first line, which should hold the passphrase, is empty")
    return lines[0].encode()
