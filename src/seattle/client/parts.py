"""What an owner names, keys and amounts, and what a split makes of a vessel."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from seattle.client.expected import expect
from seattle.client.vessel import Vessel
from seattle.identity.keys import PublicKey

Key: TypeAlias = PublicKey | str  # a public key, or its id (`U...`)
Amounts: TypeAlias = int | float | Iterable[int]  # of one resource: a number in its unit, or ports


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a split made of a vessel."""

    rest: Vessel  # has what was left over
    part: Vessel  # has what was asked for


def key_id(key: Key) -> str:
    """The id of a key. Raises InvalidKey for a text that is none."""
    expect(key, (PublicKey, str), "a key is given as a PublicKey (of a pair its `public`), or as its id")
    return key.id if isinstance(key, PublicKey) else PublicKey.from_id(key).id
