"""Telling running brokers what holds for the account from now on: the templates of its roles, and who is shut out.

It is a request to the brokers' own account, for which only the holder of the authority can make a credential: one that
ends within a minute, for a key that lives as long as the call. Brokers keep what they are told (`resolver: full`), pass
it on to those of the cluster that are away now, and end the connections of who is shut out.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from seattle.fabric.authority import UNLIMITED, Authority
from seattle.fabric.brokers import check_brokers, client_tls
from seattle.fabric.errors import ClaimsRefused, FabricError
from seattle.fabric.session import open_session
from seattle.identity.keys import KeyPair
from seattle.identity.unreadable import UNREADABLE

PING: Final = "$SYS.REQ.SERVER.PING"
UPDATE: Final = "$SYS.REQ.CLAIMS.UPDATE"
QUIET: Final = 0.5  # seconds without another answer, after which all brokers have been heard
PATIENCE: Final = 10.0  # seconds for all of them
LIFETIME: Final = 60.0  # seconds
MAX_BROKERS: Final = 1000


@dataclass(frozen=True)
class Told:
    """Which brokers took it, by name, and how many there are; of those that were named, which did not, and why."""

    brokers: tuple[str, ...]
    of: int
    untold: Mapping[str, FabricError] = field(default_factory=dict)  # by address

    @property
    def is_all(self) -> bool:
        """Whether there are brokers, and all of them took it."""
        return bool(self.brokers) and len(self.brokers) == self.of and not self.untold


class _Server(msgspec.Struct, frozen=True):
    name: str = "?"


class _Data(msgspec.Struct, frozen=True):
    code: int = 0
    message: str = ""


class _Error(msgspec.Struct, frozen=True):
    description: str = ""


class _Answer(msgspec.Struct, frozen=True):
    server: _Server = _Server()
    data: _Data = _Data()
    error: _Error | None = None


async def push_account(
    authority: Authority,
    urls: Sequence[str],
    *,
    ca_file: Path | None = None,
    plain_anywhere: bool = False,
    clock: Callable[[], float] = time.time,
) -> Told:
    """Tell all brokers of the one cluster at `urls`. Raises FabricError; ClaimsRefused if one does not take it."""
    check_brokers(urls, plain_anywhere=plain_anywhere)
    key = KeyPair.generate()
    credential = authority.system.issue(
        subject=key.id,
        name="claims",
        claims={
            "type": "user",
            "version": 2,
            "pub": {"allow": [PING, UPDATE]},
            "sub": {"allow": [f"_INBOX.{key.id}.>"]},
            "subs": UNLIMITED,
            "data": UNLIMITED,
            "payload": UNLIMITED,
        },
        now=clock(),
        expires=clock() + LIFETIME,
    )
    session = await open_session(urls, key, credential, name="claims", tls=client_tls(urls, ca_file))
    try:
        there = await session.gather(PING, b"", quiet=QUIET, within=PATIENCE, most=MAX_BROKERS)
        token = authority.account_token(now=clock()).encode()
        answers = await session.gather(UPDATE, token, quiet=PATIENCE, within=PATIENCE, most=max(1, len(there)))
    finally:
        await session.close()
    return Told(tuple(sorted(map(_taken, answers))), of=max(len(there), len(answers)))


async def push_to_each(
    authority: Authority,
    urls: Sequence[str],
    *,
    ca_file: Path | None = None,
    plain_anywhere: bool = False,
    clock: Callable[[], float] = time.time,
) -> Told:
    """Tell each of these brokers, with its cluster: one outside of it hears of this from nobody else.

    What goes wrong with one keeps no other from being told. Raises NotABroker.
    """
    check_brokers(urls, plain_anywhere=plain_anywhere)
    brokers: set[str] = set()
    missing = 0
    untold: dict[str, FabricError] = {}

    async def push(url: str) -> None:
        nonlocal missing
        try:
            told = await push_account(authority, [url], ca_file=ca_file, plain_anywhere=plain_anywhere, clock=clock)
        except FabricError as why:
            missing += 1
            untold[url] = why
            return
        brokers.update(told.brokers)
        if not told.is_all:
            missing += max(told.of - len(told.brokers), 1)  # one that lets us in and answers nothing is there, too
            untold[url] = ClaimsRefused(f"{len(told.brokers)} of {told.of} brokers of its cluster have answered")

    async with asyncio.TaskGroup() as group:  # at once: one that is silent must not hold the others up
        for url in dict.fromkeys(urls):
            group.create_task(push(url), name=f"tell {url}")
    return Told(tuple(sorted(brokers)), of=len(brokers) + missing, untold=untold)


def _taken(answer: bytes) -> str:
    try:
        told = msgspec.json.decode(answer, type=_Answer)
    except UNREADABLE as why:
        raise ClaimsRefused("a broker's answer is not of the form expected: is its resolver of type full?") from why
    if told.error is not None or told.data.code != 200:
        reason = told.error.description if told.error is not None else told.data.message
        raise ClaimsRefused(f"the broker {told.server.name} did not take the account's claims: {reason}")
    return told.server.name
