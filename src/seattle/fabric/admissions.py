"""Who may enrol in which role: a policy for each role, the keys that are let in, and invitations.

    open         whoever has a key
    list         keys that the operator has let in
    invitation   those, and whoever has an invitation; a key that has used one is let in from then on
    closed       nobody

In one SQLite file that the service and the operator's commands share. It grows with what the operator does: a stranger
adds a line only by using up a part of an invitation.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never

from seattle.fabric.authority import Role
from seattle.fabric.errors import EnrolmentRefused
from seattle.identity.keys import PublicKey

INVITATION: Final = "inv_"  # what an invitation begins with: so that one is known when it is seen in a wrong place
MAX_USES: Final = 10_000

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS member (
    key TEXT NOT NULL,
    role TEXT NOT NULL,
    since REAL NOT NULL, -- seconds since 1970
    PRIMARY KEY (key, role)
);
CREATE TABLE IF NOT EXISTS invitation (
    digest BLOB PRIMARY KEY, -- SHA-256: who reads this file can't use what is in it
    role TEXT NOT NULL,
    uses INTEGER NOT NULL CHECK (uses >= 0), -- that are left
    ends REAL NOT NULL -- seconds since 1970
);
"""


class Policy(StrEnum):
    """Who may enrol."""

    OPEN = "open"
    LIST = "list"
    INVITATION = "invitation"
    CLOSED = "closed"


DEFAULT_POLICIES: Final[Mapping[Role, Policy]] = {
    Role.USER: Policy.INVITATION,
    Role.NODE: Policy.INVITATION,
    Role.SERVICE: Policy.LIST,
}


@dataclass(frozen=True)
class Member:
    """A key that is let in."""

    key: str
    role: Role
    since: float  # seconds since 1970


class Admissions:
    """The keys and invitations in the file at `path`. For one thread at a time."""

    def __init__(self, path: Path, policies: Mapping[Role, Policy] = DEFAULT_POLICIES) -> None:
        self._policies = {**DEFAULT_POLICIES, **policies}
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
        path.chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    async def admit(self, public: PublicKey, role: Role, invitation: str, *, now: float, address: str = "") -> None:  # noqa: ARG002 - another's rule may count by it
        """Let this key, which was proved, have a credential. `now`: seconds since 1970. Raises EnrolmentRefused."""
        policy = self._policies[role]
        match policy:
            case Policy.OPEN:
                return
            case Policy.CLOSED:
                raise EnrolmentRefused(f"nobody enrols as a {role} here")
            case Policy.LIST:
                if not self._is_member(public, role):
                    raise EnrolmentRefused(
                        f"{public} is not among the keys that may enrol as a {role}: ask the operator to let it in"
                    )
            case Policy.INVITATION:
                if not self._is_member(public, role):
                    self._use(invitation, public, role, now)
            case _:
                assert_never(policy)

    def let_in(self, public: PublicKey, role: Role, *, now: float) -> None:
        """Add a key to those that may enrol."""
        self._db.execute("INSERT OR IGNORE INTO member VALUES (?, ?, ?)", (public.id, role.value, now))

    def strike(self, public: PublicKey) -> bool:
        """Take a key from those that may enrol, in all roles; whether it was among them."""
        return self._db.execute("DELETE FROM member WHERE key = ?", (public.id,)).rowcount > 0

    def members(self) -> list[Member]:
        """The keys that are let in, oldest first."""
        rows = self._db.execute("SELECT key, role, since FROM member ORDER BY since, key").fetchall()
        return [Member(key, Role(role), since) for key, role, since in rows]

    def invite(self, role: Role, *, uses: int, now: float, lifetime: float) -> str:
        """A new invitation for so many keys, good for `lifetime` seconds. It is told here and kept nowhere.

        Raises EnrolmentRefused for a number of uses that can't be.
        """
        if not 1 <= uses <= MAX_USES:
            raise EnrolmentRefused(f"an invitation is for 1 to {MAX_USES} keys, not {uses}")
        text = INVITATION + secrets.token_urlsafe(16)
        with self._transaction():
            self._db.execute("DELETE FROM invitation WHERE ends < ? OR uses = 0", (now,))
            self._db.execute(
                "INSERT INTO invitation VALUES (?, ?, ?, ?)", (_digest(text), role.value, uses, now + lifetime)
            )
        return text

    def _is_member(self, public: PublicKey, role: Role) -> bool:
        row = self._db.execute("SELECT 1 FROM member WHERE key = ? AND role = ?", (public.id, role.value)).fetchone()
        return row is not None

    def _use(self, invitation: str, public: PublicKey, role: Role, now: float) -> None:
        if not invitation:
            raise EnrolmentRefused(f"to enrol as a {role} takes an invitation: ask the operator for one")
        with self._transaction():  # whoever comes at the same moment with the last use of it comes too late
            used = self._db.execute(
                "UPDATE invitation SET uses = uses - 1 WHERE digest = ? AND role = ? AND ends >= ? AND uses > 0",
                (_digest(invitation), role.value, now),
            )
            if used.rowcount != 1:
                raise EnrolmentRefused(f"this invitation is not one for a {role}, or it is used up or too old")
            self.let_in(public, role, now=now)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _digest(invitation: str) -> bytes:
    return hashlib.sha256(invitation.encode()).digest()
